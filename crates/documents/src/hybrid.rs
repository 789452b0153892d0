use std::collections::HashMap;
use std::vec;

use deputy_fga::filter::Candidates;

use crate::fusion::reciprocal_rank;
use crate::retriever::{Candidate, Retriever};

/// How many candidates are taken of each retriever: one more than [`FgaFilter`](deputy_fga::FgaFilter) looks at, by which it knows that
/// there are more.
const DEPTH: usize = 201;

/// Text search and vectors as one retriever, by reciprocal rank fusion.
///
/// The words are the ground to stand on: when the vectors cannot be had, what the words found is the answer, and
/// [`without_vectors`](Self::without_vectors) says why.
#[derive(Debug)]
pub struct Hybrid<T, V: Candidates> {
    text: T,
    vectors: V,
    fused: Option<vec::IntoIter<Candidate>>,
    failed: Option<V::Error>,
}

impl<T: Retriever, V: Retriever> Hybrid<T, V> {
    /// Two retrievers of one question.
    pub fn new(text: T, vectors: V) -> Self {
        Self { text, vectors, fused: None, failed: None }
    }

    /// Why the vectors took no part, if they did not.
    pub fn without_vectors(&self) -> Option<&V::Error> {
        self.failed.as_ref()
    }

    async fn fuse(&mut self) -> Result<Vec<Candidate>, T::Error> {
        let by_words = first(&mut self.text).await?;
        let by_vectors = match first(&mut self.vectors).await {
            Ok(found) => found,
            Err(error) => {
                self.failed = Some(error);
                return Ok(by_words);
            }
        };
        let keys = |found: &[Candidate]| found.iter().map(|one| (one.document_id.clone(), one.chunk)).collect();
        let ranks: [Vec<(String, u32)>; 2] = [keys(&by_words), keys(&by_vectors)];
        let mut similar: HashMap<(String, u32), f64> = HashMap::new();
        for found in by_words.into_iter().chain(by_vectors) {
            if let Some(similarity) = found.similarity {
                similar.insert((found.document_id, found.chunk), similarity);
            }
        }
        let fused = reciprocal_rank(&ranks).into_iter().map(|(key, _)| {
            let similarity = similar.get(&key).copied();
            let (document_id, chunk) = key;
            Candidate { document_id, chunk, similarity }
        });
        Ok(fused.collect())
    }
}

/// The first candidates of a retriever, however few it gives at once.
async fn first<R: Retriever>(retriever: &mut R) -> Result<Vec<Candidate>, R::Error> {
    let mut found = Vec::new();
    while found.len() < DEPTH {
        let more = retriever.next(DEPTH - found.len()).await?;
        if more.is_empty() {
            break;
        }
        found.extend(more);
    }
    Ok(found)
}

impl<T: Retriever, V: Retriever> Candidates for Hybrid<T, V> {
    type Document = Candidate;
    type Error = T::Error;

    async fn next(&mut self, most: usize) -> Result<Vec<Candidate>, T::Error> {
        let mut fused = match self.fused.take() {
            Some(fused) => fused,
            None => self.fuse().await?.into_iter(),
        };
        let page = fused.by_ref().take(most).collect();
        self.fused = Some(fused);
        Ok(page)
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::Ranked;

    fn found(chunk: u32, similarity: Option<f64>) -> Candidate {
        Candidate { document_id: "d".to_owned(), chunk, similarity }
    }

    /// Gives one candidate at a time.
    struct Slow(Ranked);

    impl Candidates for Slow {
        type Document = Candidate;
        type Error = std::convert::Infallible;

        async fn next(&mut self, _: usize) -> Result<Vec<Candidate>, Self::Error> {
            self.0.next(1).await
        }
    }

    /// Fails after its first page.
    struct Broken(bool);

    impl Candidates for Broken {
        type Document = Candidate;
        type Error = &'static str;

        async fn next(&mut self, _: usize) -> Result<Vec<Candidate>, Self::Error> {
            if std::mem::replace(&mut self.0, true) { Err("down") } else { Ok(vec![found(9, Some(1.0))]) }
        }
    }

    fn chunks(retriever: &mut impl Retriever<Error: std::fmt::Debug>) -> Vec<(u32, Option<f64>)> {
        let mut all = Vec::new();
        loop {
            let page = block_on(retriever.next(2)).unwrap();
            if page.is_empty() {
                return all;
            }
            assert!(page.len() <= 2);
            all.extend(page.into_iter().map(|one| (one.chunk, one.similarity)));
        }
    }

    #[test]
    fn two_retrievers_are_one() {
        let text = Slow(Ranked::new(vec![found(1, None), found(2, None), found(3, None)]));
        let vectors = Ranked::new(vec![found(4, Some(0.9)), found(2, Some(0.8))]);
        let mut hybrid = Hybrid::new(text, vectors);
        assert_eq!(chunks(&mut hybrid), [(2, Some(0.8)), (1, None), (4, Some(0.9)), (3, None)]);
        assert!(hybrid.without_vectors().is_none());
    }

    /// Vectors that break off half way change nothing: an order that depends on when a service failed could not be explained.
    #[test]
    fn without_vectors_the_words_decide() {
        let mut hybrid = Hybrid::new(Ranked::new(vec![found(1, None), found(2, None)]), Broken(false));
        assert_eq!(chunks(&mut hybrid), [(1, None), (2, None)]);
        assert_eq!(hybrid.without_vectors(), Some(&"down"));
        assert_eq!(block_on(Hybrid::new(Broken(true), Ranked::new(vec![found(1, None)])).next(1)), Err("down"));
    }
}
