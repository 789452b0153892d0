//! Vectors of passages, by a server of embeddings: made after a document was taken in, by the alarm, and compared with a question. They add
//! to what the words find, and whatever becomes of them, the words are there.

mod make;
mod question;
mod schema;
mod store;

pub use schema::TABLES;
pub use store::Vectors;
