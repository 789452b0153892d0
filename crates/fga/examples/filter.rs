//! What a retriever found, without what the user may not see: `cargo run -p deputy-fga --example filter -- bob`
//!
//! The evaluator answers here. With a service it is [`deputy_fga::client::FgaClient`] that does; nothing else changes.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::future::{Future, ready};

use deputy_fga::dsl::load;
use deputy_fga::store::MemoryStore;
use deputy_fga::tuple::TupleKey;
use deputy_fga::write::{WriteRequest, plan};
use deputy_fga::{CheckRequest, Checker, Decision, FgaError, FgaFilter, Limits, TypeSystem, check};

const MODEL: &str = "
model
  schema 1.1

type user

type folder
  relations
    define viewer: [user]

type doc
  relations
    define parent: [folder]
    define owner: [user]
    define viewer: [user, user:*]
    define can_view: owner or viewer or viewer from parent
";

/// The model and the tuples.
struct Evaluator {
    system: TypeSystem,
    store: MemoryStore,
}

impl Checker for Evaluator {
    type Error = FgaError;

    fn check(&self, questions: &[CheckRequest]) -> impl Future<Output = Vec<Decision<FgaError>>> {
        let decide = |question| check(&self.system, &self.store, question, &Limits::default()).into();
        ready(questions.iter().map(decide).collect())
    }
}

/// A passage, as a retriever gives it: the best first.
struct Passage {
    document: &'static str,
    text: &'static str,
}

const FOUND: [Passage; 5] = [
    Passage { document: "doc:forecast", text: "Orders will double by June." },
    Passage { document: "doc:salaries", text: "Nobody earns less than the captain." },
    Passage { document: "doc:forecast", text: "Costs stay as they are." },
    Passage { document: "doc:handbook", text: "The office opens at nine." },
    Passage { document: "doc:minutes", text: "The board met in May." },
];

fn main() -> Result<(), Box<dyn Error>> {
    let user = std::env::args().nth(1).unwrap_or_else(|| "anne".to_owned());
    println!("{user} may see:");
    for line in seen_by(&user)? {
        println!("  {line}");
    }
    Ok(())
}

/// The first three passages that the user may see; a sentence more, where something could not be checked.
pub fn seen_by(user: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let system = load(MODEL)?;
    let mut store = MemoryStore::default();
    let writes = [
        ("user:anne", "owner", "doc:forecast"),
        ("user:*", "viewer", "doc:handbook"),
        ("folder:board", "parent", "doc:minutes"),
        ("user:bob", "viewer", "folder:board"),
    ];
    let writes = writes.into_iter().map(|(user, relation, object)| TupleKey::new(user, relation, object)).collect();
    let written = plan(&system, &store, &WriteRequest { writes, ..WriteRequest::default() })?;
    store.apply(written);

    let filter = FgaFilter::new(Evaluator { system, store });
    let may_see = |passage: &Passage| CheckRequest::new(format!("user:{user}"), "can_view", passage.document);
    let filtered = futures::executor::block_on(filter.filter(FOUND, may_see, 3));
    let passages = filtered.allowed.iter().map(|Passage { document, text }| format!("{document}: {text}"));
    Ok(passages.chain(filtered.user_message()).collect())
}
