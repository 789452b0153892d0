//! What the tools for documents ask of the library of the user's tenant or organisation.

use deputy_agent::{Problem, VerifiedUser};
use futures::future::LocalBoxFuture;

/// A library. Whom it is asked for is the verified user of a call and never what a model says (RG-21); it answers what that user may
/// see and nothing else.
pub trait Library {
    /// The passages that answer a question best.
    fn search<'a>(&'a self, user: &'a VerifiedUser, question: &'a str, wanted: usize) -> Answer<'a, Passages>;
    /// The documents that the user may see, the newest first.
    fn list<'a>(&'a self, user: &'a VerifiedUser) -> Answer<'a, Documents>;
    /// Takes a text in, under an id that no other document has.
    fn add<'a>(&'a self, user: &'a VerifiedUser, id: &'a str, title: &'a str, text: &'a str) -> Answer<'a, Document>;
    /// One document; none that the user may see.
    fn find<'a>(&'a self, user: &'a VerifiedUser, id: &'a str) -> Answer<'a, Option<Document>>;
}

/// An answer that takes time.
pub type Answer<'a, T> = LocalBoxFuture<'a, Result<T, NoAnswer>>;

/// Why a library does not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAnswer {
    /// There is none.
    Missing,
    /// It did not answer: what it was to do may have been done.
    Lost(Problem),
    /// It refused.
    Refused(Problem),
}

/// What a search found, the best first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Passages {
    /// Passages.
    pub passages: Vec<Passage>,
    /// How many candidates were seen when the search gave up, if it did.
    pub cut: Option<usize>,
    /// The rights to something could not be checked; it is not among the passages.
    pub unchecked: bool,
}

/// A passage of a document that the user may see.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// Document id.
    pub document_id: String,
    /// Title of the document.
    pub title: String,
    /// Number of the passage within the document.
    pub chunk: u32,
    /// The passage, under its headings.
    pub content: String,
    /// How near it is to the question, between 0 and 1.
    pub similarity: f64,
}

/// Documents that the user may see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Documents {
    /// Documents.
    pub documents: Vec<Document>,
    /// A limit cut the list off.
    pub cut: bool,
    /// The rights to something could not be checked; it is not in the list.
    pub unchecked: bool,
}

/// A document without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Whether it belongs to the user.
    pub mine: bool,
    /// Whether it is shared with everybody.
    pub everybody: bool,
}
