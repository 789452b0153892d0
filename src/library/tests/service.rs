//! OpenFGA as far as the library asks it, over the evaluator and tuples in memory. A test says what goes wrong.

use std::cell::RefCell;
use std::rc::Rc;

use deputy_fga::model::DOCUMENTS;
use deputy_fga::store::{MemoryStore, TupleStore};
use deputy_fga::tuple::TupleKey;
use deputy_fga::write::{OnConflict, WriteRequest, plan};
use deputy_fga::{
    CheckRequest, ExpandRequest, FgaError, Limits, ListObjectsRequest, TypeSystem, check, dsl, expand, list_objects,
};
use deputy_http::{Request, Response, TransportError, response};
use serde_json::{Value, json};

use crate::platform::testing::FakeHost;

pub const STORE: &str = "01JZ0000000000000000000001";
/// An OpenFGA server in a closed network.
pub const SETTINGS: &[(&str, &str)] = &[("FGA_API_URL", "https://fga.example"), ("FGA_STORE_ID", STORE)];

type Answer = Result<Response, TransportError>;
/// What happens to a call instead of its answer: its last path segment, its body.
type Trouble = dyn Fn(&str, &Value) -> Option<Answer>;

#[derive(Clone)]
pub struct Service(Rc<Inner>);

struct Inner {
    system: TypeSystem,
    tuples: RefCell<MemoryStore>,
    trouble: RefCell<Box<Trouble>>,
    calls: RefCell<Vec<(String, Value)>>,
}

impl Service {
    /// The service with the model that the documentation asks for, answering whatever this host sends.
    pub fn of(host: &FakeHost) -> Self {
        Self::with_model(host, DOCUMENTS)
    }

    pub fn with_model(host: &FakeHost, model: &str) -> Self {
        let service = Self(Rc::new(Inner {
            system: dsl::load(model).unwrap(),
            tuples: RefCell::default(),
            trouble: RefCell::new(Box::new(|_, _| None)),
            calls: RefCell::default(),
        }));
        service.answers(host);
        service
    }

    /// Answers whatever this host sends from now on.
    pub fn answers(&self, host: &FakeHost) {
        let answering = self.clone();
        host.world(move |request| answering.answer(request));
    }

    /// From now on.
    pub fn trouble(&self, trouble: impl Fn(&str, &Value) -> Option<Answer> + 'static) {
        *self.0.trouble.borrow_mut() = Box::new(trouble);
    }

    pub fn works(&self) {
        self.trouble(|_, _| None);
    }

    /// Nobody answers.
    pub fn is_down(&self) {
        self.trouble(|_, _| Some(unreachable()));
    }

    /// Whether it has the tuple.
    pub fn has(&self, user: &str, relation: &str, object: &str) -> bool {
        self.tuples().contains(&format!("{object}#{relation}@{user}"))
    }

    /// All tuples, as text.
    pub fn tuples(&self) -> Vec<String> {
        let store = self.0.tuples.borrow();
        let mut all = Vec::new();
        for object in ["doc", "folder"].into_iter().flat_map(|name| store.objects(&name.into()).unwrap()) {
            for relation in ["owner", "viewer", "parent"] {
                all.extend(store.tuples(&object, &relation.into()).unwrap());
            }
        }
        all.iter().map(|tuple| format!("{}#{}@{}", tuple.object, tuple.relation, tuple.user)).collect()
    }

    /// Writes a tuple that the library did not.
    pub fn write(&self, user: &str, relation: &str, object: &str) {
        let writes = vec![TupleKey::new(user, relation, object)];
        self.change(&WriteRequest { writes, ..WriteRequest::default() }).unwrap();
    }

    /// The calls since the last time: last path segment and body.
    pub fn take_calls(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut *self.0.calls.borrow_mut())
    }

    /// How many of them are of this kind.
    pub fn count(&self, path: &str) -> usize {
        self.0.calls.borrow().iter().filter(|(name, _)| name == path).count()
    }

    fn change(&self, request: &WriteRequest) -> Result<(), FgaError> {
        let planned = plan(&self.0.system, &*self.0.tuples.borrow(), request)?;
        self.0.tuples.borrow_mut().apply(planned);
        Ok(())
    }

    fn answer(&self, request: &Request) -> Answer {
        let path = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        self.0.calls.borrow_mut().push((path.clone(), body.clone()));
        if let Some(trouble) = (self.0.trouble.borrow())(&path, &body) {
            return trouble;
        }
        let answer = match path.as_str() {
            "token" => Ok(json!({ "access_token": "fga-access-token", "expires_in": 86_400 })),
            "batch-check" => Ok(self.checks(&body)),
            "write" => self.change(&write_of(&body)).map(|()| json!({})),
            "list-objects" => self.list(&body),
            "expand" => self.expansion(&body["tuple_key"]),
            other => panic!("the library does not call {other}"),
        };
        Ok(match answer {
            Ok(body) => response(200, body.to_string()),
            Err(error) => refusal(error.http_status(), error.name()),
        })
    }

    fn checks(&self, body: &Value) -> Value {
        let mut result = serde_json::Map::new();
        for item in body["checks"].as_array().unwrap() {
            let [user, relation, object] =
                ["user", "relation", "object"].map(|part| item["tuple_key"][part].as_str().unwrap());
            let question = CheckRequest::new(user, relation, object);
            let answer = match check(&self.0.system, &*self.0.tuples.borrow(), &question, &Limits::default()) {
                Ok(allowed) => json!({ "allowed": allowed }),
                Err(error) => json!({ "error": { "input_error": error.name(), "message": error.to_string() } }),
            };
            result.insert(item["correlation_id"].as_str().unwrap().to_owned(), answer);
        }
        json!({ "result": result })
    }

    fn list(&self, body: &Value) -> Result<Value, FgaError> {
        let [kind, relation, user] = ["type", "relation", "user"].map(|part| body[part].as_str().unwrap());
        let request = ListObjectsRequest {
            type_name: kind.into(),
            relation: relation.into(),
            user: user.to_owned(),
            contextual_tuples: Vec::new(),
            context: None,
        };
        let listed = list_objects(&self.0.system, &*self.0.tuples.borrow(), &request, &Limits::default())?;
        let objects: Vec<String> = listed.items.iter().map(ToString::to_string).collect();
        Ok(json!({ "objects": objects }))
    }

    fn expansion(&self, key: &Value) -> Result<Value, FgaError> {
        let [object, relation] = ["object", "relation"].map(|part| key[part].as_str().unwrap().to_owned());
        let request = ExpandRequest { object, relation, contextual_tuples: Vec::new() };
        let tree = expand(&self.0.system, &*self.0.tuples.borrow(), &request, &Limits::default())?;
        Ok(json!({ "tree": tree }))
    }
}

fn write_of(body: &Value) -> WriteRequest {
    let keys = |what: &str| serde_json::from_value(body[what]["tuple_keys"].clone()).unwrap_or_default();
    let ignore = |part: &Value| if part == "ignore" { OnConflict::Ignore } else { OnConflict::Error };
    WriteRequest {
        writes: keys("writes"),
        on_duplicate: ignore(&body["writes"]["on_duplicate"]),
        deletes: keys("deletes"),
        on_missing: ignore(&body["deletes"]["on_missing"]),
    }
}

pub fn unreachable() -> Answer {
    Err(TransportError::Unreachable { host: "fga.example".to_owned() })
}

/// An answer of the service that is a no.
pub fn refusal(status: u16, code: &str) -> Response {
    response(status, json!({ "code": code, "message": "in the service's words" }).to_string())
}
