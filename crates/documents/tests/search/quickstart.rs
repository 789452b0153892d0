use std::future::{Future, ready};

use deputy_documents::samples::{PRIVATE, PUBLIC};
use deputy_documents::{Candidate, Ranked};
use deputy_fga::decision::Decision;
use deputy_fga::model::DOCUMENTS;
use deputy_fga::store::MemoryStore;
use deputy_fga::tuple::TupleKey;
use deputy_fga::{CheckRequest, Checker, FgaError, FgaFilter, Limits, TypeSystem, check, dsl};
use futures::executor::block_on;

use crate::index::Index;

/// Rights as the evaluator sees them.
pub struct Rights {
    system: TypeSystem,
    store: MemoryStore,
}

impl Rights {
    pub fn new(tuples: impl IntoIterator<Item = TupleKey>) -> Self {
        let system = dsl::load(DOCUMENTS).unwrap();
        let store = tuples.into_iter().map(|key| system.read_tuple(&key).unwrap()).collect();
        Self { system, store }
    }
}

impl Checker for Rights {
    type Error = FgaError;

    fn check(&self, questions: &[CheckRequest]) -> impl Future<Output = Vec<Decision<FgaError>>> {
        let limits = Limits::default();
        let decide = |question| Decision::from(check(&self.system, &self.store, question, &limits));
        ready(questions.iter().map(decide).collect())
    }
}

pub fn can_view(user: &str) -> impl Fn(&Candidate) -> CheckRequest {
    move |candidate| CheckRequest::new(format!("user:{user}"), "can_view", format!("doc:{}", candidate.document_id))
}

/// What a user is told for a question.
fn told(index: &Index, rights: &Rights, question: &str) -> String {
    let mut retriever: Ranked = index.retriever(question, 200);
    let found = block_on(FgaFilter::new(rights).filter_from(&mut retriever, can_view("user1"), 25)).unwrap();
    assert!(found.unchecked.is_none());
    found.allowed.iter().map(|candidate| index.text(candidate)).collect::<Vec<_>>().join("\n\n")
}

/// `RG-14`, `RG-15`, `RG-19`: a stub of a retriever wrapped by the filter, and the three stages of the quickstart.
#[test]
fn rg_15_the_forecast_is_told_to_whom_it_is_shared_with() {
    assert_eq!((PUBLIC.id, PRIVATE.id), ("public-doc", "private-doc"));
    let index = Index::of(&[PUBLIC, PRIVATE].map(|sample| (sample.id, sample.title, sample.text)));
    let everybody = TupleKey::new("user:*", "viewer", "doc:public-doc");
    let forecast = "Show me forecast for ZEKO?";
    let rights = Rights::new([everybody.clone()]);
    let before = told(&index, &rights, forecast);
    assert!(
        before.contains("invented company") && !before.contains("17 percent") && !before.contains("9.8"),
        "{before}"
    );
    assert!(told(&index, &rights, "What does ZEKO make?").contains("weather stations"));
    let shared = Rights::new([everybody, TupleKey::new("user:user1", "viewer", "doc:private-doc")]);
    let after = told(&index, &shared, forecast);
    assert!(
        after.starts_with("# ZEKO: forecast") && after.contains("grow by 17 percent"),
        "the forecast is the best answer: {after}"
    );
}

/// Both are read like any upload.
#[test]
fn the_samples_are_documents() {
    for sample in [PUBLIC, PRIVATE] {
        let text = deputy_documents::read::read(sample.text.as_bytes(), "text/markdown", &format!("{}.md", sample.id))
            .unwrap();
        assert_eq!((text.title.as_str(), text.text.as_str()), (sample.title, sample.text));
    }
}
