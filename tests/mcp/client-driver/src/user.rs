//! A user who agrees to everything, in the browser and in forms.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use deputy_http::{Secret, parse_query};
use deputy_mcp::authorization::ClientMetadata;
use deputy_mcp::client::authorization::{Challenge, ClientCredentials, Grant, LoginInput, begin_login, finish_login};
use deputy_mcp::client::{Address, Host, HostAnswer, Network as _, Reach};
use deputy_mcp::protocol::{
    ClientCapabilities, ElicitAction, ElicitRequest, ElicitResult, Elicitation, InputRequest, InputResponse, Object,
};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::network::LocalNetwork;

/// Answers forms at once, or not yet.
#[derive(Debug, Default)]
pub struct Agreeable {
    /// True: questions are left open, so that a call ends with them.
    pub thinks_it_over: Cell<bool>,
}

impl Host for Agreeable {
    fn capabilities(&self) -> ClientCapabilities {
        let form = Elicitation { form: Some(Object::new()), url: None };
        ClientCapabilities { elicitation: Some(form), ..ClientCapabilities::default() }
    }

    async fn answer(&self, request: &InputRequest) -> HostAnswer {
        if self.thinks_it_over.get() { HostAnswer::Later } else { agree(request) }
    }
}

/// Says yes to what has no default and can be said yes to; defaults are the client's business.
pub fn agree(request: &InputRequest) -> HostAnswer {
    let InputRequest::Elicitation(ElicitRequest::Form { requested_schema, .. }) = request else {
        return HostAnswer::Refused;
    };
    let properties = requested_schema.get("properties").and_then(Value::as_object);
    let is_open = |schema: &Value| schema.get("default").is_none() && schema.get("type") == Some(&json!("boolean"));
    let open = properties.into_iter().flatten().filter(|(_, schema)| is_open(schema));
    let content: BTreeMap<String, Value> = open.map(|(name, _)| (name.clone(), Value::Bool(true))).collect();
    let answer = ElicitResult { action: ElicitAction::Accept, content: Some(content) };
    HostAnswer::Given(InputResponse(json!(answer)))
}

/// The browser: goes where a log-in sends it and comes back.
#[derive(Debug)]
pub struct Browser {
    server: Address,
    metadata: ClientMetadata,
    client: Option<ClientCredentials>,
    grant: RefCell<Option<Grant>>,
}

impl Browser {
    /// `context`: what the runner tells, a client that was registered by hand among it.
    pub fn new(server: Address, context: &Value) -> Self {
        // The runner knows this address; nobody fetches it.
        const DOCUMENT: &str = "https://conformance-test.local/client-metadata.json";
        let text = |name: &str| context.get(name).and_then(Value::as_str);
        let metadata = ClientMetadata {
            client_id: DOCUMENT.to_owned(),
            ..ClientMetadata::of_application("Deputy", "http://localhost:3000", "/callback")
        };
        let client =
            text("client_id").map(|id| ClientCredentials::preregistered(id, text("client_secret").map(Secret::new)));
        Self { server, metadata, client, grant: RefCell::new(None) }
    }

    /// Logs in as the challenge wants it: the token.
    pub async fn log_in(&self, challenge: &Challenge) -> Result<Secret, Failure> {
        let mut randomness = [[0; 32]; 2];
        getrandom::fill(randomness.as_flattened_mut()).map_err(|_| Failure::Randomness)?;
        let grant = self.grant.borrow().clone();
        let input = LoginInput {
            server: &self.server,
            reach: Reach::PublicAndLoopback,
            challenge,
            metadata: &self.metadata,
            client: self.client.as_ref(),
            grant: grant.as_ref(),
            randomness,
        };
        let (url, pending) = begin_login(&LocalNetwork, input).await?;
        let answer = LocalNetwork.send(deputy_http::get(url)).await.map_err(|_| Failure::Browser)?;
        let location =
            answer.headers().get("location").and_then(|value| value.to_str().ok()).ok_or(Failure::Browser)?;
        let (_, query) = location.split_once('?').ok_or(Failure::Browser)?;
        let grant = finish_login(&LocalNetwork, &parse_query(query), pending).await?;
        let token = grant.tokens.access_token.clone();
        self.grant.replace(Some(grant));
        Ok(token)
    }

    /// A call went well.
    pub fn settle(&self) {
        if let Some(grant) = self.grant.borrow_mut().as_mut() {
            grant.settle();
        }
    }
}
