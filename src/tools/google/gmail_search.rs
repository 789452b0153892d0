use base64ct::{Base64UrlUnpadded, Encoding as _};
use deputy_agent::fields::{Integer, Text};
use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Tool, ToolError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::tools::provider::{Caller, Provider, ProviderError, ProviderProblem, shape};

const DEFAULT: u64 = 10;
/// Characters of one message, or of all messages of a thread together.
const MAX_BODY: usize = 3_000;
/// How long all requests together may take, milliseconds.
const MAX_MS: u64 = 20_000;
/// Mail nests parts; deeper than this nobody writes it.
const MAX_DEPTH: u32 = 8;

/// Searches the user's mail.
pub struct GmailSearch(pub Provider);

/// Input.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    #[schemars(
        description = "The search query, as in Gmail's search box: words, from:, to:, subject:, is:unread, after: and before: take a date such as 2026/11/24 (its midnight in US Pacific time) or seconds since 1970 (exact)"
    )]
    query: Text<0, 2_000>,
    #[schemars(description = "The maximum number of messages to look at", extend("default" = DEFAULT))]
    max_results: Option<Integer<1, 20>>,
    #[schemars(
        description = "Whether to return single messages or the threads they are in",
        extend("default" = "messages")
    )]
    resource: Option<Resource>,
}

/// What is returned.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Resource {
    Messages,
    Threads,
}

impl Tool for GmailSearch {
    type Input = Input;
    const NAME: &'static str = "gmailSearchTool";
    const DESCRIPTION: &'static str = "Search the user's Gmail for messages or threads";
    const EFFECT: Effect = Effect::Reads;

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        self.0.authority(&["openid", "https://www.googleapis.com/auth/gmail.readonly"])
    }

    async fn call(
        &self,
        input: Input,
        _permit: Permit,
        grant: Grant,
        context: &dyn CallContext,
    ) -> Result<Value, ToolError> {
        search(&input, &self.0.caller(grant.vault(self.0.connection()), context)?, context).await
    }
}

