//! The model for documents: as `docs/fga.md` gives it, and as Auth0's documents print it.

use deputy_fga::dsl::load;
use deputy_fga::model::DOCUMENTS;
use deputy_fga::store::MemoryStore;
use deputy_fga::{CheckRequest, FgaError, Limits, check};

/// RG-04: what an operator copies is what the tests run (`documents.fga.yaml`, also by OpenFGA's own command).
#[test]
fn the_documented_model_is_the_one_that_is_tested() {
    let page = include_str!("../../../docs/fga.md");
    let model = DOCUMENTS;
    assert!(page.contains(&format!("```\n{model}```\n")));
    assert!(load(model).is_ok());
}

/// RG-05: the printed model lacks the relation that the documents' tools ask for.
#[test]
fn the_printed_model_fails_at_every_check() {
    let printed = "
model
  schema 1.1

type user

type doc
  relations
    define owner: [user]
    define viewer: [user, user:*]
";
    let ask = |model: &str| {
        let system = load(model).map_err(|error| FgaError::Validation(error.to_string()))?;
        let request = CheckRequest::new("user:anne", "can_view", "doc:1");
        check(&system, &MemoryStore::default(), &request, &Limits::default())
    };
    assert_eq!(ask(printed).map_err(|error| error.number()), Err(2000));
    assert_eq!(ask(DOCUMENTS), Ok(false));
}
