//! Who answers the questions of a suite: the evaluator itself, or the HTTP API over it.

use std::cell::{Cell, RefCell};

use deputy_fga::api::{MemoryStores, Moment, answer};
use deputy_fga::client::ErrorCode;
use deputy_fga::model::AuthorizationModel;
use deputy_fga::store::MemoryStore;
use deputy_fga::tuple::TupleKey;
use deputy_fga::write::{WriteRequest, plan};
use deputy_fga::{
    CheckRequest, Limits, ListObjectsRequest, ListUsersRequest, TypeSystem, check, list_objects, list_users,
};
use deputy_http::{BuildRequest as _, ReadResponse as _, Response};
use serde_json::{Value, json};

/// An answer, or the number of OpenFGA's code.
pub type Answer<T> = Result<T, u16>;

pub trait Service: Default {
    /// How many contextual tuples a question may carry.
    const CONTEXTUAL: usize;
    fn model(&mut self, model: &AuthorizationModel) -> Result<(), String>;
    fn write(&mut self, tuples: &[TupleKey]) -> Result<(), String>;
    fn check(&self, request: &CheckRequest) -> Answer<bool>;
    fn list_objects(&self, request: &ListObjectsRequest) -> Answer<Vec<String>>;
    fn list_users(&self, request: &ListUsersRequest) -> Answer<Vec<String>>;
}

#[derive(Default)]
pub struct Evaluator {
    system: Option<TypeSystem>,
    store: MemoryStore,
}

impl Evaluator {
    fn system(&self) -> &TypeSystem {
        self.system.as_ref().expect("a model comes first")
    }
}

fn texts<T: ToString>(items: &[T]) -> Vec<String> {
    items.iter().map(T::to_string).collect()
}

impl Service for Evaluator {
    const CONTEXTUAL: usize = usize::MAX;

    fn model(&mut self, model: &AuthorizationModel) -> Result<(), String> {
        self.system = Some(TypeSystem::new(model.clone()).map_err(|error| error.to_string())?);
        Ok(())
    }

    fn write(&mut self, tuples: &[TupleKey]) -> Result<(), String> {
        let request = WriteRequest { writes: tuples.to_vec(), ..WriteRequest::default() };
        let plan = plan(self.system(), &self.store, &request).map_err(|error| error.to_string())?;
        self.store.apply(plan);
        Ok(())
    }

    fn check(&self, request: &CheckRequest) -> Answer<bool> {
        check(self.system(), &self.store, request, &Limits::default()).map_err(|error| error.number())
    }

    fn list_objects(&self, request: &ListObjectsRequest) -> Answer<Vec<String>> {
        let listed = list_objects(self.system(), &self.store, request, &Limits::default());
        listed.map(|listed| texts(&listed.items)).map_err(|error| error.number())
    }

    fn list_users(&self, request: &ListUsersRequest) -> Answer<Vec<String>> {
        let listed = list_users(self.system(), &self.store, request, &Limits::default());
        listed.map(|listed| texts(&listed.items)).map_err(|error| error.number())
    }
}

/// One store of the API.
pub struct Http {
    stores: RefCell<MemoryStores>,
    calls: Cell<u64>,
    store: String,
}

impl Default for Http {
    fn default() -> Self {
        let mut http = Self { stores: RefCell::default(), calls: Cell::new(0), store: String::new() };
        let created = http.post("/stores", &json!({ "name": "suite" }));
        http.store = created.json::<Value>().unwrap()["id"].as_str().unwrap().to_owned();
        http
    }
}

impl Http {
    fn post(&self, path: &str, body: &Value) -> Response {
        self.calls.set(self.calls.get() + 1);
        let moment = Moment { now_ms: 1_800_000_000_000 + self.calls.get(), random: 0 };
        answer(&mut *self.stores.borrow_mut(), &deputy_http::post(path).json(body), moment)
    }

    fn in_store(&self, path: &str, body: &Value) -> Response {
        self.post(&format!("/stores/{}/{path}", self.store), body)
    }

    fn ask(&self, path: &str, body: &Value) -> Answer<Value> {
        let response = self.in_store(path, body);
        let body: Value = response.json().unwrap();
        if response.status().is_success() {
            return Ok(body);
        }
        let code: ErrorCode = body["code"].as_str().unwrap().parse().expect("a code of OpenFGA");
        assert_eq!(response.status().as_u16(), code.status());
        Err(code.number())
    }
}

fn done(response: &Response) -> Result<(), String> {
    if response.status().is_success() { Ok(()) } else { Err(response.text()) }
}

impl Service for Http {
    const CONTEXTUAL: usize = 80;

    fn model(&mut self, model: &AuthorizationModel) -> Result<(), String> {
        done(&self.in_store("authorization-models", &json!(model)))
    }

    fn write(&mut self, tuples: &[TupleKey]) -> Result<(), String> {
        done(&self.in_store("write", &json!({ "writes": { "tuple_keys": tuples } })))
    }

    fn check(&self, request: &CheckRequest) -> Answer<bool> {
        let CheckRequest { user, relation, object, contextual_tuples, context } = request;
        let body = json!({
            "tuple_key": { "user": user, "relation": relation, "object": object },
            "contextual_tuples": { "tuple_keys": contextual_tuples },
            "context": context,
        });
        Ok(self.ask("check", &body)?["allowed"].as_bool().unwrap())
    }

    fn list_objects(&self, request: &ListObjectsRequest) -> Answer<Vec<String>> {
        let body = json!({
            "type": request.type_name,
            "relation": request.relation,
            "user": request.user,
            "contextual_tuples": { "tuple_keys": request.contextual_tuples },
            "context": request.context,
        });
        let listed = self.ask("list-objects", &body);
        let streamed = self.in_store("streamed-list-objects", &body).text();
        let lines = streamed.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        match &listed {
            Ok(listed) => {
                let lines: Vec<Value> = lines.map(|line| line["result"]["object"].clone()).collect();
                assert_eq!(listed["objects"], json!(lines));
            }
            Err(_) => assert!(lines.into_iter().all(|line| line["error"]["message"].is_string()), "{streamed}"),
        }
        let mut listed = listed?;
        Ok(serde_json::from_value(listed["objects"].take()).unwrap())
    }

    fn list_users(&self, request: &ListUsersRequest) -> Answer<Vec<String>> {
        let body = json!({
            "object": { "type": request.object.type_name, "id": *request.object.id },
            "relation": request.relation,
            "user_filters": [{ "type": request.filter.type_name, "relation": request.filter.relation }],
            "contextual_tuples": request.contextual_tuples,
            "context": request.context,
        });
        let answered = self.ask("list-users", &body)?;
        Ok(answered["users"].as_array().unwrap().iter().map(user).collect())
    }
}

fn user(found: &Value) -> String {
    let (kind, parts) = found.as_object().unwrap().iter().next().expect("one member");
    let part = |name: &str| parts[name].as_str().unwrap();
    match kind.as_str() {
        "object" => format!("{}:{}", part("type"), part("id")),
        "userset" => format!("{}:{}#{}", part("type"), part("id"), part("relation")),
        "wildcard" => format!("{}:*", part("type")),
        other => panic!("no user: {other}"),
    }
}
