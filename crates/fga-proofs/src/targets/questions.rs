//! A random model with tuples, and all questions.

use deputy_fga::store::MemoryStore;
use deputy_fga::tuple::{Context, Object, TupleKey, User};
use deputy_fga::{
    BatchCheckItem, CheckRequest, ExpandRequest, Limits, ListObjectsRequest, ListUsersRequest, TypeSystem, UserFilter,
    batch_check, check, expand, list_objects, list_users,
};

use crate::random::{Choices, Parts, RELATIONS, TYPES, Wanted, context, model, objects, tuples};

const USERS: [&str; 8] = ["user:0", "user:1", "user:2", "user:*", "group:0#r1", "doc:1#r0", "doc:2", "group:1"];

pub fn run(bytes: &[u8]) {
    let choices = &mut Choices::new(bytes);
    let parts = Parts { exclusions: choices.one_in(2), conditions: choices.one_in(2) };
    let Some(system) = model(choices, parts) else { return };
    let keys = tuples(choices, &system, Wanted { tried: 40, circles: true });
    let asking =
        Asking { system: &system, keys: &keys, store: stored(&system, keys.iter()), limits: Limits::default() };
    let old = stale(choices, &system, parts);
    for _ in 0..4 {
        let context = context(choices);
        let object = choices.pick(&objects()).clone();
        let request = CheckRequest {
            context: context.clone(),
            ..CheckRequest::new(*choices.pick(&USERS), *choices.pick(&RELATIONS), object)
        };
        asking.check(&request);
        // Tuples of another model are there, too: nothing is known of the answer, but there is one.
        if let Some(old) = &old {
            let _ = check(&system, old, &request, &asking.limits);
        }
        asking.expand(&request);
        let filter = *choices.pick(&[("user", None), ("group", Some("r1")), ("doc", Some("r0")), ("doc", None)]);
        asking.list_users(&request, filter, parts);
        let type_name = choices.pick(&TYPES);
        asking.list_objects(type_name, &request);
        asking.with_small_limits(&request, choices.below(12));
    }
}

fn stored<'a>(system: &TypeSystem, keys: impl Iterator<Item = &'a TupleKey>) -> MemoryStore {
    keys.filter_map(|key| system.read_tuple(key).ok()).collect()
}

/// A store in which tuples are that another model allowed.
fn stale(choices: &mut Choices<'_>, system: &TypeSystem, parts: Parts) -> Option<MemoryStore> {
    let other = model(choices, parts)?;
    let mut store = stored(&other, tuples(choices, &other, Wanted { tried: 20, circles: true }).iter());
    store.extend(
        tuples(choices, system, Wanted { tried: 20, circles: true })
            .iter()
            .filter_map(|key| system.read_tuple(key).ok()),
    );
    Some(store)
}

struct Asking<'a> {
    system: &'a TypeSystem,
    keys: &'a [TupleKey],
    store: MemoryStore,
    limits: Limits,
}

impl Asking<'_> {
    /// The answer is the same in any order of tuples, whether they are stored or contextual, alone or in a batch.
    fn check(&self, request: &CheckRequest) {
        let answer = check(self.system, &self.store, request, &self.limits);
        let backward = stored(self.system, self.keys.iter().rev());
        assert_eq!(check(self.system, &backward, request, &self.limits), answer, "{request:?}");
        let contextual = CheckRequest { contextual_tuples: self.keys.to_vec(), ..request.clone() };
        assert_eq!(check(self.system, &MemoryStore::default(), &contextual, &self.limits), answer, "{request:?}");
        let items = [BatchCheckItem { correlation_id: "1".to_owned(), check: request.clone() }];
        let batch = batch_check(self.system, &self.store, &items, &self.limits);
        assert_eq!(batch.ok().and_then(|mut answers| answers.remove("1")), Some(answer), "{request:?}");
    }

    fn checks(&self, user: &str, relation: &str, object: &str, context: Option<&Context>) -> Option<bool> {
        let request = CheckRequest { context: context.cloned(), ..CheckRequest::new(user, relation, object) };
        check(self.system, &self.store, &request, &self.limits).ok()
    }

    /// What is listed checks, and what checks is listed.
    fn list_objects(&self, type_name: &str, of: &CheckRequest) {
        let request = ListObjectsRequest {
            type_name: type_name.into(),
            relation: of.relation.as_str().into(),
            user: of.user.clone(),
            contextual_tuples: Vec::new(),
            context: of.context.clone(),
        };
        let Ok(listed) = list_objects(self.system, &self.store, &request, &self.limits) else { return };
        for id in 0..3 {
            let object = Object::new(type_name, id.to_string());
            if let Some(allowed) = self.checks(&of.user, &of.relation, &object.to_string(), of.context.as_ref()) {
                assert_eq!(listed.items.contains(&object), allowed, "{object} {request:?}");
            }
        }
    }

    /// Who is listed checks, and who checks is listed or is one of everybody. With exclusions a circle is not told alike by both.
    fn list_users(&self, of: &CheckRequest, (type_name, relation): (&str, Option<&str>), parts: Parts) {
        let Ok(object) = of.object.parse() else { return };
        let request = ListUsersRequest {
            object,
            relation: of.relation.as_str().into(),
            filter: UserFilter { type_name: type_name.into(), relation: relation.map(Into::into) },
            contextual_tuples: Vec::new(),
            context: of.context.clone(),
        };
        let Ok(listed) = list_users(self.system, &self.store, &request, &self.limits) else { return };
        if parts.exclusions || relation.is_some() {
            return;
        }
        let everybody = listed.items.contains(&User::Wildcard(type_name.into()));
        for id in 0..3 {
            let user = User::from(Object::new(type_name, id.to_string()));
            let Some(allowed) = self.checks(&user.to_string(), &of.relation, &of.object, of.context.as_ref()) else {
                continue;
            };
            let named = listed.items.contains(&user);
            assert!(allowed || !named, "{user} is listed: {request:?}");
            assert!(named || everybody || !allowed, "{user} is missing: {request:?}");
        }
    }

    fn expand(&self, of: &CheckRequest) {
        let request =
            ExpandRequest { object: of.object.clone(), relation: of.relation.clone(), contextual_tuples: Vec::new() };
        assert!(expand(self.system, &self.store, &request, &self.limits).is_ok(), "{request:?}");
    }

    /// A limit may turn an answer into an error, never into another answer.
    fn with_small_limits(&self, request: &CheckRequest, most: usize) {
        let small = Limits { depth: most, levels: most, tuples: most as u64, ..self.limits };
        if let Ok(allowed) = check(self.system, &self.store, request, &small)
            && let Ok(answer) = check(self.system, &self.store, request, &self.limits)
        {
            assert_eq!(answer, allowed, "{request:?} within {small:?}");
        }
    }
}
