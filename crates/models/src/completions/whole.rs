use deputy_http::Response;

use super::stream::CompletionsStream;
use crate::{ModelConfig, ModelError, ModelEvent};

/// Reads an answer whose body is here whole: JSON from a server that does not stream, an event stream, or an error.
///
/// `call_prefix` as in [`CompletionsStream::new`]; `now_ms` places a `Retry-After`.
pub fn completions_whole(
    response: &Response,
    config: &ModelConfig,
    call_prefix: &str,
    now_ms: u64,
) -> Result<Vec<ModelEvent>, ModelError> {
    CompletionsStream::new(config, call_prefix).0.read_whole(response, config, now_ms)
}
