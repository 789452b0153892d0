use deputy_http::{ReadResponse, Response, retry_after};
use serde_json::Value;

use crate::{ModelConfig, ModelError, ProviderCode};

impl ModelError {
    /// What a response with a status other than 2xx means. `now_ms` places its `Retry-After`.
    pub fn from_response(response: &Response, config: &ModelConfig, now_ms: u64) -> Self {
        let detail = serde_json::from_slice(response.body()).map(|body| Detail::read(&body)).unwrap_or_default();
        // `retry_after` knows Auth0's x-ratelimit-reset too; other providers mean other units by that name.
        let retry_at = response.header("retry-after").and_then(|_| retry_after(response, now_ms));
        let from_detail = detail.meaning(Some(response.status().as_u16()), &config.model, retry_at);
        from_detail.unwrap_or_else(|| match response.status().as_u16() {
            200..300 => Self::Malformed,
            401 => Self::Unauthorized,
            402 => Self::QuotaExhausted,
            403 => Self::Forbidden,
            404 => Self::NotFound(config.model.clone()),
            408 => Self::TimedOut,
            429 => Self::RateLimited { retry_at },
            503 | 529 => Self::Overloaded,
            status @ 500.. => Self::Down { status },
            status => Self::Rejected { status, reason: detail.reason() },
        })
    }
}

/// What an error object within a stream means; the status was 200 by then.
pub(crate) fn from_stream_error(error: &Value, model: &str) -> ModelError {
    let detail = Detail::of_error(error);
    detail.meaning(None, model, None).unwrap_or_else(|| match detail.status {
        Some(401) => ModelError::Unauthorized,
        Some(402) => ModelError::QuotaExhausted,
        Some(403) => ModelError::Forbidden,
        Some(404) => ModelError::NotFound(model.to_owned()),
        Some(408) => ModelError::TimedOut,
        Some(429) => ModelError::RateLimited { retry_at: None },
        Some(503 | 529) => ModelError::Overloaded,
        Some(status @ 400..500) => ModelError::Rejected { status, reason: detail.reason() },
        None if detail.kind == "invalid_request_error" => ModelError::Rejected { status: 400, reason: detail.reason() },
        Some(status @ 500..600) => ModelError::Down { status },
        _ => ModelError::Down { status: 500 },
    })
}

/// The parts of an error object that say something. The message is looked at, never passed on.
#[derive(Default)]
struct Detail {
    code: String,
    inner_code: String,
    kind: String,
    message: String,
    status: Option<u16>,
}

impl Detail {
    /// A body: `{"error": {…}}`, `{"error": "…"}`, `[{"error": {…}}]` (Google) or the bare object.
    fn read(body: &Value) -> Self {
        let body = body.get(0).unwrap_or(body);
        Self::of_error(body.get("error").filter(|error| !error.is_null()).unwrap_or(body))
    }

    fn of_error(error: &Value) -> Self {
        let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self {
            code: text("code"),
            inner_code: error.pointer("/innererror/code").and_then(Value::as_str).unwrap_or_default().to_owned(),
            kind: text("type"),
            message: error.as_str().map_or_else(|| text("message"), str::to_owned).to_ascii_lowercase(),
            status: error.get("code").and_then(Value::as_u64).and_then(|code| code.try_into().ok()),
        }
    }

    fn meaning(&self, status: Option<u16>, model: &str, retry_at: Option<u64>) -> Option<ModelError> {
        let named = [&self.inner_code, &self.code, &self.kind].into_iter().find_map(|name| match name.as_str() {
            "context_length_exceeded" | "string_above_max_length" | "exceed_context_size_error" => {
                Some(ModelError::ContextTooLong)
            }
            "content_filter" | "content_policy_violation" | "ResponsibleAIPolicyViolation" | "invalid_prompt" => {
                Some(ModelError::ContentFiltered)
            }
            "insufficient_quota" | "billing_hard_limit_reached" | "billing_not_active" => {
                Some(ModelError::QuotaExhausted)
            }
            "model_not_found" | "DeploymentNotFound" => Some(ModelError::NotFound(model.to_owned())),
            "invalid_api_key" | "authentication_error" => Some(ModelError::Unauthorized),
            "permission_error" | "permission_denied" => Some(ModelError::Forbidden),
            "rate_limit_exceeded" | "rate_limit_error" | "too_many_requests" => {
                Some(ModelError::RateLimited { retry_at })
            }
            "overloaded_error" | "engine_overloaded_error" | "server_is_overloaded" | "slow_down" => {
                Some(ModelError::Overloaded)
            }
            _ => None,
        });
        // Many servers say this in words only.
        let too_long = ["context length", "context window", "context size", "maximum context", "prompt is too long"];
        let in_words = matches!(status.or(self.status), None | Some(400 | 413 | 422))
            && too_long.iter().any(|words| self.message.contains(words));
        named.or_else(|| in_words.then_some(ModelError::ContextTooLong))
    }

    fn reason(&self) -> Option<ProviderCode> {
        [&self.code, &self.kind].into_iter().find_map(|text| ProviderCode::new(text))
    }
}

#[cfg(test)]
mod tests {
    use deputy_http::Secret;
    use serde_json::json;

    use deputy_error::Explained as _;

    use super::*;

    const NOW: u64 = 1_700_000_000_000;
    const KEY: &str = "sk-proj-verysecret";

    fn config() -> ModelConfig {
        ModelConfig::new("http://127.0.0.1/v1", Secret::new(KEY), "gpt-4o")
    }

    fn read(status: u16, body: &str) -> ModelError {
        ModelError::from_response(&deputy_http::response(status, body), &config(), NOW)
    }

