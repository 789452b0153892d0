use deputy_http::Response;

use super::chunk::Chunk;
use super::stream::{CompletionsStream, add_chunk};
use crate::answer::Answer;
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
    if let Some(read) = CompletionsStream::new(config, call_prefix).0.read_whole(response, config, now_ms) {
        return read;
    }
    let mut chunk: Chunk<'_> = serde_json::from_slice(response.body()).map_err(|_| ModelError::Malformed)?;
    if let Some(choice) = &mut chunk.choices.0 {
        choice.delta = choice.message.take();
    }
    let mut answer = Answer::new(config, call_prefix);
    add_chunk(&mut answer, chunk);
    answer.complete();
    answer.into_whole()
}
