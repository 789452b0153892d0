use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::json::ObjectWriter;

/// What an error text starts with that is an interrupt (agents-protocol.md 6.1).
pub const INTERRUPTION_PREFIX: &str = "AUTH0_AI_INTERRUPTION:";

/// Why a call waits for the user, in the form that the official React hooks read. None of it is secret: the identifier
/// that a pending authorization has at the tenant is not in here (`S-24`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Interrupt {
    /// A connected account is missing, or lacks scopes (`TV-08`).
    TokenVault {
        /// The connection's name at the tenant.
        connection: String,
        /// The scopes that the tool declares.
        scopes: Vec<String>,
        /// The scopes to ask for.
        required_scopes: Vec<String>,
        /// To be passed to the provider's consent (`TV-18`).
        authorization_params: Map<String, Value>,
        /// How the client goes on.
        behavior: InterruptBehavior,
    },
    /// Asked on the user's device; no answer yet.
    AsyncPending {
        /// What was asked.
        request: AsyncRequest,
        /// The letters that stand on the device too: an extra of ours.
        approval_code: String,
        /// What the device shows: an extra of ours.
        binding_message: String,
    },
    /// As pending, but the tenant wants to be asked less often.
    AsyncPolling {
        /// What was asked.
        request: AsyncRequest,
        /// Seconds until it may be asked again.
        retry_after: u64,
    },
    /// The user said no on the device.
    AsyncDenied(AsyncRequest),
    /// Nobody answered in time.
    AsyncExpired(AsyncRequest),
    /// The tenant does not know the request any more.
    AsyncInvalidGrant(AsyncRequest),
    /// The user has no device to ask on.
    AsyncNoPushNotifications,
    /// The session has ended: the call waits for a new login. A code of ours.
    SignIn,
    /// The call was cut off while it ran: it waits for somebody who knows whether it happened. A code of ours.
    OutcomeUnknown {
        /// The tool can look by itself.
        can_check: bool,
    },
}

/// How a client goes on after the user has done what was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InterruptBehavior {
    /// Answers the call.
    #[default]
    Resume,
    /// Asks for the whole answer again.
    Reload,
}

/// An authorization that was asked for on the user's device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsyncRequest {
    /// When, in milliseconds since the epoch (sent in whole seconds, as the official SDK does).
    pub requested_at: u64,
    /// Seconds from then until it ends.
    pub expires_in: u64,
    /// Seconds between two questions to the tenant.
    pub interval: u64,
}

/// The call that waits. All three members are always sent: without them an official client cannot answer.
#[derive(Clone, Copy, Debug)]
pub struct InterruptedCall<'a> {
    /// The call's identifier.
    pub id: &'a str,
    /// Its input.
    pub args: &'a Value,
    /// The tool's name.
    pub name: &'a str,
}

impl Interrupt {
    /// The stable code that client type guards look at.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TokenVault { .. } => "TOKEN_VAULT_ERROR",
            Self::AsyncPending { .. } => "ASYNC_AUTHORIZATION_AUTHORIZATION_PENDING",
            Self::AsyncPolling { .. } => "ASYNC_AUTHORIZATION_AUTHORIZATION_POLLING_ERROR",
            Self::AsyncDenied(_) => "ASYNC_AUTHORIZATION_ACCESS_DENIED",
            Self::AsyncExpired(_) => "ASYNC_AUTHORIZATION_AUTHORIZATION_REQUEST_EXPIRED",
            Self::AsyncInvalidGrant(_) => "ASYNC_AUTHORIZATION_INVALID_GRANT",
            Self::AsyncNoPushNotifications => "ASYNC_AUTHORIZATION_USER_DOES_NOT_HAVE_PUSH_NOTIFICATIONS",
            Self::SignIn => "DEPUTY_SIGN_IN",
            Self::OutcomeUnknown { .. } => "DEPUTY_OUTCOME_UNKNOWN",
        }
    }

    /// The error text that carries the interrupt to the client: the body of an error frame, with keys in the order of
    /// the official serializer (auth0-flows.md 3.8).
    ///
    /// `message` is the sentence for the user. `interrupt_id` names the pending call at the server; it also stands
    /// where the official SDK puts the tenant's own identifier of an authorization request.
    #[must_use]
    pub fn text(&self, message: &str, call: InterruptedCall<'_>, interrupt_id: &str) -> String {
        let mut writer = self.members(interrupt_id);
        let call = ObjectWriter::new().text("id", call.id).value("args", call.args).text("name", call.name).finish();
        let json = writer.text("message", message).raw("toolCall", &call).text("interruptId", interrupt_id).finish();
        [INTERRUPTION_PREFIX, &json].concat()
    }

    /// The same without the call, for a tool part, which is the call.
    #[must_use]
    pub fn object(&self, message: &str, interrupt_id: &str) -> Value {
        let json = self.members(interrupt_id).text("message", message).text("interruptId", interrupt_id).finish();
        serde_json::from_str(&json).unwrap_or_default()
    }

    fn members(&self, interrupt_id: &str) -> ObjectWriter {
        let mut writer = ObjectWriter::new();
        writer.text("name", "AUTH0_AI_INTERRUPT").text("code", self.code());
        match self {
            Self::TokenVault { connection, scopes, required_scopes, authorization_params, behavior } => writer
                .text("connection", connection)
                .texts("scopes", scopes)
                .texts("requiredScopes", required_scopes)
                .value("authorizationParams", &Value::Object(authorization_params.clone()))
                .text("behavior", behavior.as_str()),
            Self::AsyncPolling { request, retry_after } => {
                writer.raw("request", &request.json(interrupt_id)).number("retryAfter", *retry_after)
            }
            Self::AsyncPending { request, approval_code, binding_message } => writer
                .raw("request", &request.json(interrupt_id))
                .text("approvalCode", approval_code)
                .text("bindingMessage", binding_message),
            Self::AsyncDenied(request) | Self::AsyncExpired(request) | Self::AsyncInvalidGrant(request) => {
                writer.raw("request", &request.json(interrupt_id))
            }
            Self::AsyncNoPushNotifications => &mut writer,
            Self::SignIn => writer.text("behavior", InterruptBehavior::Resume.as_str()),
            Self::OutcomeUnknown { can_check } => writer.flag("canCheck", *can_check),
        };
        writer
    }
}

