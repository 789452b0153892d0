use base64ct::{Base64UrlUnpadded, Encoding as _};
use deputy_agent::fields::{EmailAddress, Line, List, Text};
use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Tool, ToolError};
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
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
    #[schemars(description = "The addresses it is for")]
    to: List<EmailAddress, 1, 100>,
    #[schemars(description = "The subject")]
    subject: Line<0, 900>,
    #[schemars(description = "The addresses that get a copy")]
    cc: Option<List<EmailAddress, 0, 100>>,
    #[schemars(description = "The addresses that get a copy without the others seeing it")]
    bcc: Option<List<EmailAddress, 0, 100>>,
}

impl Tool for GmailDraft {
    type Input = Input;
    const NAME: &'static str = "gmailDraftTool";
    const DESCRIPTION: &'static str = "Create a draft email in the user's Gmail; it is not sent";
    const EFFECT: Effect = Effect::Writes;

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
        .to(addresses(&input.to));
    if let Some(cc) = input.cc.as_deref().filter(|cc| !cc.is_empty()) {
        mail = mail.cc(addresses(cc));
    }
    if let Some(bcc) = input.bcc.as_deref().filter(|bcc| !bcc.is_empty()) {
        mail = mail.bcc(addresses(bcc));
    }
    mail.subject(&*input.subject).text_body(&*input.message).write_to_vec()
}

fn addresses(list: &[EmailAddress]) -> Address<'_> {
    let address = |one: &'_ EmailAddress| {
        let name = Some(one.name().to_owned()).filter(|name| !name.is_empty());
        Address::new_address(name, one.address().to_owned())
    };
    Address::new_list(list.iter().map(address).collect())
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
