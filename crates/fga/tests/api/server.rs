use deputy_fga::api::{MODEL_HEADER, MemoryStores, Moment, answer};
use deputy_http::{Method, ReadResponse as _, Request, request};
use serde_json::{Value, json};

pub const NOW: u64 = 1_800_000_000_000;

/// Stores in memory, and a clock that goes on by a second with each call.
#[derive(Default)]
pub struct Server {
    stores: MemoryStores,
    calls: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    pub text: String,
    pub model: Option<String>,
    pub cut_off: Option<String>,
}

impl Answer {
    /// Status and code of a refusal.
    pub fn code(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap_or_default())
    }

    pub fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }

    pub fn str(&self, name: &str) -> String {
        self.body[name].as_str().unwrap_or_else(|| panic!("no {name} in {self:?}")).to_owned()
    }
}

impl Server {
    pub fn send(&mut self, request: &Request) -> Answer {
        self.calls += 1;
        let moment = Moment { now_ms: NOW + self.calls * 1_000, random: u128::from(self.calls) };
        let response = answer(&mut self.stores, request, moment);
        let text = response.text();
        Answer {
            status: response.status().as_u16(),
            body: serde_json::from_str(&text).unwrap_or_default(),
            text,
            model: response.header(MODEL_HEADER).map(str::to_owned),
            cut_off: response.header("deputy-list-cut-off").map(str::to_owned),
        }
    }

    pub fn raw(&mut self, method: Method, path: &str, body: impl Into<Vec<u8>>) -> Answer {
        let mut request = request(method, path);
        *request.body_mut() = body.into().into();
        self.send(&request)
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.raw(Method::GET, path, "")
    }

    pub fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.raw(Method::POST, path, body.to_string())
    }

    pub fn put(&mut self, path: &str, body: &Value) -> Answer {
        self.raw(Method::PUT, path, body.to_string())
    }

    /// A store with a model of documents, folders, groups and a condition: its path, and the model's id.
    pub fn with_model() -> (Self, String, String) {
        let mut server = Self::default();
        let store = format!("/stores/{}", server.post("/stores", &json!({ "name": "documents" })).str("id"));
        let written = server.post(&format!("{store}/authorization-models"), &model());
        assert_eq!(written.status, 201, "{written:?}");
        let id = written.str("authorization_model_id");
        (server, store, id)
    }

    pub fn write(&mut self, store: &str, tuples: &[(&str, &str, &str)]) {
        for tuples in tuples.chunks(100) {
            let keys: Vec<Value> = tuples.iter().map(|(user, relation, object)| key(user, relation, object)).collect();
            let written = self.post(&format!("{store}/write"), &json!({ "writes": { "tuple_keys": keys } }));
            assert_eq!(written.status, 200, "{written:?}");
        }
    }
}

pub fn key(user: &str, relation: &str, object: &str) -> Value {
    json!({ "user": user, "relation": relation, "object": object })
}

pub fn model() -> Value {
    let direct = |users: Value| json!({ "directly_related_user_types": users });
    json!({
        "schema_version": "1.1",
        "type_definitions": [
            { "type": "user" },
            {
                "type": "group",
                "relations": { "member": { "this": {} } },
                "metadata": { "relations": { "member": direct(json!([{ "type": "user" }, { "type": "group", "relation": "member" }])) } }
            },
            {
                "type": "doc",
                "relations": {
                    "owner": { "this": {} },
                    "viewer": { "this": {} },
                    "blocked": { "this": {} },
                    "guest": { "this": {} },
                    "can_view": { "difference": {
                        "base": { "union": { "child": [
                            { "computedUserset": { "relation": "owner" } },
                            { "computed_userset": { "relation": "viewer" } }
                        ] } },
                        "subtract": { "computedUserset": { "relation": "blocked" } }
                    } }
                },
                "metadata": { "relations": {
                    "owner": direct(json!([{ "type": "user" }])),
                    "viewer": direct(json!([
                        { "type": "user" },
                        { "type": "user", "wildcard": {} },
                        { "type": "group", "relation": "member" }
                    ])),
                    "blocked": direct(json!([{ "type": "user" }])),
                    "guest": direct(json!([{ "type": "user", "condition": "until" }]))
                } }
            }
        ],
        "conditions": {
            "until": {
                "name": "until",
                "expression": "now < end",
                "parameters": {
                    "now": { "type_name": "TYPE_NAME_TIMESTAMP" },
                    "end": { "type_name": "TYPE_NAME_TIMESTAMP" }
                }
            }
        }
    })
}
