use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use deputy_agent::fields::{EmailAddress, EmailAddresses, Line, List, Text};
use deputy_agent::{Authority, CallContext, Effect, Grant, InputProblem, Permit, Tool, ToolError};
use mail_builder::MessageBuilder;
use mail_builder::headers::raw::Raw;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::tools::provider::{Caller, Provider, shape};

/// Writes a draft into the user's mailbox; nothing is sent.
pub struct GmailDraft(pub Provider);

/// Input. Addresses and subject are one line each, so that none can begin a header of its own.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    #[schemars(description = "The text of the message")]
    message: Text<0, 100_000>,
    #[schemars(description = "Whom it is for")]
    to: List<EmailAddresses, 1, 100>,
    #[schemars(description = "The subject; may be empty when there is a text")]
    subject: Line<0, 900>,
    #[schemars(description = "Who gets a copy")]
    cc: Option<List<EmailAddresses, 0, 100>>,
    #[schemars(description = "Who gets a copy unseen")]
    bcc: Option<List<EmailAddresses, 0, 100>>,
}

impl Tool for GmailDraft {
    type Input = Input;
    const NAME: &'static str = "gmailDraftTool";
    const DESCRIPTION: &'static str = "Create a draft email in the user's Gmail; it is not sent";
    const TOPICS: &'static str = "mail email gmail draft write reply letter";
    const EFFECT: Effect = Effect::Writes;

    fn misfit(&self, input: &Input) -> Option<InputProblem> {
        let problem = |path: &str, rule: &str| Some(InputProblem { path: path.to_owned(), rule: rule.to_owned() });
        if input.message.is_empty() && input.subject.is_empty() {
            return problem("message", "must not be empty where the subject is");
        }
        let lists = [("to", Some(&*input.to)), ("cc", input.cc.as_deref()), ("bcc", input.bcc.as_deref())];
        let long = lists.iter().find(|(_, list)| list.is_some_and(|list| all(list).count() > MOST_ADDRESSES));
        long.and_then(|(path, _)| problem(path, "at most 100 addresses"))
    }

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        self.0.authority(&["openid", "https://www.googleapis.com/auth/gmail.compose"])
    }

    async fn call(
        &self,
        input: Input,
        _permit: Permit,
        grant: Grant,
        context: &dyn CallContext,
    ) -> Result<Value, ToolError> {
        draft(&input, &self.0.caller(grant.vault(self.0.connection()), context)?, context).await
    }
}

/// Gmail knows no idempotency key: a call that was cut off is not repeated, its outcome is said to be unknown. A mark by
/// which a draft could be found again would be part of the message, which others get: it cannot be looked up.
async fn draft(input: &Input, gmail: &Caller<'_>, context: &dyn CallContext) -> Result<Value, ToolError> {
    let mail = mail(input, context.now(), &context.call_id());
    let mail = mail.map_err(|_| ToolError::Answer("The message could not be written.".to_owned()))?;
    // https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.drafts/create
    let body = json!({"message": {"raw": Base64UrlUnpadded::encode_string(&mail)}});
    let made = gmail.create("/gmail/v1/users/me/drafts", &body).await?;
    Ok(Value::from(format!("Draft created. Draft Id: {}", shape::clip(shape::text(&made, "/id"), 200))))
}

/// The message (RFC 5322, RFC 2047). Date and id are given: left to itself the builder asks a clock that a Worker does not have.
fn mail(input: &Input, now: u64, call_id: &str) -> std::io::Result<Vec<u8>> {
    let id: String = call_id.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
    let mut mail = MessageBuilder::new()
        .date(i64::try_from(now / 1000).unwrap_or_default())
        .message_id(format!("{id}@deputy.invalid"))
        .header("To", addresses(&input.to));
    for (name, list) in [("Cc", input.cc.as_deref()), ("Bcc", input.bcc.as_deref())] {
        if let Some(list) = list.filter(|list| !list.is_empty()) {
            mail = mail.header(name, addresses(list));
        }
    }
    if !input.subject.is_empty() {
        mail = mail.subject(&*input.subject);
    }
    mail.text_body(&*input.message).write_to_vec()
}

/// Addresses in one header.
const MOST_ADDRESSES: usize = 100;
/// Bytes of a name in one encoded word, which takes 75 characters at most (RFC 2047, 2).
const ENCODED: usize = 45;

fn all(list: &[EmailAddresses]) -> impl Iterator<Item = &EmailAddress> {
    list.iter().flat_map(|addresses| addresses.iter())
}

