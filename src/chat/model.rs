//! The language model over HTTP: one request, read as it comes.

use std::collections::VecDeque;
use std::time::Duration;

use deputy_http::{Response, TransportError};
use deputy_models::{ModelConfig, ModelError, ModelEvent, ModelRequest, ModelStream};
use futures::future::{Either, select};
use futures::stream::{self, LocalBoxStream};
use futures::{Stream, StreamExt};
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

type Events = LocalBoxStream<'static, Result<Vec<ModelEvent>, ModelError>>;

/// Asks the model. Dropping the stream closes the connection.
pub async fn open(settings: &ModelSettings, request: &ModelRequest) -> Result<Events, ModelError> {
    let config = ModelConfig {
        base_url: settings.base_url.clone(),
        api_key: settings.api_key.clone(),
        model: settings.model.clone(),
    };
    let controller = Abort(AbortController::default());
    let http = settings.api.request(&config, request);
    let answer = send_streaming(http, &controller.0.signal(), HEAD_TIMEOUT_MS).await?;
    let json = header(&answer.headers, "content-type").is_some_and(|kind| kind.starts_with("application/json"));
    if !(200..300).contains(&answer.status) || json {
        let body = whole(answer.body).await?;
        let response = Response { status: answer.status, headers: answer.headers, body };
        let now = clock::now_ms();
        if !response.is_success() {
            return Err(ModelError::from_response(&response, &config, now));
        }
        let events = settings.api.whole(&response, &config, "call", now)?;
        return Ok(stream::iter([Ok(events)]).boxed_local());
    }
    let parser = settings.api.stream(&config, "call");
    let reading =
        Reading { body: Box::pin(answer.body), parser: Some(parser), ready: VecDeque::new(), _abort: controller };
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
    body: LocalBoxStream<'static, Result<Vec<u8>, TransportError>>,
    /// None when the answer has ended.
    parser: Option<ModelStream>,
    ready: VecDeque<Result<Vec<ModelEvent>, ModelError>>,
    _abort: Abort,
}

impl Reading {
    async fn next(&mut self) -> Option<Result<Vec<ModelEvent>, ModelError>> {
        loop {
            if let Some(read) = self.ready.pop_front() {
                return Some(read);
            }
            let mut parser = self.parser.take()?;
            let silence = Delay::from(Duration::from_millis(SILENCE_MS));
            let read = match select(self.body.next(), silence).await {
                Either::Left((read, _)) => read,
                Either::Right(_) => return Some(Err(ModelError::TimedOut)),
            };
            match read {
                Some(Ok(bytes)) => match parser.feed(&bytes) {
                    Ok(events) => {
                        if !events.is_empty() {
                            self.ready.push_back(Ok(events));
                        }
                        if parser.is_over() {
                            self.ready.push_back(parser.finish());
                        } else {
                            self.parser = Some(parser);
                        }
                    }
                    Err(error) => return Some(Err(error)),
                },
                Some(Err(error)) => return Some(Err(error.into())),
                None => self.ready.push_back(parser.finish()),
            }
        }
    }
}

async fn whole(mut body: impl Stream<Item = Result<Vec<u8>, TransportError>> + Unpin) -> Result<Vec<u8>, ModelError> {
    let mut bytes = Vec::new();
    while let Some(read) = body.next().await {
        bytes.extend_from_slice(&read?);
        if bytes.len() > MAX_WHOLE_BYTES {
            break;
        }
    }
    Ok(bytes)
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}
