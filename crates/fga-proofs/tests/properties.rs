//! What holds for any model and any tuples: order does not matter, nor whether tuples are stored or contextual; lists say what checks
//! say; limits are said.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

use std::collections::BTreeSet;

use deputy_fga::store::MemoryStore;
use deputy_fga::tuple::{Object, TupleKey, User};
use deputy_fga::{
    CheckRequest, CutOff, FgaError, Limits, ListObjectsRequest, ListUsersRequest, TypeSystem, UserFilter, check,
    list_objects, list_users,
};
use deputy_fga_proofs::random::{Choices, Parts, RELATIONS, TYPES, Wanted, bytes_of, model, objects, tuples};
use serde_json::{Value as Json, json};

fn stored<'a>(system: &TypeSystem, keys: impl IntoIterator<Item = &'a TupleKey>) -> MemoryStore {
    keys.into_iter().map(|key| system.read_tuple(key).unwrap()).collect()
}

/// Runs a property on many random models with tuples.
fn everywhere(exclusions: bool, circles: bool, property: impl Fn(&TypeSystem, &[TupleKey], u64)) {
    let mut valid = 0;
    for seed in 1..400 {
        let bytes = bytes_of(seed);
        let choices = &mut Choices::new(&bytes);
        let Some(system) = model(choices, Parts { exclusions, conditions: false }) else { continue };
        let keys = tuples(choices, &system, Wanted { tried: 120, circles });
        valid += 1;
        property(&system, &keys, seed);
    }
    assert!(valid > 50, "only {valid} models were valid");
}

fn questions() -> impl Iterator<Item = CheckRequest> {
    const USERS: [&str; 6] = ["user:0", "user:1", "user:9", "user:*", "group:0#r1", "doc:1#r0"];
    objects().into_iter().flat_map(move |object| {
        RELATIONS.iter().flat_map(move |relation| {
            let object = object.clone();
            USERS.iter().map(move |user| CheckRequest::new(*user, *relation, object.clone()))
        })
    })
}

#[test]
fn order_and_place_of_tuples_do_not_matter() {
    let limits = Limits::default();
    let none = MemoryStore::default();
    everywhere(true, true, |system, keys, seed| {
        let forward = stored(system, keys);
        let backward = stored(system, keys.iter().rev());
        for question in questions().step_by(7) {
            let answer = check(system, &forward, &question, &limits);
            assert_eq!(answer, check(system, &backward, &question, &limits), "seed {seed}: {question:?}");
            let contextual = CheckRequest { contextual_tuples: keys.to_vec(), ..question.clone() };
            assert_eq!(answer, check(system, &none, &contextual, &limits), "seed {seed}: {question:?}");
            assert_eq!(answer, check(system, &forward, &contextual, &limits), "seed {seed}: {question:?}");
        }
    });
}

#[test]
fn a_list_of_objects_has_what_checks() {
    let limits = Limits::default();
    everywhere(true, true, |system, keys, seed| {
        let store = stored(system, keys);
        for type_name in TYPES {
            for relation in RELATIONS {
                for user in ["user:0", "user:9", "user:*", "group:1#r2", "doc:0#r3"] {
                    let request = ListObjectsRequest {
                        type_name: type_name.into(),
                        relation: relation.into(),
                        user: user.to_owned(),
                        contextual_tuples: Vec::new(),
                        context: None,
                    };
                    let listed = list_objects(system, &store, &request, &limits).map(|listed| listed.items);
                    let checked: Result<Vec<Object>, FgaError> = (0..3)
                        .map(|id| Object::new(type_name, id.to_string()))
                        .filter_map(|object| {
                            let request = CheckRequest::new(user, relation, object.to_string());
                            check(system, &store, &request, &limits).map(|yes| yes.then_some(object)).transpose()
                        })
                        .collect();
                    if let (Ok(listed), Ok(checked)) = (listed, checked) {
                        assert_eq!(listed, checked, "seed {seed}: {request:?}");
                    }
                }
            }
        }
    });
}

#[test]
fn a_list_of_users_has_what_checks() {
    let limits = Limits::default();
    // What is subtracted in a circle is not told alike by checks and lists, by OpenFGA neither.
    for exclusions in [false, true] {
        everywhere(exclusions, !exclusions, |system, keys, seed| {
            let store = stored(system, keys);
            for object in objects() {
                for relation in RELATIONS {
                    let request = ListUsersRequest {
                        object: object.parse().unwrap(),
                        relation: relation.into(),
                        filter: UserFilter { type_name: "user".into(), relation: None },
                        contextual_tuples: Vec::new(),
                        context: None,
                    };
                    let Ok(listed) = list_users(system, &store, &request, &limits) else { continue };
                    let listed: BTreeSet<User> = listed.items.into_iter().collect();
                    let everybody = listed.contains(&User::Wildcard("user".into()));
                    for user in ["user:0", "user:1", "user:2", "user:9"] {
                        let request = CheckRequest::new(user, relation, object.clone());
                        let Ok(allowed) = check(system, &store, &request, &limits) else { continue };
                        let named = listed.contains(&user.parse().unwrap());
                        assert!(allowed || !named, "seed {seed}: {user} is listed at {object}#{relation}");
                        assert!(named || everybody || !allowed, "seed {seed}: {user} misses at {object}#{relation}");
                    }
                }
            }
        });
    }
}

