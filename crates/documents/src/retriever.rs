use std::convert::Infallible;
use std::future::{Future, ready};
use std::vec;

use deputy_fga::filter::Candidates;

/// A passage that may answer a question, without its words: they are read when it is known that the user may see them.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The document.
    pub document_id: String,
    /// Which passage of it, from 0.
    pub chunk: u32,
    /// Cosine of question and passage, -1 to 1, where vectors were compared.
    pub similarity: Option<f64>,
}

/// Whoever finds candidates for a question, the best first: SQLite, Vectorize, or anybody's service. A retriever is made for one question,
/// and [`FgaFilter::filter_from`](deputy_fga::FgaFilter::filter_from) takes it as it is. Implement [`Candidates`] to be one.
pub trait Retriever: Candidates<Document = Candidate> {}

impl<R: Candidates<Document = Candidate>> Retriever for R {}

/// Candidates that were found already.
#[derive(Debug, Clone)]
pub struct Ranked(vec::IntoIter<Candidate>);

impl Ranked {
    /// The best first.
    pub fn new(candidates: Vec<Candidate>) -> Self {
        Self(candidates.into_iter())
    }
}

impl Candidates for Ranked {
    type Document = Candidate;
    type Error = Infallible;

    fn next(&mut self, most: usize) -> impl Future<Output = Result<Vec<Candidate>, Infallible>> {
        ready(Ok(self.0.by_ref().take(most).collect()))
    }
}
