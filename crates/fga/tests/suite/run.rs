//! Runs a test and says what does not hold.

use deputy_fga::names::RelationName;
use deputy_fga::store::MemoryStore;
use deputy_fga::tuple::{Context, TupleKey};
use deputy_fga::write::{WriteRequest, plan};
use deputy_fga::{
    CheckRequest, FgaError, Limits, ListObjectsRequest, ListUsersRequest, TypeSystem, UserFilter, check, list_objects,
    list_users,
};

use super::case::{Check, ListObjects, ListUsers, Stage, Test};
use super::counts::Counts;

/// Lists of these only must not fail: what they have differs upstream from run to run.
const LISTS_VARY: &str = "usersets_userset_cond_to_computed_cond";

/// How the tuples of a test are there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Stored, in the order they are written in.
    Stored,
    /// Stored, in another order.
    Shuffled,
    /// Given with each question: tests of one stage only.
    Contextual,
}

pub fn test(test: &Test, counts: &mut Counts, failures: &mut Vec<String>) {
    stored(test, Way::Stored, counts, failures);
    stored(test, Way::Shuffled, counts, failures);
    if let [stage] = test.stages.as_slice()
        && let Some(system) = system(test, stage, failures)
    {
        let empty = MemoryStore::default();
        let contextual = stage.tuples.clone().unwrap_or_default();
        Runner::new(test, &system, &empty, Way::Contextual, contextual, counts, failures).stage(stage);
    }
}

fn system(test: &Test, stage: &Stage, failures: &mut Vec<String>) -> Option<TypeSystem> {
    let system = TypeSystem::new(stage.model.clone());
    system.map_err(|error| failures.push(format!("{}/{}: {error}", test.suite, test.name))).ok()
}

fn stored(test: &Test, way: Way, counts: &mut Counts, failures: &mut Vec<String>) {
    let mut store = MemoryStore::default();
    for stage in &test.stages {
        let Some(system) = system(test, stage, failures) else { return };
        let mut tuples = stage.tuples.clone().unwrap_or_default();
        if way == Way::Shuffled {
            shuffle(&mut tuples, &test.name);
        }
        for writes in tuples.chunks(40) {
            let request = WriteRequest { writes: writes.to_vec(), ..WriteRequest::default() };
            match plan(&system, &store, &request) {
                Ok(plan) => store.apply(plan),
                Err(error) => failures.push(format!("{}/{}: write: {error}", test.suite, test.name)),
            }
        }
        Runner::new(test, &system, &store, way, Vec::new(), counts, failures).stage(stage);
    }
}

/// Another order, the same one for the same name.
fn shuffle(tuples: &mut [TupleKey], name: &str) {
    let mut state = name
        .bytes()
        .fold(0x9E37_79B9_7F4A_7C15_u64, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3));
    tuples.reverse();
    for place in (1..tuples.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        tuples.swap(place, usize::try_from(state >> 33).unwrap_or_default() % (place + 1));
    }
}

struct Runner<'a> {
    test: &'a Test,
    system: &'a TypeSystem,
    store: &'a MemoryStore,
    way: Way,
    contextual: Vec<TupleKey>,
    limits: Limits,
    counts: &'a mut Counts,
    failures: &'a mut Vec<String>,
}

impl<'a> Runner<'a> {
    fn new(
        test: &'a Test,
        system: &'a TypeSystem,
        store: &'a MemoryStore,
        way: Way,
        contextual: Vec<TupleKey>,
        counts: &'a mut Counts,
        failures: &'a mut Vec<String>,
    ) -> Self {
        Self { test, system, store, way, contextual, limits: Limits::default(), counts, failures }
    }

    fn stage(&mut self, stage: &Stage) {
        for assertion in stage.check_assertions.iter().flatten() {
            self.check(assertion);
            if self.test.suite == "matrix_check" {
                self.lists_of_check(assertion);
            }
        }
        for assertion in stage.list_objects_assertions.iter().flatten() {
            self.list_objects(assertion);
        }
        for assertion in stage.list_users_assertions.iter().flatten() {
            self.list_users(assertion);
        }
    }

    fn note(&mut self, kind: &str, held: bool, what: &str) {
        let kind = match self.way {
            Way::Stored => kind.to_owned(),
            Way::Shuffled => format!("{kind}, shuffled"),
            Way::Contextual => format!("{kind}, contextual"),
        };
        if !held {
            self.failures.push(format!("{}/{} [{kind}]: {what}", self.test.suite, self.test.name));
        }
        self.counts.add(&self.test.suite, kind, held);
    }

    fn with_contextual(&self, own: &[TupleKey]) -> Vec<TupleKey> {
        self.contextual.iter().chain(own).cloned().collect()
    }

    fn ask(&self, key: &TupleKey, own: &[TupleKey], context: Option<&Context>) -> Result<bool, FgaError> {
        let request = CheckRequest {
            contextual_tuples: self.with_contextual(own),
            context: context.cloned(),
            ..CheckRequest::new(&*key.user, &*key.relation, &*key.object)
        };
        check(self.system, self.store, &request, &self.limits)
    }