fn simple(restrictions: Json) -> TypeSystem {
    let model = json!({
        "schema_version": "1.1",
        "type_definitions": [
            { "type": "user" },
            {
                "type": "group",
                "relations": { "member": { "this": {} } },
                "metadata": { "relations": { "member": { "directly_related_user_types": restrictions } } }
            }
        ]
    });
    TypeSystem::new(serde_json::from_value(model).unwrap()).unwrap()
}

#[test]
fn a_list_that_is_cut_off_says_so() {
    let system = simple(json!([{ "type": "user" }]));
    let keys: Vec<TupleKey> =
        (0..12).map(|id| TupleKey::new("user:anne", "member", format!("group:{id:02}"))).collect();
    let more: Vec<TupleKey> = (0..12).map(|id| TupleKey::new(format!("user:{id:02}"), "member", "group:00")).collect();
    let store = stored(&system, keys.iter().chain(&more));
    let objects = ListObjectsRequest {
        type_name: "group".into(),
        relation: "member".into(),
        user: "user:anne".to_owned(),
        contextual_tuples: Vec::new(),
        context: None,
    };
    let users = ListUsersRequest {
        object: "group:00".parse().unwrap(),
        relation: "member".into(),
        filter: UserFilter { type_name: "user".into(), relation: None },
        contextual_tuples: Vec::new(),
        context: None,
    };
    for (results, cut_off) in [(11, Some(CutOff::Results)), (12, None), (13, None)] {
        let limits = Limits { results, ..Limits::default() };
        let listed = list_objects(&system, &store, &objects, &limits).unwrap();
        assert_eq!((listed.items.len(), listed.cut_off), (results.min(12), cut_off));
        let limits = Limits { results: results + 1, ..Limits::default() };
        let listed = list_users(&system, &store, &users, &limits).unwrap();
        assert_eq!((listed.items.len(), listed.cut_off), ((results + 1).min(13), cut_off));
    }
    let limits = Limits { tuples: 20, ..Limits::default() };
    let listed = list_objects(&system, &store, &objects, &limits).unwrap();
    assert_eq!(listed.cut_off, Some(CutOff::Tuples));
    assert_eq!(list_users(&system, &store, &users, &Limits { tuples: 5, ..limits }), Err(FgaError::TooManyTuples));
}

#[test]
fn depth_ends_at_twenty_five_and_circles_end() {
    let system = simple(json!([{ "type": "user" }, { "type": "group", "relation": "member" }]));
    let mut keys: Vec<TupleKey> =
        (0..40).map(|id| TupleKey::new(format!("group:{}#member", id + 1), "member", format!("group:{id}"))).collect();
    keys.push(TupleKey::new("user:anne", "member", "group:24"));
    keys.push(TupleKey::new("user:bob", "member", "group:25"));
    let store = stored(&system, &keys);
    let ask = |user, object| check(&system, &store, &CheckRequest::new(user, "member", object), &Limits::default());
    assert_eq!(ask("user:anne", "group:0"), Ok(true));
    assert_eq!(ask("user:bob", "group:0"), Err(FgaError::TooComplex));
    assert_eq!(ask("user:bob", "group:1"), Ok(true));

    let circle = [
        TupleKey::new("group:a#member", "member", "group:b"),
        TupleKey::new("group:b#member", "member", "group:a"),
        TupleKey::new("user:anne", "member", "group:a"),
    ];
    let store = stored(&system, &circle);
    let ask = |user, object| check(&system, &store, &CheckRequest::new(user, "member", object), &Limits::default());
    assert_eq!(ask("user:anne", "group:b"), Ok(true));
    assert_eq!(ask("user:bob", "group:b"), Ok(false));
    assert_eq!(ask("group:b#member", "group:a"), Ok(true));
}

#[test]
fn many_ways_between_many_groups_are_walked_once() {
    let system = simple(json!([{ "type": "user" }, { "type": "group", "relation": "member" }]));
    // Twenty layers of six groups, each a member of all of the next: 6^20 ways.
    let mut store = MemoryStore::default();
    for layer in 0..20 {
        for (from, to) in (0..6).flat_map(|from| (0..6).map(move |to| (from, to))) {
            let user = format!("group:{}-{to}#member", layer + 1);
            let key = TupleKey::new(user, "member", format!("group:{layer}-{from}"));
            store.insert(system.read_tuple(&key).unwrap());
        }
    }
    let request = CheckRequest::new("user:nobody", "member", "group:0-0");
    let limits = Limits { tuples: 2_000, ..Limits::default() };
    assert_eq!(check(&system, &store, &request, &limits), Ok(false));
}
