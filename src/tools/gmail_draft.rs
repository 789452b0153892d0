use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use deputy_agent::{Authority, Effect, Grant, Host, Permit, Tool, ToolError};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::provider::{Caller, Provider};
use super::shape;

/// Writes a draft into the user's mailbox; nothing is sent.
pub struct GmailDraft(pub Provider);

/// Input.
#[derive(Default, Deserialize, JsonSchema)]
pub struct Input {
    #[schemars(description = "The text of the message")]
    message: String,
    #[schemars(description = "The addresses it is for", length(min = 1, max = MOST_ADDRESSES))]
    to: Vec<String>,
    #[schemars(description = "The subject")]
    subject: String,
    #[schemars(description = "The addresses that get a copy")]
    #[serde(default)]
    cc: Option<Vec<String>>,
    #[schemars(description = "The addresses that get a copy without the others seeing it")]
    #[serde(default)]
    bcc: Option<Vec<String>>,
}

const MOST_ADDRESSES: usize = 100;
/// Bytes of an encoded word's text: with its frame and the header's name a line stays below 77 characters (RFC 2047, 2).
const WORD_BYTES: usize = 39;

impl Tool for GmailDraft {
    type Input = Input;
    const NAME: &'static str = "gmailDraftTool";
    const DESCRIPTION: &'static str = "Create a draft email in the user's Gmail; it is not sent";
    const EFFECT: Effect = Effect::Writes;

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        self.0.authority(&["openid", "https://www.googleapis.com/auth/gmail.compose"])
    }

    async fn call(&self, input: Input, _permit: Permit, grant: Grant, host: &dyn Host) -> Result<Value, ToolError> {
        draft(&input, &self.0.caller(grant.vault(&self.0.connection), host)?).await
    }
}

/// Gmail knows no idempotency key: a call that was cut off is not repeated, its outcome is said to be unknown. A mark by
/// which a draft could be found again would be part of the message, which others get: it cannot be looked up.
async fn draft(input: &Input, gmail: &Caller<'_>) -> Result<Value, ToolError> {
    let raw = Base64UrlUnpadded::encode_string(mail(input).map_err(ToolError::Answer)?.as_bytes());
    // https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.drafts/create
    let body = json!({ "message": { "raw": raw } });
    let made = gmail.create("/gmail/v1/users/me/drafts", &body).await?;
    Ok(Value::from(format!("Draft created. Draft Id: {}", shape::clip(shape::text(&made, "/id"), 200))))
}

/// The message as RFC 5322 wants it, or why it cannot be one.
fn mail(input: &Input) -> Result<String, String> {
    let mut mail = String::new();
    let lists = [("To", Some(&input.to)), ("Cc", input.cc.as_ref()), ("Bcc", input.bcc.as_ref())];
    for (name, list) in lists {
        let list = list.map(Vec::as_slice).unwrap_or_default();
        if name == "To" && list.is_empty() {
            return Err("The message has no address to go to.".to_owned());
        }
        if list.len() > MOST_ADDRESSES {
            return Err(format!("More than {MOST_ADDRESSES} addresses in {name}."));
        }
        // A line break in an address or a subject would begin a header of its own.
        if let Some(odd) = list.iter().find(|address| !address.contains('@') || address.chars().any(char::is_control)) {
            return Err(format!(
                "\"{}\" is not an email address.",
                shape::clip(odd, 100).replace(char::is_control, " ")
            ));
        }
        if !list.is_empty() {
            add_line(&mut mail, &[name, ": ", &list.join(",\r\n ")]);
        }
    }
    if input.subject.chars().any(char::is_control) {
        return Err("The subject is not one line of text.".to_owned());
    }
    add_line(&mut mail, &["Subject: ", &encoded(&input.subject)]);
    add_line(&mut mail, &["MIME-Version: 1.0"]);
    add_line(&mut mail, &["Content-Type: text/plain; charset=UTF-8"]);
    add_line(&mut mail, &["Content-Transfer-Encoding: 8bit"]);
    add_line(&mut mail, &[]);
    for line in input.message.lines() {
        add_line(&mut mail, &[line]);
    }
    Ok(mail)
}

/// Lines are separated, not ended.
fn add_line(mail: &mut String, parts: &[&str]) {
    if !mail.is_empty() {
        mail.push_str("\r\n");
    }
    parts.iter().for_each(|part| mail.push_str(part));
}

