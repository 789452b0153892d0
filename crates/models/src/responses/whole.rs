use deputy_http::Response;

use super::event::{ResponseEnd, ResponseOutput};
use super::stream::{ResponseEvents, ResponsesStream, end};
use crate::answer::Answer;
use crate::provider_error::from_stream_error;
use crate::{ModelConfig, ModelError, ModelEvent};

/// Reads a response whose body is here whole: JSON from a server that does not stream, an event stream, or an error.
///
/// `call_prefix` as in [`ResponsesStream::new`]; `now_ms` places a `Retry-After`.
pub fn responses_whole(
    response: &Response,
    config: &ModelConfig,
    call_prefix: &str,
    now_ms: u64,
) -> Result<Vec<ModelEvent>, ModelError> {
    if let Some(read) = ResponsesStream::new(config, call_prefix).0.read_whole(response, config, now_ms) {
        return read;
    }
    let malformed = |_| ModelError::Malformed;
    let ending: ResponseEnd<'_> = serde_json::from_slice(response.body()).map_err(malformed)?;
    if let Some(error) = &ending.error {
        return Err(from_stream_error(error, &config.model));
    }
    let status = ending.status.0.clone();
    if !matches!(status.as_ref(), "completed" | "incomplete") {
        // Another API's answer, or one that is still being worked on.
        return Err(ModelError::Malformed);
    }
    let output: ResponseOutput = serde_json::from_slice(response.body()).map_err(malformed)?;
    let mut answer = Answer::new(config, call_prefix);
    ResponseEvents::default().add_output(&output, &mut answer);
    end(&status, ending, &mut answer);
    answer.into_whole()
}
