//! Which models and tuples are refused, how JSON is read and written, and what writes and batches come to.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests")]

use deputy_fga::model::{AuthorizationModel, Rewrite};
use deputy_fga::store::{MemoryStore, TupleStore};
use deputy_fga::tuple::{Object, TupleKey, User};
use deputy_fga::write::{OnConflict, WriteRequest, plan};
use deputy_fga::{
    BatchCheckItem, CheckRequest, ExpandRequest, FgaError, Limits, ModelError, RelationProblem, TypeSystem,
    batch_check, expand,
};
use serde_json::{Value as Json, json};

fn read(model: Json) -> Result<TypeSystem, ModelError> {
    TypeSystem::new(serde_json::from_value::<AuthorizationModel>(model).unwrap())
}

/// A model of `user`, `folder` and `doc`, with these relations of `doc`: name, rewrite, restrictions.
fn with(relations: &[(&str, Json, Json)]) -> Result<TypeSystem, ModelError> {
    let mut doc = json!({ "type": "doc", "relations": {}, "metadata": { "relations": {} } });
    for (name, rewrite, restrictions) in relations {
        doc["relations"][*name] = rewrite.clone();
        doc["metadata"]["relations"][*name] = json!({ "directly_related_user_types": restrictions });
    }
    let folder = json!({
        "type": "folder",
        "relations": { "viewer": { "this": {} } },
        "metadata": { "relations": { "viewer": { "directly_related_user_types": [{ "type": "user" }] } } }
    });
    let yes = json!({ "name": "yes", "expression": "x > 0", "parameters": { "x": { "type_name": "TYPE_NAME_INT" } } });
    read(json!({
        "schema_version": "1.1",
        "type_definitions": [{ "type": "user" }, folder, doc],
        "conditions": { "yes": yes }
    }))
}

fn problem(relations: &[(&str, Json, Json)]) -> RelationProblem {
    match with(relations) {
        Err(ModelError::Relation { problem, .. }) => problem,
        other => panic!("{other:?}"),
    }
}

fn this() -> Json {
    json!({ "this": {} })
}

fn computed(relation: &str) -> Json {
    json!({ "computedUserset": { "relation": relation } })
}

fn from(computed: &str, tupleset: &str) -> Json {
    json!({ "tupleToUserset": { "tupleset": { "relation": tupleset }, "computedUserset": { "relation": computed } } })
}

fn users() -> Json {
    json!([{ "type": "user" }])
}

#[test]
fn relations_that_are_refused() {
    let none = || json!([]);
    assert_eq!(problem(&[("a", computed("a"), none())]), RelationProblem::Itself);
    assert_eq!(problem(&[("a", computed("b"), none())]), RelationProblem::UndefinedRelation("b".into()));
    assert_eq!(problem(&[("a", this(), none())]), RelationProblem::NothingAssignable);
    assert_eq!(problem(&[("a", this(), users()), ("b", computed("a"), users())]), RelationProblem::NotAssignable);
    assert_eq!(problem(&[("a", from("viewer", "p"), none())]), RelationProblem::UndefinedRelation("p".into()));
    let folder = || json!([{ "type": "folder" }]);
    assert!(matches!(
        problem(&[("p", this(), folder()), ("a", from("editor", "p"), none())]),
        RelationProblem::UndefinedInTupleset { .. }
    ));
    let either = json!({ "union": { "child": [this(), computed("q")] } });
    assert_eq!(
        problem(&[("q", this(), folder()), ("p", either, folder()), ("a", from("viewer", "p"), none())]),
        RelationProblem::TuplesetNotDirect("p".into())
    );
    for restriction in [
        json!({ "type": "nobody" }),
        json!({ "type": "folder", "relation": "owner" }),
        json!({ "type": "nobody", "wildcard": {} }),
    ] {
        assert!(matches!(problem(&[("a", this(), json!([restriction]))]), RelationProblem::Restriction(_)));
    }
    for restriction in [json!({ "type": "folder", "wildcard": {} }), json!({ "type": "folder", "relation": "viewer" })]
    {
        let parents = json!([{ "type": "folder" }, restriction]);
        assert!(matches!(
            problem(&[("a", from("viewer", "p"), none()), ("p", this(), parents)]),
            RelationProblem::Restriction(_)
        ));
    }
    let conditional = json!([{ "type": "user", "condition": "no" }]);
    assert_eq!(problem(&[("a", this(), conditional)]), RelationProblem::UndefinedCondition("no".into()));
    let own = json!([{ "type": "doc", "relation": "a" }]);
    assert_eq!(problem(&[("a", this(), own)]), RelationProblem::NoEntrypoints);
    assert_eq!(problem(&[("a", computed("b"), none()), ("b", computed("a"), none())]), RelationProblem::Cycle);
    let one = json!({ "union": { "child": [this()] } });
    assert_eq!(problem(&[("a", one, users())]), RelationProblem::TooFewChildren);
    let mut deep = this();
    for _ in 0..25 {
        deep = json!({ "union": { "child": [deep, this()] } });
    }
    assert_eq!(problem(&[("a", deep, users())]), RelationProblem::TooDeep(20));
    assert!(
        with(&[("a", this(), users()), ("b", json!({ "union": { "child": [computed("a"), this()] } }), users())])
            .is_ok()
    );
}

