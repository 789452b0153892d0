//! Tuples as text.

use std::sync::LazyLock;

use deputy_fga::TypeSystem;
use deputy_fga::dsl::load;
use deputy_fga::store::MemoryStore;
use deputy_fga::tuple::{Object, TupleKey, User};
use deputy_fga::write::{WriteRequest, plan};

const MODEL: &str = "
model
  schema 1.1
type user
type group
  relations
    define member: [user, user:*, group#member, user with fresh]
type doc
  relations
    define parent: [group, doc]
    define viewer: [user, group#member] or member from parent
condition fresh(now: timestamp, end: timestamp) {
  now < end
}
";

static SYSTEM: LazyLock<Option<TypeSystem>> = LazyLock::new(|| load(MODEL).ok());

pub fn run(text: &str) {
    let Some(system) = &*SYSTEM else { return assert!(SYSTEM.is_some(), "the model is valid") };
    let keys: Vec<TupleKey> = text.lines().take(40).filter_map(key).collect();
    for key in &keys {
        if let Ok(user) = key.user.parse::<User>() {
            assert_eq!(user.to_string(), key.user);
            assert_eq!(user.to_string().parse(), Ok(user));
        }
        if let Ok(object) = key.object.parse::<Object>() {
            assert_eq!(object.to_string(), key.object);
        }
        if let Ok(tuple) = system.read_tuple(key) {
            assert_eq!(system.read_tuple(&TupleKey::from(&tuple)).as_ref(), Ok(&tuple));
            assert_eq!(system.allows(&tuple), Ok(()));
        }
    }
    // Half are written, the others deleted: whatever is refused, nothing of it is there.
    let mut store = MemoryStore::default();
    let (writes, deletes) = keys.split_at(keys.len() / 2);
    for request in [
        WriteRequest { writes: writes.to_vec(), ..WriteRequest::default() },
        WriteRequest { writes: keys.clone(), deletes: deletes.to_vec(), ..WriteRequest::default() },
        WriteRequest { deletes: writes.to_vec(), ..WriteRequest::default() },
    ] {
        let before = store.len();
        if let Ok(plan) = plan(system, &store, &request) {
            store.apply(plan);
            assert_eq!(store.len() + request.deletes.len(), before + request.writes.len());
        }
    }
}

fn key(line: &str) -> Option<TupleKey> {
    let mut parts = line.splitn(3, ' ');
    let (object, relation, user) = (parts.next()?, parts.next()?, parts.next()?);
    let key = TupleKey::new(user, relation, object);
    Some(match user.split_once(" with ") {
        Some((user, condition)) => TupleKey::new(user, relation, object).with_condition(condition, None),
        None => key,
    })
}
