use deputy_fga::dsl::{self, LoadError};
use deputy_fga::model::DOCUMENTS;
use deputy_fga::{ModelError, TypeSystem};

/// The type of documents in it.
const DOCUMENT: &str = "doc";

/// The embedded model, its documents called as the settings say.
///
/// Errors: the text is no model, or the type's name is none.
pub fn embedded_model(document_type: &str) -> Result<TypeSystem, LoadError> {
    let mut model = dsl::parse(DOCUMENTS)?.to_model();
    for definition in model.type_definitions.iter_mut().filter(|definition| definition.type_name.as_str() == DOCUMENT) {
        definition.type_name = document_type.into();
    }
    TypeSystem::new(model).map_err(|error: ModelError| LoadError::Meaning { at: Default::default(), error })
}

#[cfg(test)]
mod tests {
    use deputy_fga::store::MemoryStore;
    use deputy_fga::tuple::TupleKey;
    use deputy_fga::write::{WriteRequest, plan};
    use deputy_fga::{CheckRequest, Limits, check};

    use super::*;

    fn allowed(system: &TypeSystem, tuples: &[(&str, &str, &str)], question: (&str, &str, &str)) -> bool {
        let mut store = MemoryStore::default();
        let writes = tuples.iter().map(|(user, relation, object)| TupleKey::new(*user, *relation, *object)).collect();
        store.apply(plan(system, &store, &WriteRequest { writes, ..WriteRequest::default() }).unwrap());
        let (user, relation, object) = question;
        check(system, &store, &CheckRequest::new(user, relation, object), &Limits::default()).unwrap()
    }

    /// RG-04: schema 1.1 with the documents' two relations. RG-05: and the relation that the tools ask for.
    #[test]
    fn rg_04_rg_05_the_model_has_the_relation_that_is_asked_for() {
        let system = embedded_model("doc").unwrap();
        assert_eq!(system.model().schema_version, "1.1");
        let asks = |tuples: &[_], user| allowed(&system, tuples, (user, "can_view", "doc:1"));
        assert!(asks(&[("user:ana", "owner", "doc:1")], "user:ana"));
        assert!(asks(&[("user:ana", "viewer", "doc:1")], "user:ana"));
        assert!(asks(&[("user:*", "viewer", "doc:1")], "user:bo"));
        assert!(!asks(&[("user:ana", "owner", "doc:1")], "user:bo"));
        let nested =
            [("folder:a", "parent", "doc:1"), ("folder:b", "parent", "folder:a"), ("user:ana", "viewer", "folder:b")];
        assert!(asks(&nested, "user:ana") && !asks(&nested, "user:bo"));
        // Who may see a document by its folder owns neither.
        assert!(!allowed(&system, &nested, ("user:ana", "owner", "doc:1")));
    }

    /// RG-05: with the model as the documents print it the tools' relation is an error, not a no.
    #[test]
    fn rg_05_the_printed_model_has_no_can_view() {
        let printed = "model\n  schema 1.1\n\ntype user\n\ntype doc\n  relations\n    define owner: [user]\n    define viewer: [user, user:*]\n";
        let system = dsl::load(printed).unwrap();
        let question = CheckRequest::new("user:ana", "can_view", "doc:1");
        assert!(check(&system, &MemoryStore::default(), &question, &Limits::default()).is_err());
    }

    /// RG-04: the model that the page tells to write to a store is this one.
    #[test]
    fn rg_04_the_page_shows_this_model() {
        let page = include_str!("../../../docs/fga-settings.md");
        assert!(page.contains(DOCUMENTS), "docs/fga-settings.md shows another model than crates/fga/documents.fga");
    }

    /// RG-18: the type of documents is a setting.
    #[test]
    fn rg_18_documents_may_be_called_otherwise() {
        let system = embedded_model("document").unwrap();
        assert!(system.has_type("document") && !system.has_type("doc"));
        assert!(allowed(
            &system,
            &[("user:anne", "viewer", "document:2024-financials")],
            ("user:anne", "can_view", "document:2024-financials")
        ));
        assert!(embedded_model("no name").is_err());
    }
}
