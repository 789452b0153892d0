use deputy_http::{ReadResponse, Response, retry_after};
use serde_json::Value;

use crate::error_dress::error_of;
use crate::too_long::is_too_long;
use crate::{ModelConfig, ModelError, ProviderCode};

impl ModelError {
    /// What a response with a status other than 2xx means. `now_ms` places its `Retry-After`.
    pub(crate) fn from_response(response: &Response, config: &ModelConfig, now_ms: u64) -> Self {
        let status = response.status().as_u16();
        let detail = match serde_json::from_slice::<Value>(response.body()) {
            Ok(body) => Detail::read(&body),
            // Servers that fail in plain words; a page of HTML says nothing about a model.
            Err(_) if !response.body().trim_ascii_start().starts_with(b"<") => {
                Detail::of_error(&Value::from(String::from_utf8_lossy(response.body()).into_owned()))
            }
            Err(_) => Detail::default(),
        };
        let retry_at = retry_at(response, now_ms).or_else(|| Some(now_ms.saturating_add(detail.wait_ms?)));
        let from_detail = detail.meaning(Some(status), &config.model, retry_at);
        from_detail.unwrap_or_else(|| match status {
            200..300 => Self::Malformed,
            401 => Self::Unauthorized,
            402 => Self::QuotaExhausted,
            403 => Self::Forbidden,
            // There is nothing at this address, or something else.
            300..=399 | 404 | 405 | 410 => Self::NotFound(config.model.clone()),
            408 => Self::TimedOut,
            413 => Self::ContextTooLong,
            429 => Self::RateLimited { retry_at },
            503 | 529 => Self::Overloaded { retry_at },
            status @ 500.. => Self::Down { status },
            status => Self::Rejected { status, reason: detail.reason() },
        })
    }
}

/// `retry-after-ms` of OpenAI and Azure, else `Retry-After`. `retry_after` knows Auth0's x-ratelimit-reset too; other providers mean
/// other units by that name.
fn retry_at(response: &Response, now_ms: u64) -> Option<u64> {
    const DAY_MS: u64 = 86_400_000;
    let exact = response.header("retry-after-ms").and_then(|text| text.trim().parse::<u64>().ok());
    let exact = exact.map(|wait| now_ms.saturating_add(wait.min(DAY_MS)));
    exact.or_else(|| response.header("retry-after").and_then(|_| retry_after(response, now_ms)))
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
        Some(413) => ModelError::ContextTooLong,
        Some(429) => ModelError::RateLimited { retry_at: None },
        Some(503 | 529) => ModelError::Overloaded { retry_at: None },
        Some(status @ 400..500) => ModelError::Rejected { status, reason: detail.reason() },
        None if detail.is_refusal() => ModelError::Rejected { status: 400, reason: detail.reason() },
        Some(status @ 500..600) => ModelError::Down { status },
        _ => ModelError::Down { status: 500 },
    })
}

/// What words within a stream mean, if they say what went wrong.
pub(crate) fn named_in(words: &Value, model: &str) -> Option<ModelError> {
    Detail::of_error(words).meaning(None, model, None)
}

/// Members whose strings say what went wrong. Others may hold what the user wrote.
const WORDS: [&str; 16] = [
    "message",
    "msg",
    "detail",
    "details",
    "error",
    "errors",
    "error_message",
    "error_msg",
    "errorMessage",
    "status_msg",
    "title",
    "reason",
    "description",
    "raw",
    "metadata",
    "cause",
];
/// Members that have a code.
const CODES: [&str; 9] =
    ["code", "type", "error_type", "error_code", "errorCode", "status", "status_code", "http_code", "object"];
/// Words that are looked at, bytes.
const MOST_WORDS: usize = 8 * 1024;

/// The parts of an error object that say something. The words are looked at, never passed on.
#[derive(Default)]
struct Detail {
    /// Codes in words.
    codes: Vec<String>,
    /// What is told, in lower case.
    message: String,
    status: Option<u16>,
    /// How long to wait, milliseconds, where the body says it.
    wait_ms: Option<u64>,
}

impl Detail {
    /// A body: `{"error": {…}}`, `{"error": "…"}`, `[{"error": {…}}]` (Google) or the bare object.
    fn read(body: &Value) -> Self {
        let body = body.get(0).unwrap_or(body);
        Self::of_error(error_of(body).unwrap_or(body))
    }

    fn of_error(error: &Value) -> Self {
        let mut detail = Self::default();
        detail.look(error, 0);
        if detail.wait_ms.is_none() {
            detail.wait_ms = wait_in(&detail.message);
        }
        detail
    }