#[test]
fn models_that_are_refused() {
    let refused = |model: Json| read(model).unwrap_err();
    assert!(matches!(
        refused(json!({ "schema_version": "1.0", "type_definitions": [{ "type": "user" }] })),
        ModelError::SchemaVersion(_)
    ));
    assert_eq!(refused(json!({ "schema_version": "1.1" })), ModelError::Empty);
    let types = |types: Json| json!({ "schema_version": "1.2", "type_definitions": types });
    assert!(matches!(refused(types(json!([{ "type": "a" }, { "type": "a" }]))), ModelError::DuplicateType(_)));
    for name in ["", "self", "this", "a:b", "a b", "a#b"] {
        assert!(matches!(refused(types(json!([{ "type": name }]))), ModelError::TypeName(_)), "{name}");
        let relation = json!([{ "type": "a", "relations": { name: { "this": {} } } }]);
        assert!(matches!(refused(types(relation)), ModelError::RelationName(..)), "{name}");
    }
    let many: Vec<Json> = (0..101).map(|number| json!({ "type": format!("t{number}") })).collect();
    assert_eq!(refused(types(json!(many))), ModelError::TooManyTypes(100));
    let conditions = |conditions: Json| json!({ "schema_version": "1.1", "type_definitions": [{ "type": "user" }], "conditions": conditions });
    let named = json!({ "a": { "name": "b", "expression": "true" } });
    assert!(matches!(refused(conditions(named)), ModelError::ConditionKey(..)));
    let number = json!({ "a": { "name": "a", "expression": "1" } });
    assert!(matches!(refused(conditions(number)), ModelError::Condition(..)));
    assert_eq!(FgaError::from(ModelError::Empty).number(), 2056);
}

#[test]
fn json_is_read_in_both_spellings_and_written_in_openfgas() {
    let snake = json!({ "tuple_to_userset": { "tupleset": { "object": "", "relation": "p" }, "computed_userset": { "relation": "v" } } });
    let read: Rewrite = serde_json::from_value(snake).unwrap();
    assert_eq!(json!(read), from("v", "p"));
    let model = json!({
        "schema_version": "1.1",
        "type_definitions": [
            { "type": "user", "relations": {}, "metadata": null },
            {
                "type": "doc",
                "relations": { "a": { "difference": { "base": this(), "subtract": computed("b") } }, "b": this() },
                "metadata": { "relations": {
                    "a": { "directly_related_user_types": [{ "type": "user", "condition": "" }, { "type": "user", "wildcard": {} }] },
                    "b": { "directly_related_user_types": [{ "type": "user", "relation": "" }] }
                } }
            }
        ]
    });
    let model: AuthorizationModel = serde_json::from_value(model).unwrap();
    let again: AuthorizationModel = serde_json::from_value(json!(model)).unwrap();
    assert_eq!(model, again);
    let restrictions =
        &json!(model)["type_definitions"][1]["metadata"]["relations"]["a"]["directly_related_user_types"];
    assert_eq!(*restrictions, json!([{ "type": "user" }, { "type": "user", "wildcard": {} }]));
}

