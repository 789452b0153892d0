//! Documents without I/O: an upload is read ([`read`]), cut into passages ([`chunk`]), and found again by its words ([`search`]) or by
//! vectors ([`embeddings`]); what several retrievers found becomes one list ([`fusion`], [`Hybrid`]). Nothing here knows who may see what:
//! each [`Retriever`] goes through [`FgaFilter`](deputy_fga::FgaFilter) before anybody sees a word.

pub mod chunk;
pub mod embeddings;
pub mod fusion;
mod hybrid;
mod media_type;
mod outline;
pub mod read;
mod retriever;
pub mod samples;
pub mod search;

pub use hybrid::Hybrid;
pub use media_type::MediaType;
pub use retriever::{Candidate, Ranked, Retriever};
