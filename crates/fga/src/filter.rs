//! A checked filter for anybody's documents: what a retriever found, in its order, without what the user may not see.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::future::{Future, ready};

use deputy_error::Explained;

use crate::client::{BATCH_LIMIT, question_key};
use crate::decision::Decision;
use crate::questions::CheckRequest;

/// Who answers questions: the service, or the evaluator.
pub trait Checker {
    /// Why there is no answer.
    type Error: Explained;

    /// A decision for each question, in their order. What is left out at the end counts as no.
    fn check(&self, questions: &[CheckRequest]) -> impl Future<Output = Vec<Decision<Self::Error>>>;
}

impl<C: Checker> Checker for &C {
    type Error = C::Error;

    fn check(&self, questions: &[CheckRequest]) -> impl Future<Output = Vec<Decision<Self::Error>>> {
        (**self).check(questions)
    }
}

/// Where candidates come from, the best first.
pub trait Candidates {
    /// A document, or a part of one.
    type Document;
    /// Why there are no more to be had.
    type Error;

    /// The next ones, at most so many. None is the end.
    fn next(&mut self, most: usize) -> impl Future<Output = Result<Vec<Self::Document>, Self::Error>>;
}

/// Filters documents by what the checker says. Page by page, so that a user who may see little still finds it below what others may see.
#[derive(Debug, Clone)]
pub struct FgaFilter<C> {
    /// Who answers.
    pub checker: C,
    /// How many different questions are asked at once.
    pub page: usize,
    /// How many candidates are looked at before the filter gives up.
    pub most_candidates: usize,
}

impl<C: Checker> FgaFilter<C> {
    /// Pages of one batch check, and 200 candidates at most.
    pub fn new(checker: C) -> Self {
        Self { checker, page: BATCH_LIMIT, most_candidates: 200 }
    }

    /// The first `wanted` of these documents that the user may see. `question` says what has to be true for one; documents with the same
    /// question are asked for once.
    pub async fn filter<D>(
        &self,
        documents: impl IntoIterator<Item = D>,
        question: impl Fn(&D) -> CheckRequest,
        wanted: usize,
    ) -> Filtered<D, C::Error> {
        let mut source = InHand(documents.into_iter());
        match self.filter_from(&mut source, question, wanted).await {
            Ok(filtered) => filtered,
            Err(impossible) => match impossible {},
        }
    }

    /// As [`filter`](Self::filter), of a retriever that is asked for more only while there is not enough.
    ///
    /// Errors: the retriever's.
    pub async fn filter_from<S: Candidates>(
        &self,
        source: &mut S,
        question: impl Fn(&S::Document) -> CheckRequest,
        wanted: usize,
    ) -> Result<Filtered<S::Document, C::Error>, S::Error> {
        let mut filtered = Filtered { allowed: Vec::new(), cut: None, unchecked: None };
        let mut answers = Answers { by_question: HashMap::new() };
        let mut left = self.most_candidates;
        while filtered.allowed.len() < wanted {
            if left == 0 {
                filtered.cut =
                    (!source.next(1).await?.is_empty()).then_some(Cut::Limit { candidates: self.most_candidates });
                break;
            }
            let page = self.next_page(source, &question, &answers, &mut left).await?;
            if page.documents.is_empty() {
                break;
            }
            let nothing_known = answers.ask(&self.checker, page.questions, &mut filtered.unchecked).await;
            for (document, key) in page.documents {
                if filtered.allowed.len() < wanted && answers.allow(&key) {
                    filtered.allowed.push(document);
                }
            }
            if nothing_known {
                // Who cannot answer is not asked again and again.
                filtered.cut = Some(Cut::Unchecked);
                break;
            }
        }
        Ok(filtered)
    }

    /// Candidates until they make a page of questions that have no answer yet, or `left` is used up.
    async fn next_page<S: Candidates>(
        &self,
        source: &mut S,
        question: &impl Fn(&S::Document) -> CheckRequest,
        answers: &Answers,
        left: &mut usize,
    ) -> Result<CandidatePage<S::Document>, S::Error> {
        let size = self.page.max(1);
        let mut page = CandidatePage { documents: Vec::new(), questions: Vec::new() };
        let mut asked = HashSet::new();
        while page.questions.len() < size && *left > 0 {
            // One question a candidate at most, so the page is never exceeded.
            let most = (size - page.questions.len()).min(*left);
            let documents = source.next(most).await?;
            if documents.is_empty() {
                break;
            }
            for document in documents.into_iter().take(most) {
                *left = left.saturating_sub(1);
                let question = question(&document);
                let key = question_key(&question);
                if !answers.by_question.contains_key(&key) && asked.insert(key.clone()) {
                    page.questions.push((key.clone(), question));
                }
                page.documents.push((document, key));
            }
        }
        Ok(page)
    }
}

struct CandidatePage<D> {
    documents: Vec<(D, String)>,
    questions: Vec<(String, CheckRequest)>,
}

/// Of one run of the filter: no longer, because rights change.
struct Answers {
    by_question: HashMap<String, bool>,
}

impl Answers {
    /// Asks, and says whether there were questions and not one was answered.
    async fn ask<C: Checker>(
        &mut self,
        checker: &C,
        asked: Vec<(String, CheckRequest)>,
        unchecked: &mut Option<C::Error>,
    ) -> bool {
        if asked.is_empty() {
            return false;
        }
        let (keys, questions): (Vec<_>, Vec<_>) = asked.into_iter().unzip();
        let mut decisions = checker.check(&questions).await.into_iter();
        let mut nothing_known = true;
        for key in keys {
            let decision = decisions.next();
            nothing_known &= matches!(decision, None | Some(Decision::Unchecked(_)));
            self.by_question.insert(key, decision.as_ref().is_some_and(Decision::is_allowed));
            if let Some(Decision::Unchecked(error)) = decision {
                unchecked.get_or_insert(error);
            }
        }
        nothing_known
    }

    fn allow(&self, key: &str) -> bool {
        self.by_question.get(key).copied().unwrap_or(false)
    }
}

/// What is left of the candidates. How many were denied is nobody's business, so it is not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filtered<D, E> {
    /// What the user may see, in the order of the candidates.
    pub allowed: Vec<D>,
    /// Why the filter stopped before it had enough, although there were more.
    pub cut: Option<Cut>,
    /// Why something could not be checked, the first time. What could not be checked is not in `allowed`.
    pub unchecked: Option<E>,
}

/// Why the filter stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Enough candidates were looked at.
    Limit {
        /// How many.
        candidates: usize,
    },
    /// Rights cannot be checked now.
    Unchecked,
}

impl<D, E: Explained> Filtered<D, E> {
    /// What the user has to know beside the documents.
    pub fn user_message(&self) -> Option<String> {
        match (&self.unchecked, self.cut) {
            (Some(error), _) => Some(error.user_message().into_owned()),
            (None, Some(Cut::Limit { candidates })) => {
                Some(format!("Only the {candidates} best matches were looked at. A narrower question may find more."))
            }
            (None, Some(Cut::Unchecked)) => Some(crate::client::NOT_CHECKED.to_owned()),
            (None, None) => None,
        }
    }
}

/// Documents that are there already.
struct InHand<I>(I);

impl<I: Iterator> Candidates for InHand<I> {
    type Document = I::Item;
    type Error = Infallible;

    fn next(&mut self, most: usize) -> impl Future<Output = Result<Vec<I::Item>, Infallible>> {
        ready(Ok(self.0.by_ref().take(most).collect()))
    }
}
