use std::cell::Cell;
use std::collections::BTreeMap;
use std::future::Future;

use deputy_http::json::read_value;
use futures::future::{Either, select};
use futures::pin_mut;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::client::connection::Client;
use crate::client::error::ClientError;
use crate::client::exchange::elicited;
use crate::client::host::{Host, HostAnswer};
use crate::client::lifecycle::Wanted;
use crate::client::network::Network;
use crate::client::parameter_headers::parameter_headers;
use crate::client::session::Session;
use crate::protocol::{
    CallToolResult, ElicitAction, ElicitRequest, GetPromptResult, InputRequest, InputResponse, Object,
    ReadResourceResult, Tool, code, meta, method,
};

/// What came of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome<T> {
    /// It is done.
    Done(T),
    /// The server wants something first, which the host does not have yet. The call is made again with it.
    InputRequired(InputRequired),
}

/// What a server wants before it goes on. To be kept until there are answers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct InputRequired {
    /// By names that the server gave.
    pub requests: BTreeMap<String, InputRequest>,
    /// To be given back as it is.
    pub state: Option<String>,
}

/// A call of a tool.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolCall<'a> {
    /// As the server listed it: its schema says which parameters are headers too.
    pub tool: &'a Tool,
    /// Its arguments.
    pub arguments: Object,
    /// Answers to an earlier [`Outcome::InputRequired`].
    pub answers: BTreeMap<String, InputResponse>,
    /// Its state.
    pub state: Option<String>,
}

impl<'a> ToolCall<'a> {
    /// A call that begins.
    pub fn new(tool: &'a Tool, arguments: Object) -> Self {
        Self { tool, arguments, answers: BTreeMap::new(), state: None }
    }
}

impl<N: Network, H: Host> Client<N, H> {
    /// Calls a tool. Questions of the server go to the host; progress is told to it.
    ///
    /// Errors: as of every call. After [`ClientError::Ended`], [`ClientError::TimedOut`] and [`ClientError::Unreachable`] it is not
    /// known whether the tool ran. [`code::HEADER_MISMATCH`] says that the tool's schema has changed: list the tools again. A tool
    /// whose annotations break a rule is not called ([`ClientError::Malformed`]); [`tools`](Self::tools) does not list it either.
    pub async fn call_tool(&self, call: ToolCall<'_>) -> Result<Outcome<CallToolResult>, ClientError> {
        self.call_tool_until(call, std::future::pending()).await
    }

    /// The same, until `stop` is ready: then the server is told, and the outcome is [`ClientError::Cancelled`].
    pub async fn call_tool_until(
        &self,
        call: ToolCall<'_>,
        stop: impl Future<Output = ()>,
    ) -> Result<Outcome<CallToolResult>, ClientError> {
        let under_way = Cell::new(None);
        let outcome = {
            let running = self.call_attended(call, &under_way);
            pin_mut!(running, stop);
            match select(running, stop).await {
                Either::Left((outcome, _)) => return outcome,
                Either::Right(_) => Err(ClientError::Cancelled),
            }
        };
        if let (Some(id), Some(session)) = (under_way.get(), self.session()) {
            self.tell_cancelled(&session, id).await;
        }
        outcome
    }

    /// Reads a resource.
    pub async fn read_resource(&self, uri: &str) -> Result<Outcome<ReadResourceResult>, ClientError> {
        let params = Object::from_iter([("uri".to_owned(), uri.into())]);
        self.in_rounds(method::RESOURCES_READ, params, &[], (BTreeMap::new(), None), &Cell::new(None)).await
    }

    /// Gets a prompt.
    pub async fn get_prompt(&self, name: &str, arguments: Object) -> Result<Outcome<GetPromptResult>, ClientError> {
        let params = Object::from_iter([("name".to_owned(), name.into()), ("arguments".to_owned(), arguments.into())]);
        self.in_rounds(method::PROMPTS_GET, params, &[], (BTreeMap::new(), None), &Cell::new(None)).await
    }

