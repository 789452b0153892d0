use std::borrow::Cow;

use http::HeaderMap;
use serde_json::{Value, json};

use crate::client::connection::{Client, Line};
use crate::client::elicitation::with_defaults;
use crate::client::error::ClientError;
use crate::client::event_reader::{EventReader, Patience};
use crate::client::host::{Host, HostAnswer};
use crate::client::network::{BodyStream, Network};
use crate::protocol::{
    ElicitAction, ElicitRequest, ElicitResult, InputRequest, InputResponse, Message, Request, Response, RpcError, code,
    method,
};

/// JSON-RPC has no code for it; the specification's example of a user who says no to sampling has this one.
const USER_REJECTED: i64 = -1;

/// What came of a request.
pub(crate) struct Answer {
    pub result: Value,
    pub headers: HeaderMap,
}

impl<N: Network, H: Host> Client<N, H> {
    /// Sends a request over streamable HTTP and waits for its response: JSON or a stream, which is resumed where the server allows it.
    pub(super) async fn exchange(
        &self,
        line: Line<'_>,
        request: &Request,
        headers: &[(String, String)],
    ) -> Result<Answer, ClientError> {
        self.may_send(request)?;
        let mut patience = self.patience();
        let message = Message::from(request.clone());
        let response = self.send(line, &mut patience, |sender| sender.post(&message, headers)).await?;
        let response = self.accepted(response, line, &mut patience).await?;
        let headers = response.headers().clone();
        let result = match kind_of(&headers) {
            Kind::Json => {
                let body = self.read(response.into_body(), &mut patience).await?;
                match Message::read(&body) {
                    Ok(Message::Response(Response { outcome, .. })) => outcome?,
                    _ => return Err(malformed(request)),
                }
            }
            Kind::Events => self.follow(line, request, response.into_body(), &mut patience).await?,
            Kind::Other => return Err(malformed(request)),
        };
        Ok(Answer { result, headers })
    }

    /// The host's last word on a call. Between it and the sending nothing is waited for.
    pub(super) fn may_send(&self, request: &Request) -> Result<(), ClientError> {
        if request.method == method::TOOLS_CALL && !self.host.may_call() { Err(ClientError::Cancelled) } else { Ok(()) }
    }

    /// Reads a stream until the response is there.
    async fn follow(
        &self,
        line: Line<'_>,
        request: &Request,
        body: BodyStream,
        patience: &mut Patience,
    ) -> Result<Value, ClientError> {
        /// Reconnections of one request that bring no new event.
        const MOST_VAIN: usize = 5;
        const USUAL_RETRY_MS: u64 = 1_000;
        const LONGEST_RETRY_MS: u64 = 60_000;
        let resumes = line.has_sessions();
        let mut reader = EventReader::new(body, self.config.limits.max_bytes);
        let mut resume_at: Option<String> = None;
        let mut vain = 0_usize;
        loop {
            match self.read_response(line, request, &mut reader, patience).await {
                Ok(Some(outcome)) => return Ok(outcome?),
                Ok(None) => {}
                Err(ClientError::Unreachable) if resumes => {}
                Err(error) => return Err(error),
            }
            let last = reader.last_event_id().map(str::to_owned);
            vain = if last.is_some() && last != resume_at { 0 } else { vain.saturating_add(1) };
            resume_at = last.or(resume_at);
            let Some(last) = resume_at.as_deref().filter(|_| resumes && vain < MOST_VAIN) else {
                return Err(ClientError::Ended);
            };
            let pause_ms = reader.retry_ms().unwrap_or(USUAL_RETRY_MS).min(LONGEST_RETRY_MS);
            patience.pause(&self.network, pause_ms).await?;
            let response = self.send(line, patience, |sender| sender.get(Some(last))).await.map_err(in_mid_exchange)?;
            let response = self.accepted(response, line, patience).await.map_err(in_mid_exchange)?;
            if !matches!(kind_of(response.headers()), Kind::Events) {
                return Err(ClientError::Ended);
            }
            reader = EventReader::new(response.into_body(), self.config.limits.max_bytes);
        }
    }

