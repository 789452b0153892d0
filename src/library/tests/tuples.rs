use deputy_fga::store::{MemoryStore, TupleStore};
use deputy_fga::tuple::{Object, Tuple, User};
use serde_json::Value;

use super::*;
use crate::library::rights::{Changes, SqlTuples};

/// Numbers that look like chance and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

fn sorted<T: std::fmt::Debug>(result: Result<Vec<T>, deputy_fga::store::StoreError>) -> Vec<String> {
    let mut all: Vec<_> = result.unwrap().iter().map(|one| format!("{one:?}")).collect();
    all.sort();
    all
}

/// The same changes to SQLite and to memory: every way of looking for tuples finds the same.
#[test]
fn tuples_in_sqlite_are_found_as_those_in_memory() {
    let host = FakeHost::new();
    let _library = library(&host, &[]);
    let (stored, mut memory, mut numbers) = (SqlTuples(host), MemoryStore::default(), Numbers(7));
    let users = ["user:a", "user:b", "user:*", "group:g#member", "group:h#member", "folder:f"]
        .map(|text| text.parse::<User>().unwrap());
    let objects = ["doc:1", "doc:2", "folder:f", "document:1"].map(|text| text.parse::<Object>().unwrap());
    let relations = ["owner", "viewer", "parent"];
    for _ in 0..400 {
        let (user, object) = (&users[numbers.below(6)], &objects[numbers.below(4)]);
        let relation = relations[numbers.below(3)];
        if numbers.below(3) == 0 {
            stored.remove(object, relation, &user.to_string()).unwrap();
            memory.remove(object, &relation.into(), user);
        } else {
            let condition =
                (numbers.below(4) == 0).then(|| serde_json::from_str(r#"{"name":"c","context":{"x":1.5}}"#).unwrap());
            let tuple = Tuple { object: object.clone(), relation: relation.into(), user: user.clone(), condition };
            stored.insert(&tuple).unwrap();
            memory.insert(tuple);
        }
    }
    for object in &objects {
        assert_eq!(sorted(stored.objects(&object.type_name)), sorted(memory.objects(&object.type_name)));
        for relation in relations.map(Into::into) {
            assert_eq!(sorted(stored.tuples(object, &relation)), sorted(memory.tuples(object, &relation)));
            assert_eq!(sorted(stored.usersets(object, &relation)), sorted(memory.usersets(object, &relation)));
            for user in &users {
                assert_eq!(stored.tuple(object, &relation, user), memory.tuple(object, &relation, user));
                assert_eq!(sorted(stored.tuples_of_user(user)), sorted(memory.tuples_of_user(user)));
            }
        }
    }
}

/// No look for tuples reads the table: each goes by an index, so that rows that are not asked for cost nothing.
#[test]
fn every_look_for_tuples_goes_by_an_index() {
    let host = FakeHost::new();
    let _library = library(&host, &[]);
    let key = "object_type = 'doc' AND object_id = '1'";
    for condition in [
        format!("{key} AND relation = 'viewer' AND user = 'user:a'"),
        format!("{key} AND relation = 'viewer'"),
        format!("{key} AND relation = 'viewer' AND userset = 1"),
        key.to_owned(),
        "user = 'user:a'".to_owned(),
        "object_type = 'doc'".to_owned(),
        "pending IS NOT NULL".to_owned(),
    ] {
        let plan: Vec<Value> =
            host.rows(&format!("EXPLAIN QUERY PLAN SELECT * FROM library_tuples WHERE {condition}"), &[]).unwrap();
        let plan = plan.iter().map(|row| row["detail"].to_string()).collect::<String>();
        let indexed = plan.contains("SEARCH") || plan.contains("USING INDEX library_tuples_pending");
        assert!(indexed, "{condition}: {plan}");
    }
}

/// A row that cannot be read is no right, and no answer either.
#[test]
fn a_damaged_row_is_not_read_as_a_right() {
    let host = FakeHost::new();
    let library = library(&host, &[]);
    add(&library, "ana", "plan", None).unwrap();
    host.exec("UPDATE library_tuples SET user = 'no user'", &[]).unwrap();
    assert_eq!(refused(read(&library, "bo", "plan")), code(503, "fga_store_unavailable"));
}

/// The embedded model says what may be written: nothing else gets in, and nothing of the same change either.
#[test]
fn the_model_refuses_what_it_does_not_know() {
    let host = FakeHost::new();
    let library = library(&host, &[]);
    let wrong = Changes::default().write("user:a", "owner", "doc:1").write("user:*", "owner", "doc:1");
    assert!(library.rights.change(wrong).unwrap_err().is_refusal());
    assert!(!host.dump().contains("user:a"));
}
