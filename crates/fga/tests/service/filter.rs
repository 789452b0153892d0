use std::cell::RefCell;
use std::collections::HashSet;
use std::future::{Future, ready};

use deputy_fga::CheckRequest;
use deputy_fga::client::ApiError;
use deputy_fga::decision::Decision;
use deputy_fga::filter::{Candidates, Checker, Cut, FgaFilter};
use futures::executor::block_on;
use proptest::prelude::*;

/// Says yes to some objects, cannot tell of others, and remembers what it was asked.
#[derive(Default)]
struct Known {
    allowed: HashSet<String>,
    broken: HashSet<String>,
    short: bool,
    pages: RefCell<Vec<Vec<String>>>,
}

const DOWN: ApiError = ApiError::Down { status: Some(503), retry_at: None };

impl Known {
    fn allowing(objects: impl IntoIterator<Item = usize>) -> Self {
        Self { allowed: objects.into_iter().map(object).collect(), ..Self::default() }
    }

    fn sizes(&self) -> Vec<usize> {
        self.pages.borrow().iter().map(Vec::len).collect()
    }
}

impl Checker for Known {
    type Error = ApiError;

    fn check(&self, questions: &[CheckRequest]) -> impl Future<Output = Vec<Decision<ApiError>>> {
        let objects: Vec<_> = questions.iter().map(|question| question.object.clone()).collect();
        let decide = |object: &String| {
            if self.broken.contains(object) {
                return Decision::Unchecked(DOWN);
            }
            if self.allowed.contains(object) { Decision::Allowed } else { Decision::Denied }
        };
        let most = if self.short { 1 } else { usize::MAX };
        let decisions = objects.iter().take(most).map(decide).collect();
        self.pages.borrow_mut().push(objects);
        ready(decisions)
    }
}

fn object(number: usize) -> String {
    format!("doc:{number}")
}

fn can_view(number: &usize) -> CheckRequest {
    CheckRequest::new("user:a", "can_view", object(*number))
}

#[test]
fn one_page_where_one_suffices_and_the_order_is_kept() {
    let known = Known::allowing([40, 7, 3, 90]);
    let filtered = block_on(FgaFilter::new(&known).filter([90, 3, 1, 40, 7, 2], can_view, 3));
    assert_eq!(filtered.allowed, [90, 3, 40]);
    assert_eq!((filtered.cut, filtered.unchecked.clone(), filtered.user_message()), (None, None, None));
    assert_eq!(known.sizes(), [6]);
}

/// RG-19: the samples filter the best 25 and find nothing for a user whose documents are below them.
#[test]
fn rg_19_it_goes_deeper_until_there_is_enough() {
    let known = Known::allowing([120, 121, 122]);
    let filtered = block_on(FgaFilter::new(&known).filter(0..1000, can_view, 2));
    assert_eq!((filtered.allowed, filtered.cut), (vec![120, 121], None));
    assert_eq!(known.sizes(), [50, 50, 50]);
}

#[test]
fn it_gives_up_at_its_limit_and_says_so() {
    let known = Known::allowing([5, 300]);
    let filtered = block_on(FgaFilter::new(&known).filter(0..1000, can_view, 2));
    assert_eq!(filtered.allowed, [5]);
    assert_eq!(filtered.cut, Some(Cut::Limit { candidates: 200 }));
    assert!(filtered.user_message().unwrap().contains("200"));
    // There were no more: nothing was cut.
    let filtered = block_on(FgaFilter::new(&known).filter(0..200, can_view, 2));
    assert_eq!((filtered.allowed, filtered.cut), (vec![5], None));
    let nothing = block_on(FgaFilter::new(&known).filter(0..1000, can_view, 0));
    assert_eq!((nothing.allowed.len(), nothing.cut), (0, None));
}

/// Chunks of one document are one question, on whatever page they are.
#[test]
fn the_same_question_is_asked_once() {
    let known = Known::allowing([0, 1]);
    let chunks: Vec<(usize, usize)> = (0..180).map(|chunk| (chunk % 60, chunk)).collect();
    let filtered = block_on(FgaFilter::new(&known).filter(chunks, |(document, _)| can_view(document), 100));
    let expected: Vec<_> = [0, 60, 120].into_iter().flat_map(|chunk| [(0, chunk), (1, chunk + 1)]).collect();
    assert_eq!(filtered.allowed, expected);
    assert_eq!(known.sizes(), [50, 10]);
}