    /// Reads events until the response is there, answers the server's requests and hands on what it tells. `None`: the stream ended.
    pub(super) async fn read_response(
        &self,
        line: Line<'_>,
        request: &Request,
        reader: &mut EventReader,
        patience: &mut Patience,
    ) -> Result<Option<Result<Value, RpcError>>, ClientError> {
        while let Some(event) = reader.next(&self.network, patience).await? {
            // Events without data are for resuming; events that are no message are for somebody else.
            match Message::read(event.data.as_bytes()) {
                Ok(Message::Response(Response { id, outcome })) if id.as_ref().is_none_or(|id| *id == request.id) => {
                    return Ok(Some(outcome));
                }
                Ok(Message::Notification(notification)) => self.host.told(&notification),
                // 2026-07-28 forbids requests of the server on a stream.
                Ok(Message::Request(asked)) if line.has_sessions() => {
                    patience.asked()?;
                    let outcome = self.outcome_of(&asked).await;
                    let answer = Response::new(asked.id, outcome).into();
                    self.tell(line, &answer).await.map_err(in_mid_exchange)?;
                }
                Ok(Message::Request(_)) => {}
                Ok(Message::Response(_)) | Err(_) => {}
            }
        }
        Ok(None)
    }

    /// What to answer to a request of the server.
    async fn outcome_of(&self, asked: &Request) -> Result<Value, RpcError> {
        if asked.method == method::PING {
            return Ok(json!({}));
        }
        let question = InputRequest::read(&asked.method, &asked.params)?;
        match (self.ask(&question).await, &question) {
            (HostAnswer::Given(InputResponse(value)), _) => Ok(value),
            (HostAnswer::Failed(error), _) => Err(error),
            (HostAnswer::Later, InputRequest::Elicitation(_)) => Ok(elicited(ElicitAction::Cancel)),
            (HostAnswer::Refused, InputRequest::Elicitation(_)) => Ok(elicited(ElicitAction::Decline)),
            _ => Err(RpcError::new(USER_REJECTED, "The user refused.")),
        }
    }

    /// Asks the host, if it said that it can be asked that.
    pub(super) async fn ask(&self, question: &InputRequest) -> HostAnswer {
        let capabilities = self.host.capabilities();
        let declared = match question {
            InputRequest::Elicitation(ElicitRequest::Url { .. }) => capabilities.opens_addresses(),
            InputRequest::Elicitation(ElicitRequest::Form { .. }) => capabilities.asks_with_forms(),
            InputRequest::Sampling(_) => capabilities.sampling.is_some(),
            InputRequest::Roots => capabilities.roots.is_some(),
        };
        if !declared {
            return HostAnswer::Failed(RpcError::new(code::METHOD_NOT_FOUND, "The client did not declare that."));
        }
        let answer = self.host.answer(question).await;
        match (question, &answer) {
            (InputRequest::Elicitation(request), HostAnswer::Given(given)) => match given.elicitation() {
                Ok(result) => HostAnswer::Given(InputResponse(json!(with_defaults(request, result)))),
                Err(_) => answer,
            },
            _ => answer,
        }
    }
}

/// What goes wrong beside a request that is under way, such as a refusal to go on with its stream, says nothing of the request: the server
/// may have done it, so it is neither "not sent" nor made again.
fn in_mid_exchange(error: ClientError) -> ClientError {
    match error {
        ClientError::TimedOut => error,
        _ => ClientError::Ended,
    }
}

/// A user who did not answer.
pub(crate) fn elicited(action: ElicitAction) -> Value {
    json!(ElicitResult { action, content: None })
}

pub(crate) fn malformed(request: &Request) -> ClientError {
    ClientError::Malformed { method: Cow::Owned(request.method.clone()) }
}

/// What a body is.
pub(crate) enum Kind {
    Json,
    Events,
    Other,
}

pub(crate) fn kind_of(headers: &HeaderMap) -> Kind {
    let kind = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "application/json" => Kind::Json,
        "text/event-stream" => Kind::Events,
        _ => Kind::Other,
    }
}
