//! Runs a test and says what does not hold.

use deputy_fga::names::RelationName;
use deputy_fga::tuple::{Context, TupleKey};
use deputy_fga::{CheckRequest, ListObjectsRequest, ListUsersRequest, UserFilter};

use super::case::{Check, ListObjects, ListUsers, Stage, Test};
use super::counts::Counts;
use super::service::{Answer, Service};

/// Lists of these only must not fail: what they have differs upstream from run to run.
const LISTS_VARY: &str = "usersets_userset_cond_to_computed_cond";

pub fn test<S: Service>(test: &Test, counts: &mut Counts, failures: &mut Vec<String>) {
    let mut service = S::default();
    for (number, stage) in test.stages.iter().enumerate() {
        if let Err(error) = service.model(&stage.model) {
            failures.push(format!("{}/{}: stage {number}: {error}", test.suite, test.name));
            return;
        }
        let tuples = stage.tuples.clone().unwrap_or_default();
        let contextual = test.stages.len() == 1 && tuples.len() <= 80;
        if contextual {
            let mut empty = S::default();
            empty.model(&stage.model).expect("it was taken just now");
            let mut runner = Runner::new(test, &empty, " (all contextual)", counts, failures);
            runner.contextual = tuples.clone();
            runner.stage(stage);
        }
        // Another order than the written one: from the middle, backwards.
        let mut shuffled = tuples;
        let middle = shuffled.len() / 2;
        shuffled.rotate_left(middle);
        shuffled.reverse();
        for writes in shuffled.chunks(40) {
            if let Err(error) = service.write(writes) {
                failures.push(format!("{}/{}: write: {error}", test.suite, test.name));
            }
        }
        Runner::new(test, &service, "", counts, failures).stage(stage);
    }
}

struct Runner<'a, S> {
    test: &'a Test,
    service: &'a S,
    contextual: Vec<TupleKey>,
    mark: &'static str,
    counts: &'a mut Counts,
    failures: &'a mut Vec<String>,
}

impl<'a, S: Service> Runner<'a, S> {
    fn new(
        test: &'a Test,
        service: &'a S,
        mark: &'static str,
        counts: &'a mut Counts,
        failures: &'a mut Vec<String>,
    ) -> Self {
        Self { test, service, contextual: Vec::new(), mark, counts, failures }
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

    fn note(&mut self, kind: &'static str, held: bool, what: &str) {
        let kind = match (kind, self.mark) {
            ("check", " (all contextual)") => "check, all contextual",
            ("list objects", " (all contextual)") => "list objects, all contextual",
            ("list users", " (all contextual)") => "list users, all contextual",
            ("listed object checks", " (all contextual)") => "listed object checks, all contextual",
            ("listed user checks", " (all contextual)") => "listed user checks, all contextual",
            (kind, _) => kind,
        };
        self.counts.add(&self.test.suite, kind, held);
        if !held {
            self.failures.push(format!("{}/{} [{kind}]: {what}", self.test.suite, self.test.name));
        }
    }

    fn with_contextual(&self, own: &[TupleKey]) -> Vec<TupleKey> {
        self.contextual.iter().chain(own).cloned().collect()
    }

    fn ask(&self, key: &TupleKey, own: &[TupleKey], context: Option<&Context>) -> Answer<bool> {
        let request = CheckRequest {
            contextual_tuples: self.with_contextual(own),
            context: context.cloned(),
            ..CheckRequest::new(&*key.user, &*key.relation, &*key.object)
        };
        self.service.check(&request)
    }

    fn check(&mut self, assertion: &Check) {
        let answer = self.ask(&assertion.tuple, &assertion.contextual_tuples, assertion.context.as_ref());
        let held = match (&answer, assertion.error_code) {
            (Err(number), Some(code)) => *number == code,
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
        let listed = self.service.list_objects(&request);
        let vary = self.test.name.starts_with(LISTS_VARY);
        let held = match (&listed, assertion.list_objects_error_code.or(assertion.error_code)) {
            (Err(number), Some(code)) => *number == code,
            (Ok(listed), None) => vary || listed.contains(&key.object) == assertion.expectation,
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
        let listed = self.service.list_users(&request);
        let everybody = format!("{type_name}:*");
        let held = match (&listed, assertion.list_users_error_code.or(assertion.error_code)) {
            (Err(number), Some(code)) => *number == code,
            (Ok(listed), None) => {
                let everybody = assertion.expectation && listed.contains(&everybody);
                everybody || listed.contains(&key.user) == assertion.expectation
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
        let listed = self.service.list_objects(&request);
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
        let listed = self.service.list_users(&request);
        let held = same(&listed, assertion.expectation.as_ref(), assertion.error_code);
        self.note("list users", held, &format!("{assertion:?} gave {listed:?}"));
        for user in listed.into_iter().flatten() {
            let key = TupleKey::new(user, &*question.relation, &*question.object);
            let answer = self.ask(&key, &assertion.contextual_tuples, assertion.context.as_ref());
            self.note("listed user checks", answer == Ok(true), &format!("{key:?} gave {answer:?}"));
        }
    }
}

fn same(listed: &Answer<Vec<String>>, expected: Option<&Vec<String>>, code: Option<u16>) -> bool {
    match (listed, code) {
        (Err(number), Some(code)) => *number == code,
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
