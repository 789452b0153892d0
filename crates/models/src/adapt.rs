//! What a refusal says about the server: it leads to one more request without what was refused.

use std::collections::BTreeSet;

use deputy_http::Response;
use serde_json::json;

use crate::{ModelApi, ModelConfig, Profile, ReasoningBack, TokenLimit};

/// Members that a server may not know, and without which the request means the same.
const OPTIONAL: [&str; 9] = [
    "stream_options",
    "parallel_tool_calls",
    "store",
    "strict",
    "extra_content",
    "reasoning_details",
    "reasoning_opaque",
    "thinking_blocks",
    "cache_control",
];

/// Keywords of JSON Schema without which a tool's input can still be described: each is checked again when the call comes.
const KEYWORDS: [&str; 21] = [
    "$schema",
    "additionalProperties",
    "default",
    "examples",
    "title",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "const",
    "propertyNames",
    "patternProperties",
    "minProperties",
    "maxProperties",
];

/// Words of a refusal that is looked at.
const MOST: usize = 16 * 1024;

impl ModelConfig {
    /// The same model, asked in the way that this refusal (400, 422 and what else servers take for it) lets through. None when the
    /// refusal names nothing that can be left out or put in another way, or when that was tried.
    pub fn adapted(&self, refusal: &Response) -> Option<Self> {
        if !matches!(refusal.status().as_u16(), 400 | 404 | 422 | 500 | 501) {
            return None;
        }
        let body = String::from_utf8_lossy(refusal.body().get(..MOST).unwrap_or(refusal.body())).into_owned();
        let mut profile = self.profile.clone();
        Refusal::new(&body).adapt(&mut profile, self.api);
        (profile != self.profile).then(|| Self { profile, ..self.clone() })
    }
}

/// The words of a refusal: as they stand, and in lower case.
struct Refusal<'a> {
    body: &'a str,
    lower: String,
}

impl<'a> Refusal<'a> {
    fn new(body: &'a str) -> Self {
        Self { body, lower: body.to_ascii_lowercase() }
    }

    fn adapt(&self, profile: &mut Profile, api: ModelApi) {
        for member in OPTIONAL {
            if self.names(member) {
                profile.omit.insert(member.to_owned());
            }
        }
        if self.names("usage") && self.names("include_usage") {
            profile.omit.insert("stream_options".to_owned());
        }
        self.token_limit(profile);
        self.reasoning(profile);
        self.signatures(profile);
        if self.says(&["tool call id", "tool_call_id", "tool_calls[", "toolcallid"])
            && self.says(&["id"])
            && self.is_about_ids()
        {
            profile.own_ids = false;
        }
        if self.says(&[
            "system role",
            "system message",
            "role 'system'",
            "role \"system\"",
            "role: system",
            "developer instruction",
        ]) && self.says(&["not supported", "unsupported", "not enabled", "not allowed", "unexpected", "unknown"])
        {
            profile.system_as_user = true;
        }
        if self.names("content")
            && self.says(&["null", "none", "valid string", "string_type", "must be a string", "expected string"])
        {
            profile.empty_content = true;
        }
        self.schema(profile);
        if api == ModelApi::Responses && self.says(&["encrypted", "reasoning item"]) {
            profile.omit.insert("items".to_owned());
        }
    }

    /// OpenAI's reasoning models know the new name only, others the old one only.
    fn token_limit(&self, profile: &mut Profile) {
        // The one that is refused stands before the one that is to be used.
        let (old, new) = (self.place("max_tokens"), self.place("max_completion_tokens"));
        let (sent, other) = match profile.token_limit {
            TokenLimit::MaxTokens => (old, new),
            TokenLimit::MaxCompletionTokens => (new, old),
        };
        let refused = sent.is_some_and(|sent| other.is_none_or(|other| sent < other));
        if refused && self.is_unknown() {
            profile.token_limit = match profile.token_limit {
                TokenLimit::MaxTokens => TokenLimit::MaxCompletionTokens,
                TokenLimit::MaxCompletionTokens => TokenLimit::MaxTokens,
            };
        }
    }

    fn reasoning(&self, profile: &mut Profile) {
        let member = ["reasoning_content", "reasoning"].into_iter().find(|member| self.names(member));
        let Some(member) = member else { return };
        if self.is_missing() {
            profile.omit.remove(member);
            let filler = Some(String::from("I call a tool."));
            profile.reasoning = Some(ReasoningBack { member: member.to_owned(), always: true, filler });
        } else if profile.reasoning.as_ref().is_some_and(|wanted| wanted.member == member) {
            profile.reasoning = None;
        }
    }

    /// A signature that is missing on calls of another model, or one that the server does not take.
    fn signatures(&self, profile: &mut Profile) {
        if !self.says(&["thought_signature", "thought signature", "thoughtsignature"]) {
            return;
        }
        if self.is_missing() {
            let signature = json!({ "google": { "thought_signature": "skip_thought_signature_validator" } });
            profile.call_filler.insert("extra_content".to_owned(), signature);
        } else {
            profile.omit.insert("extra_content".to_owned());
        }
    }