    fn check(&mut self, assertion: &Check) {
        let answer = self.ask(&assertion.tuple, &assertion.contextual_tuples, assertion.context.as_ref());
        let held = match (&answer, assertion.error_code) {
            (Err(error), Some(code)) => error.number() == code,
            (Ok(answer), None) => *answer == assertion.expectation,
            _ => false,
        };
        self.note("check", held, &format!("{assertion:?} gave {answer:?}"));
    }

    /// A check says also what the lists have.
    fn lists_of_check(&mut self, assertion: &Check) {
        let key = &assertion.tuple;
        let (type_name, _) = key.object.split_once(':').expect("an object has a type");
        let request = ListObjectsRequest {
            type_name: type_name.into(),
            relation: key.relation.as_str().into(),
            user: key.user.clone(),
            contextual_tuples: self.with_contextual(&assertion.contextual_tuples),
            context: assertion.context.clone(),
        };
        let listed = list_objects(self.system, self.store, &request, &self.limits);
        let vary = self.test.name.starts_with(LISTS_VARY);
        let held = match (&listed, assertion.list_objects_error_code.or(assertion.error_code)) {
            (Err(error), Some(code)) => error.number() == code,
            (Ok(listed), None) => {
                vary || listed.items.iter().any(|object| object.to_string() == key.object) == assertion.expectation
            }
            _ => vary && listed.is_ok(),
        };
        self.note("list objects", held, &format!("{assertion:?} gave {listed:?}"));

        let (user, relation) = match key.user.split_once('#') {
            Some((user, relation)) => (user, Some(RelationName::from(relation))),
            None => (key.user.as_str(), None),
        };
        let (type_name, _) = user.split_once(':').expect("a user has a type");
        let request = ListUsersRequest {
            object: key.object.parse().expect("an object"),
            relation: key.relation.as_str().into(),
            filter: UserFilter { type_name: type_name.into(), relation },
            contextual_tuples: self.with_contextual(&assertion.contextual_tuples),
            context: assertion.context.clone(),
        };
        let listed = list_users(self.system, self.store, &request, &self.limits);
        let everybody = format!("{type_name}:*");
        let held = match (&listed, assertion.list_users_error_code.or(assertion.error_code)) {
            (Err(error), Some(code)) => error.number() == code,
            (Ok(listed), None) => {
                let has = |user: &str| listed.items.iter().any(|found| found.to_string() == user);
                (assertion.expectation && has(&everybody)) || has(&key.user) == assertion.expectation
            }
            _ => false,
        };
        self.note("list users", held, &format!("{assertion:?} gave {listed:?}"));
    }

    fn list_objects(&mut self, assertion: &ListObjects) {
        let question = &assertion.request;
        let request = ListObjectsRequest {
            type_name: question.type_name.as_str().into(),
            relation: question.relation.as_str().into(),
            user: question.user.clone(),
            contextual_tuples: self.with_contextual(&assertion.contextual_tuples),
            context: assertion.context.clone(),
        };
        let listed = list_objects(self.system, self.store, &request, &self.limits)
            .map(|listed| listed.items.iter().map(ToString::to_string).collect::<Vec<_>>());
        let held = same(&listed, assertion.expectation.as_ref(), assertion.error_code);
        self.note("list objects", held, &format!("{assertion:?} gave {listed:?}"));
        for object in listed.into_iter().flatten() {
            let key = TupleKey::new(&*question.user, &*question.relation, object);
            let answer = self.ask(&key, &assertion.contextual_tuples, assertion.context.as_ref());
            self.note("listed object checks", answer == Ok(true), &format!("{key:?} gave {answer:?}"));
        }
    }

    fn list_users(&mut self, assertion: &ListUsers) {
        let question = &assertion.request;
        let [filter] = question.filters.as_slice() else { panic!("one filter") };
        let (type_name, relation) = match filter.split_once('#') {
            Some((type_name, relation)) => (type_name, Some(relation.into())),
            None => (filter.as_str(), None),
        };
        let request = ListUsersRequest {
            object: question.object.parse().expect("an object"),
            relation: question.relation.as_str().into(),
            filter: UserFilter { type_name: type_name.into(), relation },
            contextual_tuples: self.with_contextual(&assertion.contextual_tuples),
            context: assertion.context.clone(),
        };
        let listed = list_users(self.system, self.store, &request, &self.limits)
            .map(|listed| listed.items.iter().map(ToString::to_string).collect::<Vec<_>>());
        let held = same(&listed, assertion.expectation.as_ref(), assertion.error_code);
        self.note("list users", held, &format!("{assertion:?} gave {listed:?}"));
        for user in listed.into_iter().flatten() {
            let key = TupleKey::new(user, &*question.relation, &*question.object);
            let answer = self.ask(&key, &assertion.contextual_tuples, assertion.context.as_ref());
            self.note("listed user checks", answer == Ok(true), &format!("{key:?} gave {answer:?}"));
        }
    }
}

fn same(listed: &Result<Vec<String>, FgaError>, expected: Option<&Vec<String>>, code: Option<u16>) -> bool {
    match (listed, code) {
        (Err(error), Some(code)) => error.number() == code,
        (Ok(listed), None) => {
            let mut listed = listed.clone();
            let mut expected = expected.cloned().unwrap_or_default();
            listed.sort();
            expected.sort();
            listed == expected
        }
        _ => false,
    }
}