#[test]
fn texts_of_objects_and_users() {
    for text in ["", "a", ":a", "a:", "a:b:c", "a:b#c", "a:b c", "a:b\n", "a:*"] {
        assert!(text.parse::<Object>().is_err(), "{text:?}");
    }
    for text in ["doc:1", "doc:*x", "doc:a@b", "doc:é", "doc:a|b"] {
        assert_eq!(text.parse::<Object>().unwrap().to_string(), text);
    }
    for text in ["", "*", "anne", "a:", "a:b#", "#r", "a:b#c#d", "a:*#r", "a:b#c:d", "a b:c", "a:b:c"] {
        assert!(text.parse::<User>().is_err(), "{text:?}");
    }
    for text in ["user:anne", "user:*", "group:eng#member"] {
        assert_eq!(text.parse::<User>().unwrap().to_string(), text);
    }
}

fn documents() -> TypeSystem {
    let viewers = json!([{ "type": "user" }, { "type": "user", "wildcard": {}, "condition": "yes" }, { "type": "doc", "relation": "viewer" }]);
    let can_view = json!({ "union": { "child": [computed("viewer"), from("viewer", "parent")] } });
    with(&[
        ("viewer", this(), viewers),
        ("parent", this(), json!([{ "type": "folder" }])),
        ("can_view", can_view, json!([])),
    ])
    .unwrap()
}

#[test]
fn writes_are_all_or_nothing_and_typed() {
    let system = documents();
    let mut store = MemoryStore::default();
    let write = |store: &MemoryStore, writes: &[TupleKey], deletes: &[TupleKey], conflict: OnConflict| {
        let (writes, deletes) = (writes.to_vec(), deletes.to_vec());
        plan(&system, store, &WriteRequest { writes, deletes, on_duplicate: conflict, on_missing: conflict })
    };
    let key = |user: &str| TupleKey::new(user, "viewer", "doc:1");
    let number = |result: Result<_, FgaError>| result.map(|_: deputy_fga::write::WritePlan| ()).unwrap_err().number();
    assert_eq!(number(write(&store, &[], &[], OnConflict::Error)), 2003);
    assert_eq!(number(write(&store, &[key("user:a"), key("user:a")], &[], OnConflict::Error)), 2004);
    assert_eq!(number(write(&store, &[key("user:a")], &[key("user:a")], OnConflict::Error)), 2004);
    assert_eq!(number(write(&store, &[], &[key("user:a")], OnConflict::Error)), 2017);
    assert_eq!(write(&store, &[], &[key("user:a")], OnConflict::Ignore), Ok(Default::default()));
    for bad in [
        key("user:*"),
        key("folder:1"),
        key("doc:1#viewer"),
        key("robot:1"),
        key("anne"),
        TupleKey::new("user:a", "can_view", "doc:1"),
        TupleKey::new("user:a", "owner", "doc:1"),
        TupleKey::new("user:a", "viewer", "doc"),
        TupleKey::new("folder:1#viewer", "parent", "doc:1"),
        key("user:a").with_condition("yes", None),
        key("user:*").with_condition("no", None),
        key("user:*").with_condition("yes", json!({ "y": 1 }).as_object().cloned()),
        key("user:*").with_condition("yes", json!({ "x": "much" }).as_object().cloned()),
    ] {
        assert_eq!(number(write(&store, std::slice::from_ref(&bad), &[], OnConflict::Error)), 2000, "{bad:?}");
    }
    let many: Vec<TupleKey> = (0..101).map(|id| key(&format!("user:{id}"))).collect();
    assert_eq!(number(write(&store, &many, &[], OnConflict::Error)), 2053);

    let everybody = key("user:*").with_condition("yes", json!({ "x": 1 }).as_object().cloned());
    let first = write(&store, &[key("user:a"), everybody.clone()], &[], OnConflict::Error).unwrap();
    store.apply(first);
    assert_eq!(store.len(), 2);
    assert_eq!(number(write(&store, &[key("user:a")], &[], OnConflict::Error)), 2017);
    assert_eq!(write(&store, &[key("user:a")], &[], OnConflict::Ignore), Ok(Default::default()));
    let other = key("user:*").with_condition("yes", json!({ "x": 2 }).as_object().cloned());
    assert_eq!(
        number(write(&store, &[other], &[], OnConflict::Ignore)),
        10,
        "aborted: another condition than the stored one"
    );
    let swap = write(&store, &[key("user:b")], &[key("user:a"), key("user:*")], OnConflict::Error).unwrap();
    store.apply(swap);
    assert_eq!(store.len(), 1);
    assert!(store.tuple(&"doc:1".parse().unwrap(), &"viewer".into(), &"user:b".parse().unwrap()).unwrap().is_some());
}