    fn schema(&self, profile: &mut Profile) {
        let about_tools = ["tool", "function", "schema", "parameters", "properties", "json schema"];
        if !self.says(&about_tools) {
            return;
        }
        for keyword in KEYWORDS {
            if self.quotes(keyword) {
                profile.schema.omit.insert(keyword.to_owned());
            }
        }
        if self.says(&["format"]) && !self.says(&["response_format", "output format"]) && self.has_word("format") {
            profile.schema.formats = Some(BTreeSet::new());
        }
        if self.says(&["$ref", "$defs", "definitions"]) {
            profile.schema.inline = true;
        }
    }

    fn is_about_ids(&self) -> bool {
        self.says(&[
            "character",
            "length",
            "invalid",
            "must be",
            "must match",
            "match",
            "pattern",
            "a-z",
            "too long",
            "maximum",
        ])
    }

    fn is_missing(&self) -> bool {
        self.says(&["missing", "lack", "required", "must be", "must have", "is not set", "not provided", "expected"])
            && !self.says(&[
                "not permitted",
                "not supported",
                "unsupported",
                "extra_forbidden",
                "unrecognized",
                "unknown",
            ])
    }

    fn is_unknown(&self) -> bool {
        self.says(&[
            "unsupported",
            "not supported",
            "unrecognized",
            "unknown",
            "not permitted",
            "forbidden",
            "not allowed",
            "unexpected",
            "invalid",
            "use 'max",
            "additional propert",
            "instead",
        ])
    }

    fn says(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.lower.contains(word))
    }

    /// True when the name stands there as a name of its own, in either case of letters (`stream_options`, `body.stream_options`).
    fn names(&self, name: &str) -> bool {
        self.has_word(name)
    }

    fn has_word(&self, word: &str) -> bool {
        self.place(word).is_some()
    }

    /// Where the name stands first.
    fn place(&self, word: &str) -> Option<usize> {
        let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let word = word.to_ascii_lowercase();
        let found = self.lower.match_indices(&word).find(|(at, found)| {
            let before = self.lower.get(..*at).and_then(|text| text.chars().next_back());
            let after = self.lower.get(at.saturating_add(found.len())..).and_then(|text| text.chars().next());
            !before.is_some_and(part) && !after.is_some_and(part)
        });
        found.map(|(at, _)| at)
    }

    /// True when a word of everyday use stands in quotes, as a name: `'default'`, `"default"`, `` `default` ``, `\"default\"`, `.default`.
    fn quotes(&self, name: &str) -> bool {
        let marks = ["'", "\\\"", "`", "\""];
        marks.iter().any(|mark| self.body.contains(&[mark, name, mark].concat()))
            || self.has_word(name) && (name.starts_with('$') || name.bytes().any(|byte| byte.is_ascii_uppercase()))
            || self.body.contains(&[".", name, ":"].concat())
    }
}

#[cfg(test)]
mod tests {
    use deputy_http::Secret;
    use serde_json::Value;

    use super::*;
    use crate::{ModelMessage, ModelRequest, Provided, ToolCall, ToolDefinition};

    fn config() -> ModelConfig {
        ModelConfig::new("http://127.0.0.1:9/v1", Secret::new(""), "m")
    }

    /// A conversation of another model and a tool with every keyword.
    fn request(config: &ModelConfig) -> ModelRequest {
        let own = |name: &str| json!({ name: "x" }).as_object().cloned().unwrap();
        let provided = Provided {
            origin: config.origin(),
            id: "call_long-id-of-its-own".into(),
            call: own("extra_content"),
            step: json!({"reasoning_content": "hm", "reasoning_details": [1]}).as_object().cloned().unwrap(),
        };
        let made = ToolCall { provided: Some(provided), ..ToolCall::new("c1", "look", json!({})) };
        let parameters = json!({
            "type": "object",
            "properties": { "when": { "type": "string", "format": "date-time", "default": "x", "minLength": 1 } },
            "additionalProperties": false,
        });
        ModelRequest {
            system: "You help.".into(),
            messages: vec![
                ModelMessage::User { text: "Hi".into() },
                ModelMessage::Assistant { text: String::new(), calls: vec![made] },
                ModelMessage::ToolResult { call_id: "c1".into(), tool: "look".into(), content: "1".into() },
            ],
            tools: vec![ToolDefinition { name: "look".into(), description: "Look".into(), parameters }],
            max_output_tokens: Some(9),
        }
    }

    fn sent(config: &ModelConfig) -> Value {
        let http = config.api.request(config, &request(config));
        serde_json::from_slice(http.body()).unwrap()
    }

    /// The body after this refusal.
    fn after(status: u16, refusal: &str) -> Value {
        let config = config();
        let adapted = config.adapted(&deputy_http::response(status, refusal)).unwrap_or_else(|| panic!("{refusal}"));
        assert_eq!(
            adapted.adapted(&deputy_http::response(status, refusal)),
            None,
            "asked once more, not for ever: {refusal}"
        );
        sent(&adapted)
    }

