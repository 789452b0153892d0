use deputy_http::Response;

use super::stream::ResponsesStream;
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
    ResponsesStream::new(config, call_prefix).0.read_whole(response, config, now_ms)
}
