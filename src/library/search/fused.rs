use deputy_documents::embeddings::Vector;
use deputy_documents::{Candidate, Hybrid, Ranked};
use deputy_fga::filter::Candidates as _;

use crate::library::core::{Core, Ports};
use crate::objects::Refusal;

/// A question in both forms.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    /// A query of FTS5.
    pub(super) query: &'a str,
    /// Its vector, if one was to be had.
    pub(super) vector: Option<&'a Vector>,
}

impl<P: Ports> Core<P> {
    /// The best passages for a question, of all documents or of some: by their words, and by their vectors where the question has one.
    pub(super) async fn found(
        &self,
        question: Question<'_>,
        documents: Option<&[String]>,
        most: usize,
    ) -> Result<Vec<Candidate>, Refusal> {
        let by_words = self.candidates(question.query, documents, most)?;
        let Some(vector) = question.vector else { return Ok(by_words) };
        let near = self.vectors.nearest(vector, documents, most)?;
        let near: Vec<_> = near.into_iter().map(|(number, cosine)| (number, Some(cosine))).collect();
        let by_vectors = self.candidates_of(&near)?;
        match Hybrid::new(Ranked::new(by_words), Ranked::new(by_vectors)).next(most).await {
            Ok(fused) => Ok(fused),
            Err(impossible) => match impossible {},
        }
    }
}
