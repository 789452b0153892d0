use deputy_agent::fields::{Integer, Text};
use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Tool, ToolError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::mail_text::{header_of, plain, text_of};
use crate::tools::provider::{Bound, Caller, Next, Provider, ProviderError, ProviderProblem, shape};

const DEFAULT: u64 = 10;
/// Characters of one message.
const MAX_BODY: usize = 3_000;
/// Characters of all messages of a thread together, and of each that is not the newest.
const MAX_THREAD: usize = 6_000;
const MAX_OLDER: usize = 1_200;
/// How long all requests together may take, milliseconds.
const MAX_MS: u64 = 20_000;

/// Searches the user's mail.
pub struct GmailSearch(pub Provider);

/// Input.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    #[schemars(
        description = "As in Gmail's search box: words, from:, to:, subject:, is:unread; after: and before: with yyyy/MM/dd (midnight in US Pacific time) or seconds since 1970"
    )]
    query: Text<0, 2_000>,
    #[schemars(description = "How many at most", extend("default" = DEFAULT))]
    max_results: Option<Integer<1, 20>>,
    #[schemars(
        description = "Messages, or the threads they are in",
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
    const TOPICS: &'static str = "mail email gmail inbox message thread";
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
    let most = input.max_results.map_or(DEFAULT, Integer::get);
    let bound = Bound { records: usize::try_from(most).unwrap_or(usize::MAX), pages: 4 };
    let most = most.to_string();
    let begun = context.now();
    // https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages/list
    let query = [("q", &*input.query), ("maxResults", &*most)];
    let next = Next::Token("pageToken", "/nextPageToken");
    let read = gmail.pages("/gmail/v1/users/me/messages", (&query, &[]), (next, "/messages"), bound).await?;
    let threads = input.resource == Some(Resource::Threads);
    let (path, member) = if threads { ("threads", "threadId") } else { ("messages", "id") };
    let mut ids: Vec<&str> = Vec::new();
    for hit in read.records.iter().take(bound.records) {
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
    // On a line of its own: what stands before it is JSON.
    let rest = read.rest.map(|rest| format!("\n({rest})")).unwrap_or_default();
    Ok(Value::from(format!("Result for the query {}:\n{}{rest}", input.query, Value::Array(found))))
}

/// An id goes into a path.
fn is_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn message(message: &Value) -> Value {
    let mut shown = shape::pick(message, &[("id", "/id"), ("threadId", "/threadId")]);
    if let Some(members) = shown.as_object_mut() {
        for (member, header) in [("subject", "subject"), ("sender", "from"), ("date", "date")] {
            if let Some(value) = message.get("payload").and_then(|payload| header_of(payload, header)) {
                members.insert(member.to_owned(), Value::from(shape::clip(value, 500)));
            }
        }
        if let Some(snippet) = message.get("snippet").and_then(Value::as_str) {
            // Gmail escapes it for a page.
            members.insert("snippet".to_owned(), Value::from(plain(&shape::clip(snippet, 500))));
        }
        members.insert("body".to_owned(), Value::from(shape::clip(&text_of(message), MAX_BODY)));
    }
    shown
}

/// A thread is shown as its newest message, with what all of them say, the newest first: what was decided stands at its end.
fn thread(thread: &Value) -> Value {
    let mut messages: Vec<&Value> = thread.get("messages").and_then(Value::as_array).into_iter().flatten().collect();
    // Gmail lists them from the oldest on; those without a time stay where they are.
    messages.sort_by_key(|message| sent_at(message).unwrap_or_default());
    messages.reverse();
    let mut shown = messages.first().map(|newest| message(newest)).unwrap_or_else(|| json!({}));
    let mut bodies = String::new();
    let mut left = MAX_THREAD;
    for (place, one) in messages.iter().enumerate() {
        let between = if bodies.is_empty() { "" } else { "\n\n" };
        if left == 0 {
            let count = messages.len().saturating_sub(place);
            bodies.push_str(&format!("{between}({count} earlier messages are not shown.)"));
            break;
        }
        let sender = one.get("payload").and_then(|payload| header_of(payload, "from")).unwrap_or_default();
        let share = if place == 0 { MAX_BODY } else { MAX_OLDER };
        let text = shape::clip(&text_of(one), share.min(left));
        left = left.saturating_sub(text.chars().count());
        for part in [between, &shape::clip(sender, 200), ":\n", &text] {
            bodies.push_str(part);
        }
    }
    if let Some(members) = shown.as_object_mut() {
        members.remove("threadId");
        members.insert("id".to_owned(), thread.get("id").cloned().unwrap_or_default());
        members.insert("body".to_owned(), Value::from(bodies));
    }
    shown
}

