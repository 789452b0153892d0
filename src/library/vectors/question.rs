//! A question as a vector, and the passages that are nearest to it.

use std::cmp::Ordering;

use deputy_documents::embeddings::{EmbeddingsError, Vector, nearest};
use deputy_error::{Explained as _, Retry};
use futures::future::{Either, select};
use futures::pin_mut;
use serde::Deserialize;

use super::store::Vectors;
use crate::platform::log::{Level, note_error};
use crate::platform::ports::{Clock, Network, Sql, SqlError};

/// How long somebody who asks waits for the server.
const PATIENCE_MS: u64 = 3_000;
/// How long the server is left alone with questions after it failed.
const REST_MS: u64 = 30_000;
/// The most characters of a question that count.
const LONGEST_QUESTION: usize = 2_000;
/// How many vectors are read at once.
const PAGE: usize = 500;

#[derive(Deserialize)]
struct Row {
    chunk: u64,
    vector: String,
}

impl<P: Sql + Clock + Network> Vectors<P> {
    /// The vector of a question. None without a server, and when it fails or takes long: then the words are the answer, and for a while
    /// nobody waits for it again.
    ///
    /// Errors: storage
    pub async fn of_question(&self, question: &str) -> Result<Option<Vector>, SqlError> {
        let Some(server) = &self.server else { return Ok(None) };
        if self.ports.now() < self.rests_until.get() {
            return Ok(None);
        }
        let question: String = question.chars().take(LONGEST_QUESTION).collect();
        let texts = [question.as_str()];
        let (asked, patience) = (self.vectors_of(server, &texts), self.ports.sleep(PATIENCE_MS));
        pin_mut!(asked, patience);
        let answer = match select(asked, patience).await {
            Either::Left((answer, _)) => answer?,
            Either::Right(_) => Err(EmbeddingsError::Down { status: None }),
        };
        match answer {
            Ok(vectors) => Ok(vectors.into_iter().next()),
            Err(error) => {
                note_error(Level::Warn, "question_without_vector", &error);
                if !error.is_about_texts() {
                    self.rests_until.set(self.rest_after(&error));
                }
                Ok(None)
            }
        }
    }

    fn rest_after(&self, error: &EmbeddingsError) -> u64 {
        let rest = self.ports.now().saturating_add(REST_MS);
        match error.retry() {
            Retry::NotBefore(at) => at.max(rest),
            Retry::Never | Retry::Later => rest,
        }
    }

    /// The passages that are nearest to a question, of all documents or of some, with their cosine, the nearest first. What is turned away
    /// from it (0 or less) is not near.
    pub fn nearest(
        &self,
        question: &Vector,
        documents: Option<&[String]>,
        most: usize,
    ) -> Result<Vec<(u64, f64)>, SqlError> {
        let mut found = Vec::new();
        let Some(ids) = documents else {
            let query = format!("SELECT chunk, vector FROM vectors WHERE chunk > ? ORDER BY chunk LIMIT {PAGE}");
            let mut after = 0;
            loop {
                let page: Vec<Row> = self.ports.rows(&query, &[after.into()])?;
                let Some(last) = page.last() else { return Ok(found) };
                after = last.chunk;
                join(&mut found, question, page, most);
            }
        };
        #[derive(Deserialize)]
        struct Number {
            number: u64,
        }
        let query = "SELECT chunks.number FROM documents JOIN chunks ON chunks.document = documents.number
            WHERE documents.id IN (SELECT value FROM json_each(?)) ORDER BY chunks.number";
        let numbers: Vec<Number> = self.ports.rows(query, &[(&deputy_http::json::write(ids)).into()])?;
        let numbers: Vec<u64> = numbers.into_iter().map(|row| row.number).collect();
        for part in numbers.chunks(PAGE) {
            let query =
                "SELECT chunk, vector FROM vectors WHERE chunk IN (SELECT value FROM json_each(?)) ORDER BY chunk";
            let page = self.ports.rows(query, &[(&deputy_http::json::write(part)).into()])?;
            join(&mut found, question, page, most);
        }
        Ok(found)
    }
}

/// Takes in what is near of a page.
fn join(found: &mut Vec<(u64, f64)>, question: &Vector, page: Vec<Row>, most: usize) {
    let vectors = page.into_iter().filter_map(|row| Some((row.chunk, Vector::bytes_of(&row.vector)?)));
    found.extend(nearest(question, vectors, most).into_iter().filter(|(_, cosine)| *cosine > 0.0));
    found.sort_by(|(_, left), (_, right)| right.partial_cmp(left).unwrap_or(Ordering::Equal));
    found.truncate(most);
}
