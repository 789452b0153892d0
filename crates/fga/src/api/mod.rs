//! OpenFGA's HTTP API from the answering side: a request in, an answer out, over whatever keeps stores ([`Stores`]). Nothing here
//! listens, reads a clock or draws a random number.
//!
//! Routes, statuses, codes and limits are OpenFGA's. Three things it does not do: a list that ends at a limit says so
//! ([`CUT_OFF_HEADER`]), a model is not written into a store that is not there, and pages of changes have at most 1,000.
//!
//! ```
//! use deputy_fga::api::{MemoryStores, Moment, answer};
//! use deputy_http::BuildRequest as _;
//!
//! let mut stores = MemoryStores::default();
//! let request = deputy_http::post("/stores").json(&serde_json::json!({ "name": "documents" }));
//! let created = answer(&mut stores, &request, Moment { now_ms: 1_800_000_000_000, random: 7 });
//! assert_eq!(created.status(), 201);
//! ```

mod assertions;
mod body;
mod changes;
mod check;
mod expand;
mod lists;
mod memory;
mod model_rules;
mod models;
mod moment;
mod page;
mod read;
mod refusal;
mod reply;
mod rules;
mod service;
mod storage;
mod storage_error;
mod stores;
mod wire;
mod write;

pub use lists::CUT_OFF_HEADER;
pub use memory::MemoryStores;
pub use moment::Moment;
pub use refusal::{MODEL_HEADER, Refusal};
pub use service::{BODY_LIMIT, answer};
pub use storage::{Change, ChangesFrom, Operation, ReadFilter, StoreRecord, StoredTuple, Stores};
pub use storage_error::StorageError;
pub use wire::{Assertion, AssertionKey};
