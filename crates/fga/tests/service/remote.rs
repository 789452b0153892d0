use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, ready};

use deputy_fga::client::{ApiError, Authentication, ClientCredentials, ErrorCode, FgaClient, Ports};
use deputy_fga::tuple::TupleKey;
use deputy_fga::write::{OnConflict, WriteRequest};
use deputy_fga::{CheckRequest, Decision};
use deputy_http::{ReadResponse, Request, Response, Secret, TransportError, response};
use futures::executor::block_on;
use serde_json::{Value, json};

use crate::{NOW, answer, connection, plain};

/// A world of prepared answers, and what was done to it.
#[derive(Default)]
struct World {
    answers: RefCell<VecDeque<Result<Response, TransportError>>>,
    sent: RefCell<Vec<Request>>,
    slept: RefCell<Vec<u64>>,
    later: Cell<u64>,
}

impl World {
    fn of(answers: impl IntoIterator<Item = Response>) -> Self {
        Self { answers: RefCell::new(answers.into_iter().map(Ok).collect()), ..Self::default() }
    }

    fn paths(&self) -> Vec<String> {
        self.sent.borrow().iter().map(|request| request.uri().path().rsplit('/').next().unwrap().to_owned()).collect()
    }

    fn bearers(&self) -> Vec<Option<String>> {
        let sent = self.sent.borrow();
        let bearer =
            |request: &Request| request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
        sent.iter().filter(|request| !request.uri().path().ends_with("/token")).map(bearer).collect()
    }
}

impl Ports for &World {
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, TransportError>> {
        self.sent.borrow_mut().push(request);
        ready(self.answers.borrow_mut().pop_front().expect("no call more"))
    }

    fn sleep_ms(&self, milliseconds: u64) -> impl Future<Output = ()> {
        self.slept.borrow_mut().push(milliseconds);
        ready(())
    }

    fn now_ms(&self) -> u64 {
        NOW + self.later.get()
    }

    fn random(&self) -> u64 {
        7
    }
}

fn yes() -> Response {
    answer(200, &json!({ "allowed": true }))
}

fn token(name: &str) -> Response {
    answer(200, &json!({ "access_token": name, "expires_in": 3_600 }))
}

fn credentials() -> Authentication {
    Authentication::ClientCredentials(ClientCredentials {
        token_url: "https://auth.fga.dev/oauth/token".to_owned(),
        audience: "https://api.eu1.fga.dev/".to_owned(),
        client_id: "client".to_owned(),
        client_secret: Secret::new("secret"),
    })
}

fn question() -> CheckRequest {
    CheckRequest::new("user:a", "viewer", "doc:1")
}

#[test]
fn a_token_is_got_once_and_again_when_it_has_ended() {
    let world = World::of([token("one"), yes(), yes(), token("two"), yes()]);
    let client = FgaClient::new(connection(credentials()), &world);
    assert!(block_on(client.check(&question())).is_allowed());
    assert!(block_on(client.check(&question())).is_allowed());
    world.later.set(3_540_000);
    assert!(block_on(client.check(&question())).is_allowed());
    assert_eq!(world.paths(), ["token", "check", "check", "token", "check"]);
    let bearer = |name: &str| Some(format!("Bearer {name}"));
    assert_eq!(world.bearers(), [bearer("one"), bearer("one"), bearer("two")]);
}

#[test]
fn a_refused_token_is_dropped_once() {
    let refused = || answer(401, &json!({ "code": "auth_failed_invalid_bearer_token", "message": "m" }));
    let world = World::of([token("one"), refused(), token("two"), yes()]);
    let client = FgaClient::new(connection(credentials()), &world);
    assert!(block_on(client.check(&question())).is_allowed());
    assert_eq!(client.token().unwrap().token.expose(), "two");

    let world = World::of([token("one"), refused(), token("two"), refused()]);
    let client = FgaClient::new(connection(credentials()), &world);
    assert_eq!(block_on(client.check(&question())), Decision::Unchecked(ApiError::Unauthenticated));

    let world = World::of([refused()]);
    let client = FgaClient::new(connection(Authentication::PresharedKey(Secret::new("key"))), &world);
    assert_eq!(block_on(client.check(&question())), Decision::Unchecked(ApiError::Unauthenticated));
    assert_eq!(world.bearers(), [Some("Bearer key".to_owned())]);
}

