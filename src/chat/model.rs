//! The language model over HTTP: one request, read as it comes.

use std::time::Duration;

use deputy_http::{Body, TransportError};
use deputy_models::{ModelConfig, ModelError, ModelEvent, ModelRequest, ModelStream};
use futures::StreamExt;
use futures::future::{Either, select};
use futures::stream::{self, LocalBoxStream};
use http::header::CONTENT_TYPE;
use worker::{AbortController, Delay};

use crate::config::ModelSettings;
use crate::platform::clock;
use crate::platform::fetch::send_streaming;

/// The head of the answer must come within this time, milliseconds.
const HEAD_TIMEOUT_MS: u64 = 60_000;
/// The longest silence in the middle of an answer, milliseconds.
const SILENCE_MS: u64 = 60_000;
/// The largest body that is not a stream, bytes.
const MAX_WHOLE_BYTES: usize = 1 << 20;

type Chunks = LocalBoxStream<'static, Result<Vec<u8>, TransportError>>;
type Events = LocalBoxStream<'static, Result<Vec<ModelEvent>, ModelError>>;

/// Asks the model. Dropping the stream closes the connection.
pub async fn open(settings: &ModelSettings, request: &ModelRequest) -> Result<Events, ModelError> {
    let config =
        ModelConfig::new(&*settings.base_url, settings.api_key.clone(), &*settings.model).with_api(settings.api);
    let controller = Abort(AbortController::default());
    let http = settings.api.request(&config, request);
    let answer = send_streaming(http, &controller.0.signal(), HEAD_TIMEOUT_MS).await?;
    let (head, body) = answer.into_parts();
    let kind = head.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let json = kind.is_some_and(|kind| kind.starts_with("application/json"));
    let mut reading = Reading { body: Box::pin(body), parser: None, last: None, _abort: controller };
    if !head.status.is_success() || json {
        let body = whole(&mut reading.body).await?;
        let response = http::Response::from_parts(head, Body::from(body));
        let now = clock::now_ms();
        if !response.status().is_success() {
            return Err(ModelError::from_response(&response, &config, now));
        }
        reading.last = Some(Ok(settings.api.whole(&response, &config, "call", now)?));
    } else {
        reading.parser = Some(settings.api.stream(&config, "call"));
    }
    Ok(stream::unfold(reading, |mut reading| async move { reading.next().await.map(|read| (read, reading)) })
        .boxed_local())
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
    _abort: Abort,
}

impl Reading {
    async fn next(&mut self) -> Option<Result<Vec<ModelEvent>, ModelError>> {
        loop {
            if let Some(read) = self.last.take() {
                return Some(read);
            }
            let mut parser = self.parser.take()?;
            let silence = Delay::from(Duration::from_millis(SILENCE_MS));
            let Either::Left((read, _)) = select(self.body.next(), silence).await else {
                return Some(Err(ModelError::TimedOut));
            };
            let bytes = match read {
                Some(Ok(bytes)) => bytes,
                Some(Err(error)) => return Some(Err(error.into())),
                None => return Some(parser.finish()),
            };
            let events = parser.feed(&bytes);
            if events.is_ok() {
                if parser.is_over() {
                    self.last = Some(parser.finish());
                } else {
                    self.parser = Some(parser);
                }
            }
            if !matches!(&events, Ok(events) if events.is_empty()) {
                return Some(events);
            }
        }
    }
}

async fn whole(body: &mut Chunks) -> Result<Vec<u8>, ModelError> {
    let mut bytes = Vec::new();
    while let Some(read) = body.next().await {
        bytes.extend_from_slice(&read?);
        if bytes.len() > MAX_WHOLE_BYTES {
            break;
        }
    }
    Ok(bytes)
}