/// The value of an address header; the builder folds it. It would put encoded words into quotes, where they are none (RFC 2047,
/// 5), so names are written here.
fn addresses(list: &[EmailAddresses]) -> Raw<'static> {
    let mailbox = |one: &EmailAddress| match one.name() {
        "" => format!("<{}>", one.address()),
        // Names hold neither quotes nor backslashes.
        name if name.is_ascii() => format!("\"{name}\" <{}>", one.address()),
        name => format!("{} <{}>", encoded(name), one.address()),
    };
    Raw::new(all(list).map(mailbox).collect::<Vec<_>>().join(", "))
}

/// RFC 2047, in words that hold whole characters.
fn encoded(name: &str) -> String {
    let mut words = vec![String::new()];
    for c in name.chars() {
        if words.last().is_some_and(|word| word.len() + c.len_utf8() > ENCODED) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    let word = |word: &String| format!("=?utf-8?B?{}?=", Base64::encode_string(word.as_bytes()));
    words.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use deputy_http::{Response, Secret};
    use futures::executor::block_on;

    use super::*;
    use crate::tools::testing::{TestContext, input, provider, tool};

    fn plain() -> Value {
        json!({"message": "Hello\nBen", "to": ["ben@x.example"], "subject": "Hi"})
    }

    fn ask(given: Value, response: Response) -> (Result<Value, ToolError>, Option<String>) {
        let context = TestContext::answering(response);
        let (google, token) = (provider("google"), Secret::new("provider-token"));
        let input = input::<GmailDraft>(given).unwrap();
        let result = block_on(draft(&input, &google.caller(Some(&token), &context).unwrap(), &context));
        let sent = context.sent.borrow();
        let raw = sent.first().map(|request| {
            assert_eq!(request.uri(), "https://google.test/gmail/v1/users/me/drafts");
            let body = &request.body().text();
            let body: Value = serde_json::from_str(body).unwrap();
            let bytes = Base64UrlUnpadded::decode_vec(body.pointer("/message/raw").unwrap().as_str().unwrap()).unwrap();
            String::from_utf8(bytes).unwrap()
        });
        (result, raw)
    }

    #[test]
    fn a_draft_is_a_whole_message() {
        assert_eq!(tool("gmailDraftTool").parameters["required"], json!(["message", "to", "subject"]));
        let full = json!({
            "message": "Grüße an alle, die gestern mit uns draußen waren\nBen",
            "to": ["ben@x.example", "Chris <chris@x.example>"],
            "cc": ["dana@x.example"],
            "bcc": [],
            "subject": "Grüße aus Berlin, und noch viel mehr Wörter als hinein gehen in eine einzige Zeile",
        });
        let (result, raw) = ask(full, deputy_http::response(200, r#"{"id":"r1","message":{"id":"m"}}"#));
        assert_eq!(result, Ok(json!("Draft created. Draft Id: r1")));
        let raw = raw.unwrap();
        let (head, body) = raw.split_once("\r\n\r\n").unwrap();
        for line in [
            "Date: Mon, 23 Nov 2026 07:00:00 +0000",
            "Message-ID: <call1@deputy.invalid>",
            "To: <ben@x.example>, \"Chris\" <chris@x.example>",
            "Cc: <dana@x.example>",
            "MIME-Version: 1.0",
        ] {
            assert!(head.lines().any(|known| known == line), "{line}\n{head}");
        }
        assert!(!head.contains("Bcc") && raw.is_ascii() && head.lines().all(|line| line.len() < 78), "{head}");
        assert!(head.contains("Subject: =?utf-8?") && head.contains("Content-Transfer-Encoding: quoted-printable"));
        assert!(body.starts_with("Gr=C3=BC=C3=9Fe"), "{body}");
        let (_, raw) = ask(plain(), deputy_http::response(200, r#"{"id":"r1"}"#));
        let raw = raw.unwrap();
        assert!(raw.contains("Subject: Hi\r\n") && raw.ends_with("\r\n\r\nHello\r\nBen"), "{raw}");
    }

    fn line(raw: &str, name: &str) -> String {
        let head = raw.split("\r\n\r\n").next().unwrap().replace("\r\n\t", "");
        let found = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned));
        found.unwrap_or_default()
    }

    /// Trial 42: names are quoted or encoded, and stay one address each.
    #[test]
    fn t42_names_in_addresses() {
        let to = |to: Value| {
            let mut given = plain();
            given["to"] = to;
            let raw = ask(given, deputy_http::response(200, r#"{"id":"r1"}"#)).1.unwrap();
            assert!(raw.is_ascii() && raw.lines().all(|line| line.len() <= 998), "{raw}");
            line(&raw, "To")
        };
        assert_eq!(to(json!(["Zoë Ångström <zoe@x.example>"])), "=?utf-8?B?Wm/DqyDDhW5nc3Ryw7Zt?= <zoe@x.example>");
        assert_eq!(to(json!(["Roe, Jane <jane@x.example>"])), "\"Roe, Jane\" <jane@x.example>");
        assert_eq!(to(json!(["\"Weiß, Käthe\" <k@x.example>"])), "=?utf-8?B?V2Vpw58sIEvDpHRoZQ==?= <k@x.example>");
        assert_eq!(to(json!(["a@x.example, b@x.example"])), "<a@x.example>, <b@x.example>");
        assert_eq!(
            to(json!("Roe, Jane <jane@x.example>; b@x.example")),
            "\"Roe, Jane\" <jane@x.example>, <b@x.example>"
        );
        let long = to(json!([format!("{} <l@x.example>", "Łódź ".repeat(30))]));
        assert!(long.split(' ').all(|word| word.len() <= 75) && long.ends_with("?= <l@x.example>"), "{long}");
        let many: Vec<String> =
            (0..100).map(|n| format!("Person Number {n} <person-{n}@department.x.example>")).collect();
        assert_eq!(to(json!(many)).split(", ").count(), 100);
    }

    /// Trial 42: long lines and what is not ASCII go encoded; an empty subject is none.
    #[test]
    fn t42_bodies_and_subjects() {
        let raw = |message: &str, subject: &str| {
            let given = json!({"message": message, "to": ["ben@x.example"], "subject": subject});
            ask(given, deputy_http::response(200, r#"{"id":"r1"}"#)).1.unwrap()
        };
        for message in ["y".repeat(3_000), format!("{}\nend", "word ".repeat(400)), "ö".repeat(2_000)] {
            let raw = raw(&message, "Hi");
            assert!(raw.is_ascii() && raw.lines().all(|line| line.len() <= 78), "{raw}");
            let encodings = ["Content-Transfer-Encoding: quoted-printable", "Content-Transfer-Encoding: base64"];
            assert!(encodings.iter().any(|encoding| raw.contains(encoding)), "{raw}");
        }
        assert!(!raw("Hello", "").contains("Subject"));
        let long = raw("Hello", &"Termin für Größenprüfung ".repeat(20));
        assert!(long.lines().all(|line| line.len() <= 78), "{long}");
    }

    /// Trial 42: what is no message is refused before the user is asked.
    #[test]
    fn t42_what_is_no_message_is_refused_before_asking() {
        let refused = |given: Value| match input::<GmailDraft>(given) {
            Err(said) => said,
            Ok(input) => GmailDraft(provider("google")).misfit(&input).unwrap().to_string(),
        };
        let with = |to: Value| json!({"message": "x", "to": to, "subject": "Hi"});
        assert!(refused(with(json!(["@"]))).contains("to[0]: at least 3 characters"));
        assert!(refused(with(json!(["ana@bücher.example"]))).contains("to[0]: must be an email address in ASCII"));
        assert!(refused(with(json!(["Roe, Jane"]))).contains("to[0]: must be an email address"));
        assert!(
            refused(with(json!([vec!["a@x.example"; 60].join(","), vec!["b@x.example"; 60].join(",")])))
                .contains("at most 100")
        );
        let nothing = json!({"message": " ", "to": ["a@x.example"], "subject": ""});
        assert!(refused(nothing).contains("message: must not be empty"));
    }

    /// No line break reaches a header, whatever the model was talked into: such input is not a message.
    #[test]
    fn no_header_can_be_smuggled_in() {
        for (member, odd, why) in [
            ("subject", json!("Hi\r\nBcc: eve@x.example"), "subject: must be one line of text"),
            ("to", json!(["ben@x.example\nBcc: eve@x.example"]), "to[0]: must be one line of text"),
            ("cc", json!(["a@x.example", "nobody"]), "cc[1]: must be an email address"),
            ("bcc", json!(["a@x.example\u{85}b"]), "bcc[0]: must be one line of text"),
            ("to", json!([]), "to: must not be empty"),
            ("to", json!(vec!["a@x.example"; 101]), "to: at most 100 items"),
        ] {
            let mut given = plain();
            given[member] = odd;
            let said = input::<GmailDraft>(given).err().unwrap();
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn a_draft_that_was_not_made_is_not_said_to_be() {
        for (status, body) in [(400, "{}"), (403, "{}"), (429, "{}")] {
            let result = ask(plain(), deputy_http::response(status, body)).0;
            assert!(matches!(result, Err(ToolError::Refused { .. })), "{status} {body}");
        }
        for (status, body) in [(200, "{}"), (200, ""), (500, "{}")] {
            let result = ask(plain(), deputy_http::response(status, body)).0;
            assert!(matches!(result, Err(ToolError::OutcomeUnknown(_))), "{status} {body}");
        }
        assert!(matches!(ask(plain(), deputy_http::response(401, "")).0, Err(ToolError::Unauthorized { .. })));
    }
}