    fn rejected(status: u16, reason: &str) -> ModelError {
        ModelError::Rejected { status, reason: ProviderCode::new(reason) }
    }

    /// OA-09: what providers answer, recorded or from their documentation.
    #[test]
    fn oa_09_each_answer_has_its_meaning() {
        let not_found = ModelError::NotFound("gpt-4o".into());
        let table: [(u16, &str, ModelError); 24] = [
            (
                401,
                r#"{"error":{"message":"Incorrect API key provided: sk-proj-verysecret.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#,
                ModelError::Unauthorized,
            ),
            (401, "", ModelError::Unauthorized),
            (
                403,
                r#"{"error":{"message":"Project does not have access to model","type":"invalid_request_error","code":"model_not_found"}}"#,
                not_found.clone(),
            ),
            (
                403,
                r#"{"error":{"code":"unsupported_country_region_territory","message":"no","type":"request_forbidden"}}"#,
                ModelError::Forbidden,
            ),
            (
                404,
                r#"{"error":{"message":"The model `gpt-4o` does not exist","type":"invalid_request_error","code":"model_not_found"}}"#,
                not_found.clone(),
            ),
            (404, "<html>not here</html>", not_found),
            (
                429,
                r#"{"error":{"message":"Rate limit reached for gpt-4o","type":"requests","code":"rate_limit_exceeded"}}"#,
                ModelError::RateLimited { retry_at: None },
            ),
            (
                429,
                r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#,
                ModelError::QuotaExhausted,
            ),
            (402, r#"{"error":{"message":"Insufficient credits","code":402}}"#, ModelError::QuotaExhausted),
            (
                400,
                r#"{"error":{"message":"This model's maximum context length is 128000 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#,
                ModelError::ContextTooLong,
            ),
            (
                400,
                r#"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}"#,
                ModelError::ContextTooLong,
            ),
            (
                400,
                r#"{"object":"error","message":"This model's maximum context length is 4096 tokens","type":"BadRequestError","code":400}"#,
                ModelError::ContextTooLong,
            ),
            (
                400,
                r#"{"error":{"code":"content_filter","message":"filtered","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
                ModelError::ContentFiltered,
            ),
            (
                400,
                r#"{"error":{"message":"Unsupported parameter","type":"invalid_request_error","code":"unsupported_parameter"}}"#,
                rejected(400, "unsupported_parameter"),
            ),
            (
                400,
                r#"[{"error":{"code":400,"message":"Invalid value","status":"INVALID_ARGUMENT"}}]"#,
                rejected(400, ""),
            ),
            (400, r#"{"error":"model is required"}"#, rejected(400, "")),
            (422, "", rejected(422, "")),
            (302, "", rejected(302, "")),
            (408, "", ModelError::TimedOut),
            (
                500,
                r#"{"error":{"message":"The server had an error","type":"server_error","code":null}}"#,
                ModelError::Down { status: 500 },
            ),
            (502, "<html>context length</html>", ModelError::Down { status: 502 }),
            (503, r#"{"error":{"message":"The engine is currently overloaded"}}"#, ModelError::Overloaded),
            (529, r#"{"error":{"type":"overloaded_error","message":"Overloaded"}}"#, ModelError::Overloaded),
            (200, "<html>", ModelError::Malformed),
        ];
        for (status, body, expected) in table {
            assert_eq!(read(status, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_rate_limit_says_when_it_ends_in_one_unit_only() {
        let limited = |name: &str, value: &str| {
            ModelError::from_response(&deputy_http::response(429, "").with_header(name, value), &config(), NOW)
        };
        assert_eq!(limited("Retry-After", "7"), ModelError::RateLimited { retry_at: Some(NOW + 7000) });
        assert_eq!(limited("X-RateLimit-Reset", "1700000060000"), ModelError::RateLimited { retry_at: None });
    }

    #[test]
    fn errors_within_a_stream() {
        let read = |error: Value| from_stream_error(&error, "gpt-4o");
        assert_eq!(read(json!({ "message": "boom", "type": "server_error" })), ModelError::Down { status: 500 });
        assert_eq!(read(json!({ "code": 502, "message": "upstream" })), ModelError::Down { status: 502 });
        assert_eq!(read(json!({ "code": 429 })), ModelError::RateLimited { retry_at: None });
        assert_eq!(read(json!({ "type": "overloaded_error" })), ModelError::Overloaded);
        assert_eq!(read(json!({ "code": "server_is_overloaded" })), ModelError::Overloaded);
        assert_eq!(read(json!({ "type": "too_many_requests" })), ModelError::RateLimited { retry_at: None });
        assert_eq!(read(json!("the prompt is too long")), ModelError::ContextTooLong);
        assert_eq!(read(json!({ "type": "invalid_request_error" })), rejected(400, "invalid_request_error"));
        assert_eq!(read(json!({ "code": 99_999 })), ModelError::Down { status: 500 });
    }

    #[test]
    fn nothing_of_the_body_but_a_plain_code_gets_out() {
        let codes = [KEY, "deadbeef01234567", "Hello, my name is", "", &"a".repeat(49)];
        for code in codes {
            let body = json!({ "error": { "code": code, "type": KEY, "message": format!("{KEY} said: hello") } });
            let error = read(418, &body.to_string());
            assert_eq!(error, rejected(418, ""));
            let shown = format!("{error:?} {error} {} {}", error.user_message(), error.developer_fix());
            assert!(!shown.contains("secret") && !shown.contains("hello"), "{shown}");
        }
        assert!(rejected(400, "unsupported_value").developer_fix().contains("unsupported_value"));
    }
}