async fn search(input: &Input, gmail: &Caller<'_>, context: &dyn CallContext) -> Result<Value, ToolError> {
    let most = input.max_results.map_or(DEFAULT, Integer::get).to_string();
    let begun = context.now();
    // https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages/list
    let answer = gmail.get("/gmail/v1/users/me/messages", &[("q", &input.query), ("maxResults", &most)]).await?;
    let threads = input.resource == Some(Resource::Threads);
    let (path, member) = if threads { ("threads", "threadId") } else { ("messages", "id") };
    let mut ids: Vec<&str> = Vec::new();
    for hit in shape::list(&answer, "/messages", gmail)? {
        if let Some(id) = hit.get(member).and_then(Value::as_str).filter(|id| is_id(id) && !ids.contains(id)) {
            ids.push(id);
        }
    }
    let mut found = Vec::new();
    // One after the other: one large message at a time in memory, and the first refusal ends it.
    for id in ids {
        if context.now().saturating_sub(begun) > MAX_MS {
            return Err(gmail.error(ProviderProblem::Slow).into());
        }
        match gmail.try_get(&format!("/gmail/v1/users/me/{path}/{id}"), &[("format", "full")]).await {
            Ok(answer) => found.push(if threads { thread(&answer) } else { message(&answer) }),
            // Deleted since it was listed.
            Err(ProviderError { problem: ProviderProblem::NotFound, .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Value::from(format!("Result for the query {}:\n{}", input.query, Value::Array(found))))
}

/// An id goes into a path.
fn is_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn message(message: &Value) -> Value {
    let mut shown = shape::pick(message, &[("id", "/id"), ("threadId", "/threadId"), ("snippet", "/snippet")]);
    if let Some(members) = shown.as_object_mut() {
        for (member, header) in [("subject", "subject"), ("sender", "from"), ("date", "date")] {
            if let Some(value) = header_of(message, header) {
                members.insert(member.to_owned(), Value::from(shape::clip(value, 500)));
            }
        }
        members.insert("body".to_owned(), Value::from(shape::clip(text_of(message).trim(), MAX_BODY)));
    }
    shown
}

/// A thread is shown as its first message, with what all of them say.
fn thread(thread: &Value) -> Value {
    let messages = thread.get("messages").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut shown = messages.first().map(message).unwrap_or_else(|| json!({}));
    let mut bodies = String::new();
    for one in messages {
        let between = if bodies.is_empty() { "" } else { "\n\n" };
        let (sender, text) = (header_of(one, "from").unwrap_or_default(), text_of(one));
        for part in [between, sender, ":\n", text.trim()] {
            bodies.push_str(part);
        }
    }
    if let Some(members) = shown.as_object_mut() {
        members.remove("threadId");
        members.insert("id".to_owned(), thread.get("id").cloned().unwrap_or_default());
        members.insert("body".to_owned(), Value::from(shape::clip(&bodies, MAX_BODY)));
    }
    shown
}

fn header_of<'m>(message: &'m Value, wanted: &str) -> Option<&'m str> {
    let headers = message.pointer("/payload/headers")?.as_array()?;
    let found = headers.iter().find(|header| {
        header.get("name").and_then(Value::as_str).is_some_and(|name| name.eq_ignore_ascii_case(wanted))
    })?;
    found.get("value")?.as_str()
}

fn text_of(message: &Value) -> String {
    message.get("payload").and_then(|payload| body_of(payload, MAX_DEPTH)).unwrap_or_default()
}

/// The first plain text in a part and the parts in it.
fn body_of(part: &Value, depth: u32) -> Option<String> {
    let kind = part.get("mimeType").and_then(Value::as_str).unwrap_or_default();
    let data = part.pointer("/body/data").and_then(Value::as_str);
    if let (true, Some(data)) = (kind.starts_with("text/plain"), data) {
        let bytes = Base64UrlUnpadded::decode_vec(data.trim_end_matches('=')).ok()?;
        return Some(String::from_utf8_lossy(&bytes).into_owned());
    }
    let parts = part.get("parts").and_then(Value::as_array)?;
    let deeper = depth.checked_sub(1)?;
    parts.iter().find_map(|part| body_of(part, deeper))
}

#[cfg(test)]
mod tests {
    use deputy_http::{Secret, TransportError};
    use futures::executor::block_on;

    use super::*;
    use crate::tools::testing::{TestContext, input, provider, tool};

    fn wanted(resource: Option<&str>) -> Input {
        input::<GmailSearch>(json!({"query": "is:unread a&b", "resource": resource})).unwrap()
    }

    fn ask(input: &Input, answers: &[(u16, Value)]) -> (Result<Value, ToolError>, Vec<String>) {
        let answer = |(status, body): &(u16, Value)| Ok(deputy_http::response(*status, body.to_string()));
        let context = TestContext::with_answers(answers.iter().map(answer).collect::<Vec<Result<_, TransportError>>>());
        let (google, token) = (provider("google"), Secret::new("provider-token"));
        let result = block_on(search(input, &google.caller(Some(&token), &context).unwrap(), &context));
        let urls = context.sent.borrow().iter().map(|request| request.uri().to_string()).collect();
        (result, urls)
    }

    fn mail(id: &str, text: &str) -> Value {
        let data = Base64UrlUnpadded::encode_string(text.as_bytes());
        json!({"id": id, "threadId": "t", "snippet": "s", "payload": {
            "mimeType": "multipart/alternative", "headers": [{"name": "SUBJECT", "value": "Hi"}, {"name": "From", "value": "Ben"}],
            "parts": [{"mimeType": "text/html", "body": {"data": "eHg"}}, {"mimeType": "multipart/mixed", "parts": [
                {"mimeType": "text/plain; charset=UTF-8", "body": {"data": format!("{data}==")}}
            ]}]
        }})
    }

    fn list(ids: &[(&str, &str)]) -> (u16, Value) {
        let hits: Vec<Value> = ids.iter().map(|(id, thread)| json!({"id": id, "threadId": thread})).collect();
        (200, json!({"messages": hits}))
    }

    #[test]
    fn messages_are_listed_then_read_one_by_one() {
        let schema = &tool("gmailSearchTool").parameters["properties"];
        assert_eq!(schema["resource"]["enum"], json!(["messages", "threads"]));
        let (result, urls) = ask(
            &wanted(None),
            &[list(&[("a", "t"), ("b", "t"), ("../x", "t")]), (200, mail("a", "Grüße")), (404, json!({}))],
        );
        let expected = r#"[{"body":"Grüße","id":"a","sender":"Ben","snippet":"s","subject":"Hi","threadId":"t"}]"#;
        assert_eq!(result, Ok(Value::from(format!("Result for the query is:unread a&b:\n{expected}"))));
        let base = "https://google.test/gmail/v1/users/me/messages";
        let expected = [
            format!("{base}?q=is%3Aunread+a%26b&maxResults=10"),
            format!("{base}/a?format=full"),
            format!("{base}/b?format=full"),
        ];
        assert_eq!(urls, expected);
        let (result, urls) = ask(&wanted(None), &[(200, json!({"resultSizeEstimate": 0}))]);
        assert_eq!((result, urls.len()), (Ok(Value::from("Result for the query is:unread a&b:\n[]")), 1));
    }

    #[test]
    fn threads_are_read_once_each() {
        let thread = json!({"id": "t", "messages": [mail("a", "one"), mail("b", "two")]});
        let (result, urls) = ask(&wanted(Some("threads")), &[list(&[("a", "t"), ("b", "t")]), (200, thread)]);
        let expected = r#"[{"body":"Ben:\none\n\nBen:\ntwo","id":"t","sender":"Ben","snippet":"s","subject":"Hi"}]"#;
        assert_eq!(result, Ok(Value::from(format!("Result for the query is:unread a&b:\n{expected}"))));
        assert_eq!(urls[1..], ["https://google.test/gmail/v1/users/me/threads/t?format=full"]);
    }

    /// Issue 6, bad input: odd mail, a long one, a connection that is revoked in the middle of the listing.
    #[test]
    fn odd_mail_is_mail_and_a_refusal_in_the_middle_ends_the_search() {
        let hits = || list(&[("a", "t"), ("b", "t"), ("c", "t")]);
        let odd = (200, json!({"id": "a", "payload": {"mimeType": "text/plain", "body": {"data": "%%%"}}}));
        let (result, _) = ask(&wanted(None), &[hits(), odd, (200, json!(null)), (200, mail("c", &"ä".repeat(9_000)))]);
        let text = result.unwrap().as_str().unwrap().to_owned();
        assert!(text.contains(r#"{"body":"","id":"a"}"#) && text.len() < 7_000, "{text}");
        let (result, urls) = ask(&wanted(None), &[hits(), (200, mail("a", "x")), (401, json!({}))]);
        assert!(matches!(result, Err(ToolError::Unauthorized { .. })), "{result:?}");
        assert_eq!(urls.len(), 3);
        for status in [403, 429, 500] {
            let (result, urls) = ask(&wanted(None), &[hits(), (status, json!({}))]);
            assert!(matches!(result, Err(ToolError::Refused { .. })), "{result:?}");
            assert_eq!(urls.len(), 2, "no retry storm");
        }
        let why = input::<GmailSearch>(json!({"maxResults": 21, "resource": "everything"})).err().unwrap();
        assert!(
            why.ends_with("query: is missing; maxResults: at most 20; resource: must be one of messages, threads."),
            "{why}"
        );
    }
}