/// A header's text; what is not ASCII in encoded words (RFC 2047).
fn encoded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut words = vec![String::new()];
    for character in text.chars() {
        match words.last_mut() {
            Some(word) if word.len() + character.len_utf8() <= WORD_BYTES => word.push(character),
            _ => words.push(character.to_string()),
        }
    }
    let words: Vec<String> =
        words.iter().map(|word| format!("=?UTF-8?B?{}?=", Base64::encode_string(word.as_bytes()))).collect();
    words.join("\r\n ")
}

#[cfg(test)]
mod tests {
    use deputy_http::{Body, Response, Secret};
    use futures::executor::block_on;

    use super::*;
    use crate::tools::testing::{TestHost, providers, tool};

    fn input() -> Input {
        Input {
            message: "Hello\nBen".into(),
            to: vec!["ben@x.example".into()],
            subject: "Hi".into(),
            ..Input::default()
        }
    }

    fn ask(input: &Input, response: Response) -> (Result<Value, ToolError>, Option<String>) {
        let host = TestHost::answering(response);
        let (google, token) = (Provider::google(&providers(&[])), Secret::new("provider-token"));
        let result = block_on(draft(input, &google.caller(Some(&token), &host).unwrap()));
        let sent = host.sent.borrow();
        let raw = sent.first().map(|request| {
            assert_eq!(request.url, "https://google.test/gmail/v1/users/me/drafts");
            let Body::Json(body) = &request.body else { panic!("JSON") };
            let body: Value = serde_json::from_str(body).unwrap();
            let bytes = Base64UrlUnpadded::decode_vec(body.pointer("/message/raw").unwrap().as_str().unwrap()).unwrap();
            String::from_utf8(bytes).unwrap()
        });
        (result, raw)
    }

    #[test]
    fn a_draft_is_a_whole_message() {
        assert_eq!(tool("gmailDraftTool").parameters["required"], json!(["message", "to", "subject"]));
        let full = Input {
            to: vec!["ben@x.example".into(), "Chris <chris@x.example>".into()],
            cc: Some(vec!["dana@x.example".into()]),
            bcc: Some(vec![]),
            subject: "Grüße aus Berlin, und noch viel mehr Wörter als hinein gehen".into(),
            ..input()
        };
        let (result, raw) = ask(&full, Response::new(200, r#"{"id":"r1","message":{"id":"m"}}"#));
        assert_eq!(result, Ok(json!("Draft created. Draft Id: r1")));
        let raw = raw.unwrap();
        let (head, body) = raw.split_once("\r\n\r\n").unwrap();
        assert_eq!(body, "Hello\r\nBen");
        assert!(head.starts_with(
            "To: ben@x.example,\r\n Chris <chris@x.example>\r\nCc: dana@x.example\r\nSubject: =?UTF-8?B?"
        ));
        assert!(!head.contains("Bcc") && head.is_ascii() && head.lines().all(|line| line.len() < 77), "{head}");
        assert_eq!(encoded("plain"), "plain");
        assert_eq!(encoded("ü"), "=?UTF-8?B?w7w=?=");
    }

    #[test]
    fn no_header_can_be_smuggled_in() {
        let change: [fn(&mut Input); 6] = [
            |input| input.subject = "Hi\r\nBcc: eve@x.example".into(),
            |input| input.to = vec!["ben@x.example\nBcc: eve@x.example".into()],
            |input| input.cc = Some(vec!["a@x.example".into(), "nobody".into()]),
            |input| input.bcc = Some(vec!["a@x.example\u{85}".into()]),
            |input| input.to = vec![],
            |input| input.to = vec!["a@x.example".into(); 101],
        ];
        for change in change {
            let mut odd = input();
            change(&mut odd);
            let (result, raw) = ask(&odd, Response::new(200, r#"{"id":"r1"}"#));
            assert!(matches!(result, Err(ToolError::Answer(_))), "{result:?}");
            assert_eq!(raw, None, "nothing was sent");
        }
    }

    #[test]
    fn a_draft_that_was_not_made_is_not_said_to_be() {
        for (status, body) in [(400, "{}"), (403, "{}"), (429, "{}")] {
            let result = ask(&input(), Response::new(status, body)).0;
            assert!(matches!(result, Err(ToolError::Answer(_))), "{status} {body}");
        }
        for (status, body) in [(200, "{}"), (200, ""), (500, "{}")] {
            let result = ask(&input(), Response::new(status, body)).0;
            assert!(matches!(result, Err(ToolError::OutcomeUnknown(_))), "{status} {body}");
        }
        assert!(matches!(ask(&input(), Response::new(401, "")).0, Err(ToolError::Unauthorized { .. })));
    }
}