/// When Gmail took it in, milliseconds: a number in a text.
fn sent_at(message: &Value) -> Option<u64> {
    message.get("internalDate")?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64UrlUnpadded, Encoding as _};
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
        let expected = r#"[{"body":"Ben:\ntwo\n\nBen:\none","id":"t","sender":"Ben","snippet":"s","subject":"Hi"}]"#;
        assert_eq!(result, Ok(Value::from(format!("Result for the query is:unread a&b:\n{expected}"))));
        assert_eq!(urls[1..], ["https://google.test/gmail/v1/users/me/threads/t?format=full"]);
    }

    /// Trial 41: a thread of many mails says its newest first and whole, whatever order they come in.
    #[test]
    fn t41_the_newest_of_a_thread_is_there() {
        let mut messages: Vec<Value> = (0..9)
            .map(|n| {
                let mut one = mail(&format!("m{n}"), &format!("{n} {}", "old talk. ".repeat(200)));
                one["internalDate"] = json!(format!("179541{n}000000"));
                one
            })
            .collect();
        messages.push(mail("m9", "We take the red one.\n\nOn Monday, Eva wrote:\n> Red or blue?"));
        messages[9]["internalDate"] = json!("1795419900000");
        messages[9]["payload"]["headers"][1]["value"] = json!("Tom <tom@x.example>");
        for turned in [false, true] {
            if turned {
                messages.reverse();
            }
            let thread = thread(&json!({"id": "t", "messages": messages}));
            let body = thread["body"].as_str().unwrap();
            assert!(body.starts_with("Tom <tom@x.example>:\nWe take the red one."), "{body}");
            assert!(!body.contains("Red or blue") && body.contains("8 old talk") && body.len() < 8_000, "{body}");
            assert!(body.ends_with("earlier messages are not shown.)"), "{body}");
            assert_eq!(thread["sender"], "Tom <tom@x.example>");
        }
    }

    /// Trial 41, of its kind: Gmail's snippet is text of a page.
    #[test]
    fn t41_a_snippet_is_text() {
        let mut one = mail("a", "x");
        one["snippet"] = json!("Don&#39;t forget: 5 &lt; 6 &amp; tea&nbsp;at&nbsp;four");
        assert_eq!(message(&one)["snippet"], "Don't forget: 5 < 6 & tea at four");
    }

    /// Trial 36, of its kind: more hits than were looked at are announced, and an empty page is not the end.
    #[test]
    fn t36_more_hits_are_announced() {
        let one = input::<GmailSearch>(json!({"query": "x", "maxResults": 1.0})).unwrap();
        let empty = (200, json!({"nextPageToken": "a"}));
        let hit = (200, json!({"messages": [{"id": "a", "threadId": "t"}], "nextPageToken": "b"}));
        let (result, urls) = ask(&one, &[empty, hit, (200, mail("a", "hello"))]);
        let text = result.unwrap().as_str().unwrap().to_owned();
        assert!(text.ends_with("]\n(This list is partial: only the first 1 are here, there are more.)"), "{text}");
        assert_eq!((urls.len(), urls[1].ends_with("?q=x&maxResults=1&pageToken=a")), (3, true), "{urls:?}");
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
