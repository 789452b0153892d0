//! What a question costs is what it is about, however much else there is: the reads of a store are counted, not the time.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::cell::Cell;

use deputy_fga::dsl::load;
use deputy_fga::names::{RelationName, TypeName};
use deputy_fga::store::{MemoryStore, StoreError, TupleStore};
use deputy_fga::tuple::{Object, Tuple, TupleKey, User};
use deputy_fga::{
    CheckRequest, ExpandRequest, Limits, ListObjectsRequest, ListUsersRequest, TypeSystem, UserFilter, check, expand,
    list_objects, list_users,
};

const MODEL: &str = "
model
  schema 1.1
type user
type group
  relations
    define member: [user, group#member]
type folder
  relations
    define parent: [folder]
    define viewer: [user, user:*, group#member] or viewer from parent
type doc
  relations
    define parent: [folder]
    define banned: [user]
    define viewer: [user, group#member] or viewer from parent
    define can_view: viewer but not banned
";

/// A store that counts the calls and the tuples that it gave out.
#[derive(Default)]
struct Counting {
    store: MemoryStore,
    calls: Cell<usize>,
    tuples: Cell<usize>,
}

impl Counting {
    fn count<T: IntoIterator<Item = Tuple> + Clone>(&self, found: Result<T, StoreError>) -> Result<T, StoreError> {
        self.calls.set(self.calls.get() + 1);
        let tuples = found.as_ref().map_or(0, |found| found.clone().into_iter().count());
        self.tuples.set(self.tuples.get() + tuples);
        found
    }
}

impl TupleStore for Counting {
    fn tuple(&self, object: &Object, relation: &RelationName, user: &User) -> Result<Option<Tuple>, StoreError> {
        self.count(self.store.tuple(object, relation, user))
    }

    fn tuples(&self, object: &Object, relation: &RelationName) -> Result<Vec<Tuple>, StoreError> {
        self.count(self.store.tuples(object, relation))
    }

    fn usersets(&self, object: &Object, relation: &RelationName) -> Result<Vec<Tuple>, StoreError> {
        self.count(self.store.usersets(object, relation))
    }

    fn tuples_of_user(&self, user: &User) -> Result<Vec<Tuple>, StoreError> {
        self.count(self.store.tuples_of_user(user))
    }

    fn objects(&self, type_name: &TypeName) -> Result<Vec<Object>, StoreError> {
        self.store.objects(type_name)
    }
}

fn write(
    system: &TypeSystem,
    store: &mut MemoryStore,
    tuples: impl IntoIterator<Item = (String, &'static str, String)>,
) {
    let keys = tuples.into_iter().map(|(user, relation, object)| TupleKey::new(user, relation, object));
    store.extend(keys.map(|key| system.read_tuple(&key).unwrap()));
}

/// What each question answers, and how many calls and tuples it took.
fn ask(system: &TypeSystem, store: &Counting) -> Vec<(String, usize, usize)> {
    let limits = Limits::default();
    let check = |user| {
        let answer = check(system, store, &CheckRequest::new(user, "can_view", "doc:plan"), &limits);
        format!("{user} {answer:?}")
    };
    let objects = || {
        let request = ListObjectsRequest {
            type_name: "doc".into(),
            relation: "can_view".into(),
            user: "user:anne".to_owned(),
            contextual_tuples: Vec::new(),
            context: None,
        };
        format!("{:?}", list_objects(system, store, &request, &limits).unwrap().items)
    };
    let users = || {
        let request = ListUsersRequest {
            object: "doc:plan".parse().unwrap(),
            relation: "can_view".into(),
            filter: UserFilter { type_name: "user".into(), relation: None },
            contextual_tuples: Vec::new(),
            context: None,
        };
        format!("{:?}", list_users(system, store, &request, &limits).unwrap().items)
    };
    let tree = || {
        let request =
            ExpandRequest { object: "doc:plan".into(), relation: "viewer".into(), contextual_tuples: Vec::new() };
        format!("{:?}", expand(system, store, &request, &limits))
    };
    let questions: [&dyn Fn() -> String; 6] =
        [&|| check("user:anne"), &|| check("user:bob"), &|| check("user:nobody"), &objects, &users, &tree];
    let counted = questions.iter().map(|question| {
        store.calls.set(0);
        store.tuples.set(0);
        let answer = question();
        (answer, store.calls.get(), store.tuples.get())
    });
    counted.collect()
}

#[test]
fn a_hundred_thousand_rows_that_a_question_is_not_about_cost_nothing() {
    let system = load(MODEL).unwrap();
    let mut store = Counting::default();
    let own = [
        ("user:anne", "member", "group:inner"),
        ("group:inner#member", "member", "group:outer"),
        ("group:outer#member", "viewer", "folder:top"),
        ("folder:top", "parent", "folder:plans"),
        ("folder:plans", "parent", "doc:plan"),
        ("user:bob", "viewer", "doc:plan"),
        ("user:bob", "banned", "doc:plan"),
    ];
    write(
        &system,
        &mut store.store,
        own.map(|(user, relation, object)| (user.to_owned(), relation, object.to_owned())),
    );
    let before = ask(&system, &store);
    for (answer, calls, tuples) in &before {
        assert!(*calls <= 32 && *tuples <= 16, "{calls} calls, {tuples} tuples: {answer}");
    }

    let others = (0..100_000).map(|id| match id % 5 {
        0 => (format!("user:{id}"), "viewer", format!("doc:{id}")),
        1 => (format!("user:{}", id % 100), "viewer", format!("folder:{id}")),
        2 => (format!("folder:{}", id % 1_000), "parent", format!("doc:{id}")),
        3 => (format!("group:{}#member", id % 50), "member", format!("group:{id}")),
        _ => (format!("user:{id}"), "member", format!("group:{}", id % 200)),
    });
    write(&system, &mut store.store, others);
    assert_eq!(store.store.len(), 100_007);
    assert_eq!(ask(&system, &store), before);
}

#[test]
fn a_check_reads_the_tuple_of_its_user_and_not_its_neighbours() {
    let system = load(MODEL).unwrap();
    let mut store = Counting::default();
    let crowd = (0..2_000).map(|id| (format!("user:{id}"), "member", "group:crowd".to_owned()));
    write(&system, &mut store.store, crowd);
    write(&system, &mut store.store, [("group:crowd#member".to_owned(), "viewer", "doc:plan".to_owned())]);
    let request = CheckRequest::new("user:7", "can_view", "doc:plan");
    assert_eq!(check(&system, &store, &request, &Limits::default()), Ok(true));
    assert!(store.tuples.get() <= 2, "{} tuples", store.tuples.get());
}
