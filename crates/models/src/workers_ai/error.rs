use serde_json::{Value, json};

use crate::provider_error::from_stream_error;
use crate::{ModelError, ProviderCode};

/// What an error of the binding means: it throws an `Error` whose message is `{code}: {words}`, with or without a name before it.
/// `model` as configured.
pub fn workers_ai_error(message: &str, model: &str) -> ModelError {
    codes(message).find_map(|code| of_code(code, model)).unwrap_or_else(|| of_words(message, model))
}

/// The first of the errors of the HTTP API, or within a stream: each has a code and words.
pub(crate) fn of_errors(errors: &Value, model: &str) -> Option<ModelError> {
    let first = errors.get(0)?;
    let message = first.get("message").and_then(Value::as_str).or(first.as_str()).unwrap_or_default();
    let code = first.get("code").and_then(Value::as_u64).and_then(|code| of_code(code, model));
    Some(code.unwrap_or_else(|| workers_ai_error(message, model)))
}

/// Numbers with a colon behind them.
fn codes(message: &str) -> impl Iterator<Item = u64> {
    let before_last = message.rsplit_once(':').map_or("", |(before, _)| before);
    before_last.split(':').filter_map(|part| {
        let digits = part.rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        digits.parse().ok().filter(|_| (3..=5).contains(&digits.len()))
    })
}

/// The platform's own codes (developers.cloudflare.com/workers-ai/platform/errors, and what is seen beside them).
fn of_code(code: u64, model: &str) -> Option<ModelError> {
    Some(match code {
        5007 | 3042 => ModelError::NotFound(model.to_owned()),
        3003 | 3039 | 5004 | 5005 | 5006 | 5019 => {
            ModelError::Rejected { status: 400, reason: ProviderCode::new("invalid_input") }
        }
        3023 | 3041 | 5016 | 5018 => ModelError::Forbidden,
        10_000 => ModelError::Unauthorized,
        3006 | 5021 => ModelError::ContextTooLong,
        3007 | 3008 => ModelError::TimedOut,
        3021 => ModelError::RateLimited { retry_at: None },
        3036 | 4006 => ModelError::QuotaExhausted,
        3040 => ModelError::Overloaded { retry_at: None },
        _ => return None,
    })
}

fn of_words(message: &str, model: &str) -> ModelError {
    from_stream_error(&json!({ "message": message }), model)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// OA-09: what the binding throws, from the documentation and from reports.
    #[test]
    fn oa_09_each_error_of_the_binding_has_its_meaning() {
        let model = "@cf/meta/llama-3.3-70b-instruct-fp8-fast";
        let table = [
            ("5007: No such model @cf/x/y or task", ModelError::NotFound(model.into())),
            ("AiError: 5007: No such model", ModelError::NotFound(model.into())),
            (
                "InferenceUpstreamError: 3040: Capacity temporarily exceeded, please try again.",
                ModelError::Overloaded { retry_at: None },
            ),
            ("3021: rate limiting: inference request per min rate reached", ModelError::RateLimited { retry_at: None }),
            ("3036: You have used up your daily free allocation of 10,000 neurons", ModelError::QuotaExhausted),
            ("4006: you have used up your daily free allocation of 10,000 neurons", ModelError::QuotaExhausted),
            ("3007: Timeout", ModelError::TimedOut),
            ("5016: User has not agreed to the terms of this model", ModelError::Forbidden),
            (
                "5021: The estimated number of input and maximum output tokens (25000) exceeded this model context window limit (24000).",
                ModelError::ContextTooLong,
            ),
            (
                "5006: Error: oneOf at '/' not met, 0 matches",
                ModelError::Rejected { status: 400, reason: ProviderCode::new("invalid_input") },
            ),
            (
                "AiError: request 1234 failed: 3040: Capacity temporarily exceeded",
                ModelError::Overloaded { retry_at: None },
            ),
            ("This model's maximum context length is 8192 tokens", ModelError::ContextTooLong),
            ("1031: internal", ModelError::Down { status: 500 }),
            ("", ModelError::Down { status: 500 }),
        ];
        for (message, expected) in table {
            assert_eq!(workers_ai_error(message, model), expected, "{message}");
        }
    }
}
