//! The language model over HTTP or by its binding: one request, read as it comes.

use std::cell::RefCell;
use std::collections::BTreeMap;

use deputy_http::{Body, Response, TransportError};
use deputy_models::{
    ModelApi, ModelConfig, ModelError, ModelEvent, ModelRequest, ModelStream, Profile, workers_ai_error,
};
use futures::future::{Either, select};
use futures::stream::{self, LocalBoxStream};
use futures::{Stream, StreamExt};
use worker::{AbortController, Env};

use crate::config::ModelSettings;
use crate::platform::ai::{self, AiError};
use crate::platform::clock;
use crate::platform::fetch::send_streaming;

/// The longest silence once the model has begun to speak, milliseconds.
const SILENCE_MS: u64 = 90_000;
/// How long the cost of an answer that has come to its end may take, milliseconds.
const USAGE_MS: u64 = 5_000;
/// The largest refusal that is read, bytes.
const MAX_REFUSAL_BYTES: usize = 1 << 18;
/// How long more of a refusal may take, milliseconds.
const REFUSAL_MS: u64 = 10_000;
/// How often one request is put in another way because the server refuses a part of it.
const MOST_ADAPTED: usize = 3;

type Chunks = LocalBoxStream<'static, Result<Vec<u8>, TransportError>>;
type Events = LocalBoxStream<'static, Result<Vec<ModelEvent>, ModelError>>;

thread_local! {
    /// What servers have refused so far, by whom it was refused: the next request is not refused again.
    static LEARNT: RefCell<BTreeMap<String, Profile>> = const { RefCell::new(BTreeMap::new()) };
}

/// Asks the model, by a binding of `env` where it is one. Dropping the stream closes the connection.
pub async fn open(env: &Env, settings: &ModelSettings, request: &ModelRequest) -> Result<Events, ModelError> {
    let origin = settings.config.origin();
    let known = LEARNT.with_borrow(|learnt| learnt.get(&origin).cloned());
    let mut config = settings.config.clone();
    config.profile = known.unwrap_or(config.profile);
    let mut adapted = 0;
    loop {
        let refusal = match send(env, settings, &config, request).await? {
            Sent::Answered(events) => return Ok(events),
            Sent::Refused(refusal) => refusal,
        };
        let error = config.api.refusal(&refusal, &config, clock::now_ms());
        let named = matches!(error, ModelError::Rejected { .. } | ModelError::Down { .. });
        let other = (named && adapted < MOST_ADAPTED).then(|| config.adapted(&refusal)).flatten();
        let Some(other) = other else { return Err(error) };
        LEARNT.with_borrow_mut(|learnt| learnt.insert(origin.clone(), other.profile.clone()));
        config = other;
        adapted += 1;
    }
}

enum Sent {
    Answered(Events),
    Refused(Response),
}

async fn send(
    env: &Env,
    settings: &ModelSettings,
    config: &ModelConfig,
    request: &ModelRequest,
) -> Result<Sent, ModelError> {
    let controller = Abort(AbortController::default());
    let http = config.api.request(config, request);
    let asked = clock::now_ms();
    let signal = controller.0.signal();
    let (head, mut body) = if config.api == ModelApi::WorkersAi && config.base_url.is_empty() {
        let answer = ai::run(env, &config.model, &http.body().text(), &signal, settings.timeout_ms).await;
        parts(answer.map_err(|error| unbound(error, &config.model))?)
    } else {
        parts(send_streaming(http, &signal, settings.timeout_ms).await?)
    };
    if !head.status.is_success() {
        let body = refusal(&mut body).await;
        return Ok(Sent::Refused(http::Response::from_parts(head, Body::from(body))));
    }
    // Whatever the content type: the first bytes tell an event stream from an answer in JSON.
    let reading = Reading {
        body,
        parser: Some(config.api.stream(config, "call")),
        last: None,
        first_byte_at: asked.saturating_add(settings.timeout_ms),
        timeout_ms: settings.timeout_ms,
        is_alive: false,
        has_begun: false,
        _abort: controller,
    };
    let events = stream::unfold(reading, |mut reading| async move { reading.next().await.map(|read| (read, reading)) });
    Ok(Sent::Answered(events.boxed_local()))
}