impl InterruptBehavior {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Resume => "resume",
            Self::Reload => "reload",
        }
    }
}

impl AsyncRequest {
    fn json(self, interrupt_id: &str) -> String {
        ObjectWriter::new()
            .text("id", interrupt_id)
            .number("requestedAt", self.requested_at / 1000)
            .number("expiresIn", self.expires_in)
            .number("interval", self.interval)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// `TV-08`, `TV-11`: every field of the official interrupt, in its order, and the whole call.
    #[test]
    fn token_vault() {
        let interrupt = Interrupt::TokenVault {
            connection: "google-oauth2".into(),
            scopes: vec!["cal".into()],
            required_scopes: vec!["openid".into(), "cal".into()],
            authorization_params: Map::new(),
            behavior: InterruptBehavior::Resume,
        };
        let args = json!({"date": "2026-01-01"});
        let call = InterruptedCall { id: "call_1", args: &args, name: "checkUsersCalendar" };
        assert_eq!(
            interrupt.text("Authorization required to access the Token Vault: google-oauth2.", call, "p1"),
            concat!(
                r#"AUTH0_AI_INTERRUPTION:{"name":"AUTH0_AI_INTERRUPT","code":"TOKEN_VAULT_ERROR","connection":"google-oauth2","#,
                r#""scopes":["cal"],"requiredScopes":["openid","cal"],"authorizationParams":{},"behavior":"resume","#,
                r#""message":"Authorization required to access the Token Vault: google-oauth2.","#,
                r#""toolCall":{"id":"call_1","args":{"date":"2026-01-01"},"name":"checkUsersCalendar"},"interruptId":"p1"}"#
            )
        );
    }

    /// `S-24`: the request's identifier is ours, and times are in seconds.
    #[test]
    fn approval_on_a_device() {
        let request = AsyncRequest { requested_at: 1_700_000_000_999, expires_in: 300, interval: 5 };
        let args = json!({"ticker": "ZEKO", "qty": 1});
        let call = InterruptedCall { id: "c", args: &args, name: "buyStock" };
        let polling = Interrupt::AsyncPolling { request, retry_after: 10 };
        let text = polling.text("m", call, "p1");
        let json: Value = serde_json::from_str(text.strip_prefix(INTERRUPTION_PREFIX).unwrap()).unwrap();
        assert_eq!(
            json["request"],
            json!({"id": "p1", "requestedAt": 1_700_000_000_u64, "expiresIn": 300, "interval": 5})
        );
        assert_eq!(json["retryAfter"], 10);
        assert_eq!(json["toolCall"]["args"], args);
        assert!(!text.contains("auth_req_id"));

        let codes = [
            (
                Interrupt::AsyncPending {
                    request,
                    approval_code: "WDJB-MJHT".to_owned(),
                    binding_message: "Do you want to buy 1 shares of ZEKO".to_owned(),
                },
                "ASYNC_AUTHORIZATION_AUTHORIZATION_PENDING",
            ),
            (Interrupt::AsyncDenied(request), "ASYNC_AUTHORIZATION_ACCESS_DENIED"),
            (Interrupt::AsyncExpired(request), "ASYNC_AUTHORIZATION_AUTHORIZATION_REQUEST_EXPIRED"),
            (Interrupt::AsyncInvalidGrant(request), "ASYNC_AUTHORIZATION_INVALID_GRANT"),
        ];
        for (interrupt, code) in codes {
            let text = interrupt.text("m", call, "p1");
            assert!(text.contains(&format!(r#""code":"{code}","request":{{"id":"p1""#)), "{text}");
            let shows_code = text.contains(r#""approvalCode":"WDJB-MJHT""#);
            assert_eq!(shows_code, code.ends_with("PENDING"), "{text}");
        }
        let none = Interrupt::AsyncNoPushNotifications.text("m", call, "p1");
        assert!(!none.contains("\"request\""), "{none}");
    }
}
