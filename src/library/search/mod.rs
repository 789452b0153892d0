//! Search: passages by their words, and by their vectors where there are any, and of them what somebody may see.

mod fused;
mod words;

use std::collections::HashMap;

use deputy_documents::{Candidate, Ranked, search};
use deputy_fga::FgaFilter;
use deputy_fga::filter::{Cut, Filtered};
use serde::Deserialize;

use self::fused::Question;
use super::access::Asker;
use super::answer::Answer;
use super::core::{Core, Ports};
use super::requests::{Found, ItemKind, Passage, SearchDocuments};
use super::rights::RightsError;
use crate::objects::Refusal;

/// The most passages of one answer.
const MOST_WANTED: usize = 50;
/// How many passages are looked at before a search gives up.
const MOST_CANDIDATES: usize = 200;

impl Answer for SearchDocuments {
    async fn answer<P: Ports>(self, library: &Core<P>) -> Result<Found, Refusal> {
        let asker = library.asker(&self.who).await?;
        let Some(query) = search::fts_query(&self.query) else { return Ok(Found::default()) };
        let wanted = self.wanted.clamp(1, MOST_WANTED);
        // One more than is looked at tells whether there are more.
        let most = MOST_CANDIDATES.saturating_add(1);
        let vector = library.vectors.of_question(&self.query).await?;
        let question = Question { query: &query, vector: vector.as_ref() };
        let candidates = library.found(question, None, most).await?;
        if candidates.is_empty() {
            return Ok(Found { unchecked: !library.can_ask(&asker).await, ..Found::default() });
        }
        let mut filtered = library.allowed(&asker, candidates, wanted).await;
        let mut list_is_cut = false;
        if let Some(Cut::Limit { .. }) = filtered.cut {
            // They see little of what there is: then the question is put to that alone. Of what they do not see nothing is told, and so
            // not either that there is more of it than was looked at.
            match library.seen_documents(&asker).await {
                Ok((_, true)) => list_is_cut = true,
                Ok((documents, false)) => {
                    let candidates = library.found(question, Some(&documents), most).await?;
                    filtered = joined(filtered, library.allowed(&asker, candidates, wanted).await, wanted);
                }
                Err(error) => filtered = Filtered { cut: Some(Cut::Unchecked), unchecked: Some(error), ..filtered },
            }
        }
        let cut = list_is_cut || matches!(filtered.cut, Some(Cut::Limit { .. }));
        let passages = library.passages(&self.query, filtered.allowed)?;
        Ok(Found { passages, cut: cut.then_some(MOST_CANDIDATES), unchecked: filtered.unchecked.is_some() })
    }
}

/// What was found at first, and then what else was found by the list: a service may cut one and not say so.
fn joined(
    first: Filtered<Candidate, RightsError>,
    listed: Filtered<Candidate, RightsError>,
    wanted: usize,
) -> Filtered<Candidate, RightsError> {
    let mut allowed = first.allowed;
    for candidate in listed.allowed {
        let is_it = |other: &Candidate| (&other.document_id, other.chunk) == (&candidate.document_id, candidate.chunk);
        if !allowed.iter().any(is_it) {
            allowed.push(candidate);
        }
    }
    allowed.truncate(wanted);
    let cut = listed.cut.filter(|_| allowed.len() < wanted);
    Filtered { allowed, cut, unchecked: first.unchecked.or(listed.unchecked) }
}

impl<P: Ports> Core<P> {
    /// The first candidates that somebody may see.
    async fn allowed(
        &self,
        asker: &Asker,
        candidates: Vec<Candidate>,
        wanted: usize,
    ) -> Filtered<Candidate, RightsError> {
        let filter = FgaFilter { most_candidates: MOST_CANDIDATES, ..FgaFilter::new(&self.rights) };
        let question =
            |candidate: &Candidate| self.view_question(asker, &self.object(ItemKind::Document, &candidate.document_id));
        let filtered = filter.filter_from(&mut Ranked::new(candidates), question, wanted).await;
        match filtered {
            Ok(filtered) => filtered,
            Err(impossible) => match impossible {},
        }
    }

    /// The ids of the documents that somebody sees, and whether they may see more. Each is still to be checked.
    async fn seen_documents(&self, asker: &Asker) -> Result<(Vec<String>, bool), RightsError> {
        let fga = &self.settings.fga;
        let listed = self.rights.ask_for_objects(&fga.object_type, &fga.relation, asker.user()).await?;
        let ids = listed.items.into_iter().map(|object| object.id.to_string());
        Ok((ids.collect(), listed.cut_off.is_some()))
    }

    /// The words of passages that somebody may see.
    fn passages(&self, question: &str, allowed: Vec<Candidate>) -> Result<Vec<Passage>, Refusal> {
        #[derive(Deserialize)]
        struct Row {
            number: u64,
            title: String,
            heading: String,
            text: String,
        }
        let query = "SELECT chunks.number, documents.title, chunks.heading, chunks.text
            FROM chunks JOIN documents ON documents.number = chunks.document
            WHERE documents.id = ? AND chunks.position = ?";
        let mut passages = Vec::new();
        let mut numbers = Vec::new();
        for Candidate { document_id, chunk, similarity } in allowed {
            // One that was removed while the service was asked is not there any more.
            let row: Option<Row> = self.ports.row(query, &[(&document_id).into(), u64::from(chunk).into()])?;
            if let Some(Row { number, title, heading, text }) = row {
                numbers.push(number);
                let similarity = similarity.unwrap_or_default().clamp(0.0, 1.0);
                passages.push(Passage { document_id, title, heading, chunk, content: text, similarity });
            }
        }
        let similarities = self.similarities(question, &numbers)?;
        for (passage, number) in passages.iter_mut().zip(&numbers) {
            // A cosine, where vectors found it, stays.
            if passage.similarity == 0.0 {
                passage.similarity = similarities.get(number).copied().unwrap_or_default();
            }
        }
        Ok(passages)
    }

    /// How similar passages are to a question, by their numbers ([`search::similarity`]).
    fn similarities(&self, question: &str, numbers: &[u64]) -> Result<HashMap<u64, f64>, Refusal> {
        let words = search::words(question);
        let list = deputy_http::json::write(numbers);
        let mut found: HashMap<u64, usize> = HashMap::new();
        for word in &words {
            for number in self.numbers(search::FOUND, &[word.into(), (&list).into()])? {
                let count = found.entry(number).or_default();
                *count = count.saturating_add(1);
            }
        }
        Ok(found.into_iter().map(|(number, count)| (number, search::similarity(count, words.len()))).collect())
    }
}