fn parts<S>(answer: http::Response<S>) -> (http::response::Parts, Chunks)
where
    S: Stream<Item = Result<Vec<u8>, TransportError>> + 'static,
{
    let (head, body) = answer.into_parts();
    (head, body.boxed_local())
}

fn unbound(error: AiError, model: &str) -> ModelError {
    match error {
        AiError::NotBound => ModelError::NotBound,
        AiError::Thrown(words) => workers_ai_error(&words, model),
        AiError::Transport(error) => error.into(),
    }
}

/// Aborts the request when it is dropped: a stopped turn costs no more tokens.
struct Abort(AbortController);

impl Drop for Abort {
    fn drop(&mut self) {
        std::mem::take(&mut self.0).abort();
    }
}

struct Reading {
    body: Chunks,
    /// None when the answer has ended.
    parser: Option<ModelStream>,
    /// What is left to be told once the body has been read.
    last: Option<Result<Vec<ModelEvent>, ModelError>>,
    /// When the first byte must be here, milliseconds.
    first_byte_at: u64,
    /// How long silence may last before the first word, milliseconds.
    timeout_ms: u64,
    /// There was a byte.
    is_alive: bool,
    /// There was a word.
    has_begun: bool,
    _abort: Abort,
}

impl Reading {
    async fn next(&mut self) -> Option<Result<Vec<ModelEvent>, ModelError>> {
        loop {
            if let Some(read) = self.last.take() {
                return Some(read);
            }
            let mut parser = self.parser.take()?;
            let patience = Box::pin(clock::sleep(self.patience(&parser)));
            let read = match select(self.body.next(), patience).await {
                Either::Left((read, _)) => read,
                Either::Right(_) => Some(Err(TransportError::TimedOut { host: String::new() })),
            };
            self.is_alive = true;
            let events = match read {
                Some(Ok(bytes)) => parser.feed(&bytes),
                // What was said before is whole, or is told with what ended it.
                Some(Err(error)) => return self.ended(parser, Some(error.into())),
                None => return self.ended(parser, None),
            };
            if events.is_ok() {
                if parser.is_over() {
                    self.last = Some(parser.finish());
                } else {
                    self.parser = Some(parser);
                }
            }
            if !matches!(&events, Ok(events) if events.is_empty()) {
                self.has_begun = true;
                return Some(events);
            }
        }
    }

    /// The body is at its end, or will not go on.
    fn ended(
        &mut self,
        mut parser: ModelStream,
        broken: Option<ModelError>,
    ) -> Option<Result<Vec<ModelEvent>, ModelError>> {
        let events = parser.end();
        let finished = match (parser.finish(), broken) {
            (Err(ModelError::EndedEarly | ModelError::Malformed), Some(error)) => Err(error),
            (finished, _) => finished,
        };
        if events.is_empty() {
            return Some(finished);
        }
        self.last = Some(finished);
        Some(Ok(events))
    }

    /// How long the next bytes may take, milliseconds.
    fn patience(&self, parser: &ModelStream) -> u64 {
        if parser.has_stopped() {
            USAGE_MS
        } else if self.has_begun {
            SILENCE_MS
        } else if self.is_alive {
            self.timeout_ms
        } else {
            self.first_byte_at.saturating_sub(clock::now_ms())
        }
    }
}

/// The body of a refusal, as far as it comes.
async fn refusal(body: &mut Chunks) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let patience = Box::pin(clock::sleep(REFUSAL_MS));
        let Either::Left((Some(Ok(read)), _)) = select(body.next(), patience).await else { break };
        bytes.extend_from_slice(&read);
        if bytes.len() > MAX_REFUSAL_BYTES {
            break;
        }
    }
    bytes
}