    /// T20: the member that a refusal names is left out of the next request, in the words of many servers.
    #[test]
    fn t20_what_a_refusal_names_is_left_out() {
        assert!(sent(&config()).get("stream_options").is_some());
        for refusal in [
            r#"{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}"#,
            r#"{"error":{"message":"Unrecognized request argument supplied: stream_options","type":"invalid_request_error"}}"#,
            r#"{"error":"json: unknown field \"stream_options\""}"#,
            r#"{"message":"property 'stream_options' is unsupported"}"#,
            r#"{"object":"error","message":"[{'loc': ('body', 'stream_options', 'include_usage'), 'msg': 'extra'}]","code":400}"#,
            "unknown parameter: stream_options",
        ] {
            let body = after(422, refusal);
            assert_eq!(body.get("stream_options"), None, "{refusal}");
            assert_eq!(body["stream"], json!(true));
        }
        let body = after(
            400,
            r#"{"error":{"message":"Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.","code":"unsupported_parameter"}}"#,
        );
        assert_eq!((&body["max_completion_tokens"], body.get("max_tokens")), (&json!(9), None));
        let extra = after(
            400,
            r#"{"detail":[{"loc":["body","messages",2,"tool_calls",0,"extra_content"],"msg":"Extra inputs are not permitted"}]}"#,
        );
        assert_eq!(extra.pointer("/messages/2/tool_calls/0/extra_content"), None);
        let content = after(
            422,
            r#"{"detail":[{"type":"string_type","loc":["body","messages",2,"content"],"msg":"Input should be a valid string"}]}"#,
        );
        assert_eq!(content["messages"][2]["content"], json!(""));
        let system = after(400, r#"{"object":"error","message":"System role not supported","code":400}"#);
        assert_eq!(system["messages"][0], json!({"role": "user", "content": "You help.\n\nHi"}));
    }

    /// T19: keywords of a tool's schema that a server does not know.
    #[test]
    fn t19_keywords_that_a_refusal_names_are_left_out() {
        let schema = |refusal: &str| after(400, refusal).pointer("/tools/0/function/parameters").cloned().unwrap();
        let formats = schema(
            r#"[{"error":{"code":400,"message":"tools[0]: only the formats int32 and int64 are supported: format \"date-time\""}}]"#,
        );
        assert_eq!(formats.pointer("/properties/when/format"), None);
        let defaults = schema(
            r#"{"error":{"message":"Invalid JSON payload received. Unknown name \"default\" at 'tools[0].function_declarations[0].parameters'"}}"#,
        );
        assert_eq!(defaults.pointer("/properties/when/default"), None);
        let closed =
            schema(r#"{"error":{"message":"tools.0.function.parameters: additionalProperties is not supported"}}"#);
        assert_eq!(
            (closed.get("additionalProperties"), closed.pointer("/properties/when/default")),
            (None, Some(&json!("x")))
        );
        let bounds = schema(r#"{"error":"schema keyword 'minLength' is not supported by the grammar"}"#);
        assert_eq!(bounds.pointer("/properties/when/minLength"), None);
    }

    /// T5, T7: what a server wants back, learnt from its refusal.
    #[test]
    fn t05_what_is_missing_is_sent_and_what_is_not_taken_is_not() {
        let wanted = after(
            400,
            r#"{"error":{"message":"Missing `reasoning_content` field in the assistant message at message index 2."}}"#,
        );
        assert_eq!(wanted["messages"][2]["reasoning_content"], json!("hm"));
        let ids = after(
            400,
            r#"{"object":"error","message":"Tool call id was call_long but must be a-z, A-Z, 0-9, with a length of 9.","code":3280}"#,
        );
        let id = ids.pointer("/messages/2/tool_calls/0/id").and_then(Value::as_str).unwrap();
        assert!(id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
        assert_eq!(ids["messages"][3]["tool_call_id"], json!(id));
        let signature = r#"[{"error":{"code":400,"message":"Function call is missing a thought_signature in functionCall parts."}}]"#;
        let adapted = config().adapted(&deputy_http::response(400, signature)).unwrap();
        assert!(adapted.profile.call_filler.contains_key("extra_content"));
    }

    #[test]
    fn a_refusal_that_names_nothing_is_the_last_word() {
        for (status, refusal) in [
            (400, r#"{"error":{"message":"Invalid value","code":"invalid_value"}}"#),
            (400, r#"{"error":{"message":"This model's maximum context length is 8192 tokens","param":"messages"}}"#),
            (401, r#"{"error":{"message":"stream_options"}}"#),
            (422, ""),
            (400, "\u{FFFD}\u{0}"),
        ] {
            assert_eq!(config().adapted(&deputy_http::response(status, refusal)), None, "{refusal}");
        }
    }
}