#[test]
fn a_batch_answers_each_question_by_itself() {
    let system = documents();
    let keys = [
        TupleKey::new("user:a", "viewer", "doc:1"),
        TupleKey::new("user:*", "viewer", "doc:2").with_condition("yes", None),
    ];
    let store: MemoryStore = keys.iter().map(|key| system.read_tuple(key).unwrap()).collect();
    let item = |id: &str, user: &str, object: &str, context: Json| BatchCheckItem {
        correlation_id: id.to_owned(),
        check: CheckRequest { context: context.as_object().cloned(), ..CheckRequest::new(user, "can_view", object) },
    };
    let limits = Limits::default();
    // Items that differ in their context only are different questions.
    let items = [
        item("a", "user:a", "doc:1", Json::Null),
        item("b", "user:b", "doc:2", json!({ "x": 1 })),
        item("c", "user:b", "doc:2", json!({ "x": -1 })),
        item("d", "user:b", "doc:2", Json::Null),
        item("e", "user:b", "sheet:1", Json::Null),
    ];
    let answers = batch_check(&system, &store, &items, &limits).unwrap();
    assert_eq!((&answers["a"], &answers["b"], &answers["c"]), (&Ok(true), &Ok(true), &Ok(false)));
    assert!(matches!(answers["d"], Err(FgaError::Condition { .. })));
    assert!(matches!(answers["e"], Err(FgaError::Validation(_))));
    let refused = |items: &[BatchCheckItem]| batch_check(&system, &store, items, &limits).unwrap_err().number();
    let a = |id: &str| item(id, "user:a", "doc:1", Json::Null);
    assert_eq!(refused(&[]), 2000);
    assert_eq!(refused(&[a("same"), a("same")]), 2000);
    assert_eq!(refused(&[a("")]), 2000);
    assert_eq!(refused(&[a("no spaces")]), 2000);
    assert_eq!(refused(&(0..51).map(|id| a(&id.to_string())).collect::<Vec<_>>()), 2000);
}

#[test]
fn expand_has_openfgas_form() {
    let system = documents();
    let keys = [
        TupleKey::new("user:b", "viewer", "doc:1"),
        TupleKey::new("user:a", "viewer", "doc:1"),
        TupleKey::new("folder:f", "parent", "doc:1"),
    ];
    let store: MemoryStore = keys.iter().map(|key| system.read_tuple(key).unwrap()).collect();
    let ask = |relation: &str| {
        let request =
            ExpandRequest { object: "doc:1".to_owned(), relation: relation.to_owned(), contextual_tuples: Vec::new() };
        expand(&system, &store, &request, &Limits::default()).map(|tree| json!(tree))
    };
    let leaf = json!({ "root": { "name": "doc:1#viewer", "leaf": { "users": { "users": ["user:a", "user:b"] } } } });
    assert_eq!(ask("viewer"), Ok(leaf));
    let viewer = json!({ "name": "doc:1#can_view", "leaf": { "computed": { "userset": "doc:1#viewer" } } });
    let parent = json!({ "name": "doc:1#can_view", "leaf": { "tupleToUserset": {
        "tupleset": "doc:1#parent", "computed": [{ "userset": "folder:f#viewer" }],
    } } });
    assert_eq!(
        ask("can_view"),
        Ok(json!({ "root": { "name": "doc:1#can_view", "union": { "nodes": [viewer, parent] } } }))
    );
    assert_eq!(ask("owner").unwrap_err().number(), 2000);
}