    fn look(&mut self, value: &Value, depth: u8) {
        match value {
            _ if depth > 8 => {}
            Value::String(text) => self.say(text, depth),
            Value::Array(list) => list.iter().take(8).for_each(|one| self.look(one, depth.saturating_add(1))),
            Value::Object(object) => {
                for (name, value) in object {
                    match (name.as_str(), value) {
                        ("innererror" | "innerError", inner) => self.look(inner, depth.saturating_add(1)),
                        ("retryDelay", Value::String(text)) => self.wait_ms = milliseconds(text),
                        ("retry_after" | "retry_after_seconds", Value::Number(seconds)) => {
                            self.wait_ms = milliseconds(&format!("{seconds}s"));
                        }
                        ("retry_after_ms", Value::Number(wait)) => self.wait_ms = wait.as_u64(),
                        (name, Value::String(text)) if CODES.contains(&name) => self.code(text),
                        (name, Value::Number(number)) if CODES.contains(&name) => self.status(number.as_u64()),
                        (name, value) if WORDS.contains(&name) => self.look(value, depth.saturating_add(1)),
                        _ => {}
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Words, or JSON of another server within them.
    fn say(&mut self, text: &str, depth: u8) {
        if text.trim_start().starts_with(['{', '['])
            && let Ok(inner) = serde_json::from_str::<Value>(text)
        {
            return self.look(&inner, depth.saturating_add(1));
        }
        if self.message.len().saturating_add(text.len()) <= MOST_WORDS {
            self.message.push_str(&text.to_ascii_lowercase());
            self.message.push('\n');
        }
    }

    fn code(&mut self, text: &str) {
        match text.trim().parse::<u64>() {
            Ok(number) => self.status(Some(number)),
            Err(_) if !text.is_empty() => self.codes.push(text.trim().to_owned()),
            Err(_) => {}
        }
    }

    fn status(&mut self, number: Option<u64>) {
        let status = number.filter(|number| (400..600).contains(number)).and_then(|number| number.try_into().ok());
        self.status = status.or(self.status);
    }

    fn meaning(&self, status: Option<u16>, model: &str, retry_at: Option<u64>) -> Option<ModelError> {
        let status = status.or(self.status);
        if self.message.contains("failed_generation") || self.codes.iter().any(|code| is_slip(code)) {
            return Some(ModelError::CallSlip);
        }
        let refused = matches!(status, None | Some(400 | 413 | 422 | 500));
        let says = |words: &[&str]| words.iter().any(|word| self.message.contains(word));
        let named = self.codes.iter().find_map(|code| named(code, model, retry_at));
        // Of what a code calls a bad request or a limit, the words may say more.
        let plain = matches!(named, None | Some(ModelError::RateLimited { .. }));
        if plain && (refused || status == Some(429)) && is_too_long(&self.message) {
            return Some(ModelError::ContextTooLong);
        }
        if named.is_some() {
            return named;
        }
        // Many servers say this in words only.
        let broke = [
            "insufficient balance",
            "credit balance is too low",
            "insufficient credit",
            "not enough credit",
            "out of credit",
            "exceeded your current quota, please check your plan",
            "payment required",
            "arrears",
        ];
        if matches!(status, None | Some(400 | 402 | 403 | 429)) && says(&broke) {
            return Some(ModelError::QuotaExhausted);
        }
        let limited = [
            "rate limit",
            "rate-limit",
            "ratelimit",
            "too many requests",
            "per minute",
            "per second",
            "throttl",
            "requests per",
        ];
        if matches!(status, None | Some(400 | 403 | 429 | 500)) && says(&limited) {
            return Some(ModelError::RateLimited { retry_at });
        }
        let busy = [
            "overloaded",
            "is busy",
            "at capacity",
            "over capacity",
            "no available",
            "temporarily unavailable",
            "try again later",
        ];
        if matches!(status, None | Some(400 | 500..)) && says(&busy) {
            return Some(ModelError::Overloaded { retry_at });
        }
        let filtered = [
            "content filter",
            "content management policy",
            "content policy",
            "safety system",
            "flagged",
            "inappropriate content",
        ];
        if matches!(status, None | Some(400 | 403)) && says(&filtered) {
            return Some(ModelError::ContentFiltered);
        }
        let without_tools = [
            "not support tools",
            "not support tool use",
            "not support tool call",
            "support tool use",
            "does not support function",
            "tools are not supported",
            "tool use is not supported",
        ];
        if says(&without_tools) {
            return Some(ModelError::NoTools(model.to_owned()));
        }
        let slip = [
            "failed to call a function",
            "tool call validation failed",
            "failed to parse tool call",
            "tool call that cannot be read",
        ];
        if refused && says(&slip) {
            return Some(ModelError::CallSlip);
        }
        let unknown = ["invalid api key", "incorrect api key", "invalid_api_key", "api key not valid", "no api key"];
        if matches!(status, None | Some(400)) && says(&unknown) {
            return Some(ModelError::Unauthorized);
        }
        None
    }

    /// A code of what the caller did wrong.
    fn is_refusal(&self) -> bool {
        self.codes.iter().any(|code| {
            let code = code.to_ascii_lowercase();
            code.contains("invalid") || code.contains("badrequest") || code.contains("bad_request")
        })
    }

    fn reason(&self) -> Option<ProviderCode> {
        // What says no more than that it is an error comes last.
        const VAGUE: [&str; 2] = ["error", "invalid_request_error"];
        let plain = self.codes.iter().filter(|code| !VAGUE.contains(&code.as_str()));
        let vague = self.codes.iter().filter(|code| *code == VAGUE[1]);
        plain.chain(vague).find_map(|text| ProviderCode::new(text))
    }
}

/// The provider could not read the call that its model wrote.
fn is_slip(code: &str) -> bool {
    matches!(code, "tool_use_failed" | "output_parse_failed" | "malformed_function_call" | "MALFORMED_FUNCTION_CALL")
}

/// What a code means, in the spelling of anybody.
fn named(code: &str, model: &str, retry_at: Option<u64>) -> Option<ModelError> {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    Some(match plain.as_str() {
        "contextlengthexceeded"
        | "stringabovemaxlength"
        | "exceedcontextsizeerror"
        | "requesttoolarge"
        | "tokenslimitreached"
        | "modelmaxprompttokensexceeded"
        | "contextwindowexceeded"
        | "contextlengthexceedederror"
        | "prompttoolong" => ModelError::ContextTooLong,
        "contentfilter"
        | "contentpolicyviolation"
        | "responsibleaipolicyviolation"
        | "invalidprompt"
        | "datainspectionfailed"
        | "contentfiltered"
        | "moderationblocked" => ModelError::ContentFiltered,
        "insufficientquota"
        | "billinghardlimitreached"
        | "billingnotactive"
        | "arrearage"
        | "insufficientbalance"
        | "insufficientbalanceerror"
        | "exceededcurrentquotaerror"
        | "paymentrequired"
        | "billingerror" => ModelError::QuotaExhausted,
        "modelnotfound" | "deploymentnotfound" | "modelnotexist" | "notfounderror" | "notfound"
        | "modelnotsupported" => ModelError::NotFound(model.to_owned()),
        "invalidapikey" | "authenticationerror" | "unauthenticated" | "invalidauthenticationerror" | "unauthorized" => {
            ModelError::Unauthorized
        }
        "permissionerror" | "permissiondenied" | "permissiondeniederror" | "accessdenied" => ModelError::Forbidden,
        "ratelimitexceeded"
        | "ratelimiterror"
        | "toomanyrequests"
        | "ratelimitreachederror"
        | "resourceexhausted"
        | "ratelimited"
        | "limitrequests"
        | "requestlimitexceeded" => ModelError::RateLimited { retry_at },
        "overloadederror"
        | "engineoverloadederror"
        | "engineoverloaded"
        | "serverisoverloaded"
        | "slowdown"
        | "unavailable"
        | "serviceunavailable"
        | "serviceunavailableerror"
        | "modelbusy"
        | "modeloverloaded" => ModelError::Overloaded { retry_at },
        "deadlineexceeded" | "timeout" | "requesttimeout" => ModelError::TimedOut,
        other if other.starts_with("throttling") => ModelError::RateLimited { retry_at },
        _ => return None,
    })
}

/// `try again in 6.5s`, `retry in 20.1s`, `in 120ms`, `in 1m2.5s`.
fn wait_in(message: &str) -> Option<u64> {
    let rest = ["try again in ", "retry in ", "retry after "].iter().find_map(|words| message.split_once(words))?.1;
    milliseconds(rest.split(|c: char| c.is_whitespace()).next()?.trim_end_matches(['.', ',', ')', ';']))
}

/// A length of time such as `20s`, `1.5s`, `120ms`, `1m2s`; at most a day.
fn milliseconds(text: &str) -> Option<u64> {
    const DAY_MS: f64 = 86_400_000.0;
    let mut rest = text.trim();
    let mut total = 0.0_f64;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number: f64 = rest.get(..end)?.parse().ok()?;
        rest = rest.get(end..)?;
        let units = [("ms", 1.0), ("s", 1000.0), ("m", 60_000.0), ("h", 3_600_000.0)];
        let (unit, factor) = units.into_iter().find(|(unit, _)| rest.starts_with(unit))?;
        rest = rest.strip_prefix(unit)?;
        total += number * factor;
    }
    (total > 0.0 && total.is_finite()).then(|| format!("{:.0}", total.min(DAY_MS).ceil()).parse().ok()).flatten()
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
        let table: [(u16, &str, ModelError); 34] = [
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
                rejected(400, "INVALID_ARGUMENT"),
            ),
            (400, r#"{"error":"model is required"}"#, rejected(400, "")),
            (422, "", rejected(422, "")),
            (302, "", ModelError::NotFound("gpt-4o".into())),
            (405, "", ModelError::NotFound("gpt-4o".into())),
            (413, "<html>too large</html>", ModelError::ContextTooLong),
            (
                400,
                r#"{"error":{"message":"The model wrote something odd. See 'failed_generation'.","type":"invalid_request_error","code":"tool_use_failed","failed_generation":"<function=a>"}}"#,
                ModelError::CallSlip,
            ),
            (
                413,
                r#"{"error":{"message":"Request too large for model `m` on tokens per minute (TPM): Limit 6000, Requested 7000, please reduce your message size","type":"tokens","code":"rate_limit_exceeded"}}"#,
                ModelError::ContextTooLong,
            ),
            (
                400,
                r#"{"error":{"message":"registry.ollama.ai/library/tiny:latest does not support tools","type":"api_error"}}"#,
                ModelError::NoTools("gpt-4o".into()),
            ),
            (400, "prompt is too long: 9 tokens > 8 maximum", ModelError::ContextTooLong),
            (403, r#"{"error":{"message":"Your account has insufficient balance."}}"#, ModelError::QuotaExhausted),
            (
                429,
                r#"[{"error":{"code":429,"message":"Resource exhausted.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"RetryInfo","retryDelay":"12s"}]}}]"#,
                ModelError::RateLimited { retry_at: Some(NOW + 12_000) },
            ),
            (
                429,
                r#"{"error":{"message":"Rate limit reached. Please try again in 1m2.5s.","code":"rate_limit_exceeded"}}"#,
                ModelError::RateLimited { retry_at: Some(NOW + 62_500) },
            ),
            (
                500,
                r#"{"error":{"message":"The context length of 9000 tokens is more than 8192"}}"#,
                ModelError::ContextTooLong,
            ),
            (408, "", ModelError::TimedOut),
            (
                500,
                r#"{"error":{"message":"The server had an error","type":"server_error","code":null}}"#,
                ModelError::Down { status: 500 },
            ),
            (502, "<html>context length</html>", ModelError::Down { status: 502 }),
            (
                503,
                r#"{"error":{"message":"The engine is currently overloaded"}}"#,
                ModelError::Overloaded { retry_at: None },
            ),
            (
                529,
                r#"{"error":{"type":"overloaded_error","message":"Overloaded"}}"#,
                ModelError::Overloaded { retry_at: None },
            ),
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
        assert_eq!(limited("Retry-After-Ms", "1500"), ModelError::RateLimited { retry_at: Some(NOW + 1500) });
        let busy = deputy_http::response(503, "").with_header("retry-after", "2");
        let busy = ModelError::from_response(&busy, &config(), NOW);
        assert_eq!(busy, ModelError::Overloaded { retry_at: Some(NOW + 2000) });
        assert_eq!(limited("X-RateLimit-Reset", "1700000060000"), ModelError::RateLimited { retry_at: None });
    }

    #[test]
    fn errors_within_a_stream() {
        let read = |error: Value| from_stream_error(&error, "gpt-4o");
        assert_eq!(read(json!({ "message": "boom", "type": "server_error" })), ModelError::Down { status: 500 });
        assert_eq!(read(json!({ "code": 502, "message": "upstream" })), ModelError::Down { status: 502 });
        assert_eq!(read(json!({ "code": 429 })), ModelError::RateLimited { retry_at: None });
        assert_eq!(read(json!({ "type": "overloaded_error" })), ModelError::Overloaded { retry_at: None });
        assert_eq!(read(json!({ "code": "server_is_overloaded" })), ModelError::Overloaded { retry_at: None });
        assert_eq!(read(json!({ "type": "too_many_requests" })), ModelError::RateLimited { retry_at: None });
        assert_eq!(read(json!("the prompt is too long")), ModelError::ContextTooLong);
        assert_eq!(read(json!({ "type": "invalid_request_error" })), rejected(400, "invalid_request_error"));
        assert_eq!(read(json!({ "code": 99_999 })), ModelError::Down { status: 500 });
        assert_eq!(read(json!({ "code": "429" })), ModelError::RateLimited { retry_at: None });
        assert_eq!(read(json!({ "status": "UNAVAILABLE" })), ModelError::Overloaded { retry_at: None });
        assert_eq!(read(json!({ "code": "tool_use_failed" })), ModelError::CallSlip);
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
