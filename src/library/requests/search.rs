//! Asking what documents say.

use serde::{Deserialize, Serialize};

use super::person::Person;

/// Passages that answer a question, of documents that whoever asks may see.
#[derive(Debug, Serialize, Deserialize)]
pub struct SearchDocuments {
    /// Who asks.
    pub who: Person,
    /// The question, in words.
    pub query: String,
    /// How many passages, at most.
    pub wanted: usize,
}

/// What a search found, the best first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Passages.
    pub passages: Vec<Passage>,
    /// How many candidates were looked at before the search gave up, if it did: the same number always. Only passages of documents that
    /// whoever asks sees are counted: of others it does not tell how many there are.
    pub cut: Option<usize>,
    /// True if the rights to something could not be checked; it is not in the answer.
    pub unchecked: bool,
}

/// A passage that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Passage {
    /// Document id.
    pub document_id: String,
    /// Title of the document.
    pub title: String,
    /// The headings above the passage.
    pub heading: String,
    /// Number of the chunk within the document.
    pub chunk: u32,
    /// The passage.
    pub content: String,
    /// Between 0 and 1; what it means is said where it is made.
    pub similarity: f64,
}