#[test]
fn a_limit_is_waited_for_and_a_dead_service_given_up() {
    let world = World::of([response(429, "").with_header("retry-after", "2"), response(503, ""), yes()]);
    let client = FgaClient::new(plain(), &world);
    assert!(block_on(client.check(&question())).is_allowed());
    assert_eq!(*world.slept.borrow(), [2_007, 207]);

    let world = World::default();
    let dead = || Err(TransportError::Unreachable { host: "api.eu1.fga.dev".to_owned() });
    world.answers.borrow_mut().extend((0..4).map(|_| dead()));
    let client = FgaClient::new(plain(), &world);
    let decision = block_on(client.check(&question()));
    assert_eq!(decision, Decision::Unchecked(ApiError::Down { status: None, retry_at: None }));
    assert!(decision.user_message().unwrap().contains("could not be checked"));
    assert_eq!(world.slept.borrow().len(), 3);

    let world = World::of([response(429, "").with_header("retry-after", "3600")]);
    let client = FgaClient::new(plain(), &world);
    assert!(!block_on(client.check(&question())).is_allowed());
    assert!(world.slept.borrow().is_empty());
}

/// One page that fails takes none of the others with it.
#[test]
fn a_batch_over_several_pages_keeps_its_order() {
    let page = |count: usize, allowed: &dyn Fn(usize) -> bool| {
        let result: serde_json::Map<String, Value> =
            (0..count).map(|id| (id.to_string(), json!({ "allowed": allowed(id) }))).collect();
        answer(200, &json!({ "result": result }))
    };
    let failed = answer(400, &json!({ "code": "validation_error", "message": "m" }));
    let world = World::of([page(50, &|id| id % 2 == 0), failed, page(9, &|_| true)]);
    let client = FgaClient::new(plain(), &world);
    let mut questions: Vec<_> = (0..109).map(|n| CheckRequest::new("user:a", "viewer", format!("doc:{n}"))).collect();
    questions.insert(3, CheckRequest::new("user:a", "viewer", "no object"));
    let decisions = block_on(client.batch_check(&questions));
    assert_eq!(decisions.len(), 110);
    assert_eq!(decisions[3], Decision::Unchecked(ApiError::Question { field: "object" }));
    assert_eq!(
        (&decisions[0], &decisions[1], &decisions[4]),
        (&Decision::Allowed, &Decision::Denied, &Decision::Denied)
    );
    let code = |decision: &Decision<ApiError>| decision.error().and_then(ApiError::error_code);
    assert!(decisions[51..101].iter().all(|decision| code(decision) == Some(ErrorCode::ValidationError)));
    assert!(decisions[101..].iter().all(Decision::is_allowed));
    assert_eq!(world.paths(), ["batch-check"; 3]);
    let first: Value = serde_json::from_slice(world.sent.borrow()[0].body()).unwrap();
    assert_eq!(first["consistency"], "HIGHER_CONSISTENCY");
}

#[test]
fn a_write_of_unknown_outcome_is_repeated_only_where_that_is_the_same() {
    let changes = |on_duplicate| WriteRequest {
        writes: (0..41).map(|n| TupleKey::new("user:a", "viewer", format!("doc:{n}"))).collect(),
        on_duplicate,
        ..WriteRequest::default()
    };
    let done = || answer(200, &json!({}));
    let world = World::of([done(), response(503, "")]);
    let client = FgaClient::new(plain(), &world);
    let written = block_on(client.write(&changes(OnConflict::Error)));
    assert_eq!(written, Err(ApiError::Down { status: Some(503), retry_at: None }));

    let world = World::of([done(), response(503, ""), done()]);
    let client = FgaClient::new(plain(), &world);
    assert_eq!(block_on(client.write(&changes(OnConflict::Ignore))), Ok(()));
    assert_eq!(world.paths(), ["write"; 3]);

    // A token endpoint that fails has written nothing.
    let world = World::of([response(503, ""), token("one"), done(), done()]);
    let client = FgaClient::new(connection(credentials()), &world);
    assert_eq!(block_on(client.write(&changes(OnConflict::Error))), Ok(()));
    assert_eq!(world.bearers(), vec![Some("Bearer one".to_owned()); 2]);
}