    /// Calls, and beside it hears what a server with sessions asks on a stream of its own.
    async fn call_attended(
        &self,
        call: ToolCall<'_>,
        under_way: &Cell<Option<u64>>,
    ) -> Result<Outcome<CallToolResult>, ClientError> {
        let session = match self.session() {
            Some(session) => session,
            None => self.connect().await?,
        };
        let ear = self.ear(&session).await;
        let running = self.call_in_rounds(call, &session, under_way);
        let Some(ear) = ear else { return running.await };
        let attending = self.attend(&session, ear);
        pin_mut!(running, attending);
        match select(running, attending).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(((), running)) => running.await,
        }
    }

    async fn call_in_rounds(
        &self,
        call: ToolCall<'_>,
        session: &Session,
        under_way: &Cell<Option<u64>>,
    ) -> Result<Outcome<CallToolResult>, ClientError> {
        // Revisions before know no such headers, and nothing is wrong with a schema that uses the word otherwise.
        let headers = if session.revision.has_sessions() {
            Vec::new()
        } else {
            let unusable = |_| ClientError::Malformed { method: method::TOOLS_LIST.into() };
            parameter_headers(call.tool, &call.arguments).map_err(unusable)?
        };
        let params = Object::from_iter([
            ("name".to_owned(), call.tool.name.as_str().into()),
            ("arguments".to_owned(), call.arguments.into()),
            ("_meta".to_owned(), json!({ meta::PROGRESS_TOKEN: self.next_id() })),
        ]);
        self.in_rounds(method::TOOLS_CALL, params, &headers, (call.answers, call.state), under_way).await
    }

    /// Makes a request and makes it again with what the server wants, as long as the host has answers (MCP 2026-07-28, "Multi Round-Trip
    /// Requests").
    async fn in_rounds<T: serde::de::DeserializeOwned>(
        &self,
        name: &'static str,
        params: Object,
        headers: &[(String, String)],
        (mut answers, mut state): (BTreeMap<String, InputResponse>, Option<String>),
        under_way: &Cell<Option<u64>>,
    ) -> Result<Outcome<T>, ClientError> {
        const MOST_ROUNDS: usize = 10;
        for _ in 0..MOST_ROUNDS {
            let mut params = params.clone();
            if !answers.is_empty() {
                params.insert("inputResponses".to_owned(), json!(answers));
            }
            if let Some(state) = &state {
                params.insert("requestState".to_owned(), json!(state));
            }
            let result = match self.request(Wanted { method: name, params, headers, under_way }).await {
                Err(ClientError::Refused { code: code::URL_ELICITATION_REQUIRED, data, .. }) => {
                    return Ok(Outcome::InputRequired(addresses_to_visit(data.as_ref())));
                }
                outcome => outcome?,
            };
            if result.get("resultType").and_then(Value::as_str) != Some("input_required") {
                let done = read_value(&result).map_err(|_| ClientError::Malformed { method: name.into() })?;
                return Ok(Outcome::Done(done));
            }
            let wanted: Input = read_value(&result).map_err(|_| ClientError::Malformed { method: name.into() })?;
            let wanted = InputRequired { requests: wanted.input_requests, state: wanted.request_state };
            match self.answers(&wanted).await? {
                Some(given) => (answers, state) = (given, wanted.state),
                None => return Ok(Outcome::InputRequired(wanted)),
            }
        }
        Err(ClientError::TooManyRounds { limit: MOST_ROUNDS })
    }

    /// What the host answers; `None` if it has no answer to one of them yet.
    async fn answers(&self, wanted: &InputRequired) -> Result<Option<BTreeMap<String, InputResponse>>, ClientError> {
        let mut answers = BTreeMap::new();
        for (name, question) in &wanted.requests {
            let answer = match (self.ask(question).await, question) {
                (HostAnswer::Given(answer), _) => answer,
                (HostAnswer::Later, _) => return Ok(None),
                (HostAnswer::Refused, InputRequest::Elicitation(_)) => InputResponse(elicited(ElicitAction::Decline)),
                (HostAnswer::Refused | HostAnswer::Failed(_), _) => return Err(ClientError::Declined),
            };
            answers.insert(name.clone(), answer);
        }
        Ok(Some(answers))
    }
}

/// `InputRequiredResult`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    #[serde(default)]
    input_requests: BTreeMap<String, InputRequest>,
    request_state: Option<String>,
}

/// The error of 2025-11-25 that stands for the same: addresses to visit before the call is made again.
fn addresses_to_visit(data: Option<&Value>) -> InputRequired {
    let listed = data.and_then(|data| data.get("elicitations")).and_then(Value::as_array);
    let requests = listed.into_iter().flatten().enumerate().filter_map(|(at, value)| {
        let request: ElicitRequest = read_value(value).ok()?;
        Some((at.to_string(), InputRequest::Elicitation(request)))
    });
    InputRequired { requests: requests.collect(), state: None }
}