#[test]
fn what_cannot_be_checked_is_denied_and_said() {
    let mut known = Known::allowing(0..10);
    known.broken.insert(object(4));
    let filtered = block_on(FgaFilter::new(&known).filter(0..10, can_view, 10));
    assert_eq!(filtered.allowed, [0, 1, 2, 3, 5, 6, 7, 8, 9]);
    assert_eq!((filtered.cut, filtered.unchecked.as_ref()), (None, Some(&DOWN)));
    assert!(filtered.user_message().unwrap().contains("could not be checked"));
}

/// A service that is down is not asked for page after page.
#[test]
fn a_page_without_any_answer_is_the_last() {
    let mut known = Known::allowing(0..1000);
    known.broken.extend((0..1000).map(object));
    let filtered = block_on(FgaFilter::new(&known).filter(0..1000, can_view, 10));
    assert_eq!((filtered.allowed.len(), filtered.cut, filtered.unchecked), (0, Some(Cut::Unchecked), Some(DOWN)));
    assert_eq!(known.sizes(), [50]);
}

#[test]
fn a_checker_that_leaves_answers_out_allows_nothing_by_it() {
    let known = Known { short: true, ..Known::allowing(0..10) };
    let filtered = block_on(FgaFilter::new(&known).filter(0..10, can_view, 10));
    assert_eq!(filtered.allowed, [0]);
}

/// A retriever that counts how deep it was asked, and fails at some depth.
struct Retriever {
    next: usize,
    fails_at: usize,
}

impl Candidates for Retriever {
    type Document = usize;
    type Error = &'static str;

    fn next(&mut self, most: usize) -> impl Future<Output = Result<Vec<usize>, &'static str>> {
        let from = self.next;
        self.next += most.min(20);
        ready(if from >= self.fails_at { Err("no index") } else { Ok((from..self.next).collect()) })
    }
}

#[test]
fn a_retriever_is_asked_no_deeper_than_needed() {
    let known = Known::allowing([10, 30]);
    let filter = FgaFilter::new(&known);
    let mut retriever = Retriever { next: 0, fails_at: usize::MAX };
    let filtered = block_on(filter.filter_from(&mut retriever, can_view, 2)).unwrap();
    assert_eq!((filtered.allowed, retriever.next), (vec![10, 30], 50));
    let mut retriever = Retriever { next: 0, fails_at: 60 };
    assert_eq!(block_on(filter.filter_from(&mut retriever, can_view, 3)), Err("no index"));
}

proptest! {
    /// Random rights and failures: never more than is allowed, never out of order, and all of it where nothing was cut.
    #[test]
    fn what_comes_out_is_exactly_what_may_be_seen(
        documents in proptest::collection::vec(0_usize..80, 0..400),
        allowed in proptest::collection::hash_set(0_usize..80, 0..40),
        broken in proptest::collection::hash_set(0_usize..80, 0..10),
        wanted in 0_usize..60,
        page in 0_usize..70,
        most in 0_usize..300,
    ) {
        let known = Known {
            allowed: allowed.iter().copied().map(object).collect(),
            broken: broken.iter().copied().map(object).collect(),
            ..Known::default()
        };
        let filter = FgaFilter { checker: &known, page, most_candidates: most };
        let filtered = block_on(filter.filter(documents.iter().copied().enumerate(), |(_, number)| can_view(number), wanted));
        let may = |number: &usize| allowed.contains(number) && !broken.contains(number);
        let all: Vec<_> = documents.iter().copied().enumerate().take(most).filter(|(_, number)| may(number)).take(wanted).collect();
        if filtered.cut == Some(Cut::Unchecked) {
            prop_assert!(all.starts_with(&filtered.allowed));
        } else {
            prop_assert_eq!(&filtered.allowed, &all);
        }
        let is_short = filtered.allowed.len() < wanted && documents.len() > most;
        prop_assert_eq!(filtered.cut.is_some(), is_short || filtered.cut == Some(Cut::Unchecked));
        prop_assert!(known.sizes().iter().all(|size| (1..=page.max(1)).contains(size)));
        let asked: Vec<_> = known.pages.borrow().iter().flatten().cloned().collect();
        prop_assert_eq!(asked.len(), asked.iter().collect::<HashSet<_>>().len());
    }
}
