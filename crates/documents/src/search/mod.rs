//! Text search by SQLite's FTS5: the table, what is written into it, what a question becomes, and what `similarity` means.
//!
//! Order is by bm25 of title, heading path and text. Its numbers depend on all documents, those too that a user may not see, so they are
//! shown to nobody: [`similarity`] depends on the question and the passage alone.

mod query;
mod segments;
mod stop_words;
mod table;

pub use query::{MOST_WORDS, fts_query, similarity, words};
pub use segments::index_text;
pub use table::{FOUND, INSERT, SCHEMA, SEARCH};
