//! Relations in circles: a check is what follows from the tuples, whatever way the walk takes through them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

use std::collections::BTreeSet;

use deputy_fga::dsl::load;
use deputy_fga::store::MemoryStore;
use deputy_fga::tuple::TupleKey;
use deputy_fga::{CheckRequest, Limits, ListObjectsRequest, check, list_objects};
use deputy_fga_proofs::random::{Choices, bytes_of};

const MODEL: &str = "
model
  schema 1.1
type user
type group
  relations
    define parent: [group]
    define member: [user, group#member, group#both] or both from parent
    define active: [user, group#both, group#member]
    define both: member and active
";
const GROUPS: usize = 6;
const RELATIONS: [&str; 3] = ["member", "active", "both"];

/// What has which relation to a group: the least that the tuples ask for.
fn fixed_point(tuples: &BTreeSet<(String, &'static str, usize)>, user: &str) -> BTreeSet<(&'static str, usize)> {
    let mut has = BTreeSet::new();
    loop {
        let before = has.len();
        for (from, relation, group) in tuples {
            let holds = from == user
                || from.strip_prefix("group:").is_some_and(|userset| {
                    let (id, of) = userset.split_once('#').unwrap_or((userset, "both"));
                    has.iter().any(|(relation, group): &(&str, usize)| *relation == of && group.to_string() == id)
                });
            if holds {
                has.insert((if *relation == "parent" { "member" } else { relation }, *group));
            }
        }
        for group in 0..GROUPS {
            if has.contains(&("member", group)) && has.contains(&("active", group)) {
                has.insert(("both", group));
            }
        }
        if has.len() == before {
            return has;
        }
    }
}

#[test]
fn a_check_is_the_least_that_follows_from_the_tuples() {
    let system = load(MODEL).unwrap();
    let limits = Limits { depth: 100, ..Limits::default() };
    let mut yes = 0;
    for seed in 1..600 {
        let bytes = bytes_of(seed);
        let choices = &mut Choices::new(&bytes);
        let mut tuples = BTreeSet::new();
        for _ in 0..4 + choices.below(20) {
            let relation = *choices.pick(&["member", "active", "parent"]);
            let from = match (relation, choices.below(5)) {
                ("parent", _) => format!("group:{}", choices.below(GROUPS)),
                (_, 0) => "user:anne".to_owned(),
                ("member", 1 | 2) | ("active", 3 | 4) => format!("group:{}#member", choices.below(GROUPS)),
                _ => format!("group:{}#both", choices.below(GROUPS)),
            };
            tuples.insert((from, relation, choices.below(GROUPS)));
        }
        let keys =
            tuples.iter().map(|(from, relation, group)| TupleKey::new(from, *relation, format!("group:{group}")));
        let store: MemoryStore = keys.map(|key| system.read_tuple(&key).unwrap()).collect();
        let expected = fixed_point(&tuples, "user:anne");
        yes += expected.len();
        for relation in RELATIONS {
            for group in 0..GROUPS {
                let question = CheckRequest::new("user:anne", relation, format!("group:{group}"));
                let answer = check(&system, &store, &question, &limits);
                assert_eq!(
                    answer,
                    Ok(expected.contains(&(relation, group))),
                    "seed {seed}: {question:?} of {tuples:?}"
                );
            }
            // One walk over all objects remembers what it found for the first of them.
            let request = ListObjectsRequest {
                type_name: "group".into(),
                relation: relation.into(),
                user: "user:anne".to_owned(),
                contextual_tuples: Vec::new(),
                context: None,
            };
            let listed = list_objects(&system, &store, &request, &limits).unwrap().items;
            let listed: BTreeSet<_> = listed.iter().map(|object| object.id.to_string()).collect();
            let all = expected.iter().filter(|(of, _)| *of == relation).map(|(_, group)| group.to_string()).collect();
            assert_eq!(listed, all, "seed {seed}: {relation} of {tuples:?}");
        }
    }
    assert!(yes > 1_000, "{yes} relations hold");
}
