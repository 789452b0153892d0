//! A tool call of a caller. What needs no authority of the user's is answered at once; everything else is a call in the chat of that user
//! and client, where authority, questions and the ledger are those of every call.

use deputy_agent::{Effect, rfc3339};
use deputy_error::Explained as _;
use deputy_mcp::authorization::{Access, BearerChallenge, ChallengeError, metadata_url};
use deputy_mcp::protocol::{CallToolResult, Content, ElicitAction};
use deputy_mcp::server::{Answer, Fault, ToolAnswer, ToolCall};
use deputy_wire::CallOutcomeKind;
use serde_json::{Value, json};

use super::audit::ToolCalled;
use super::caller::McpCaller;
use super::outcome::{self, Asker, CONFIRM, OPEN};
use super::product::Product;
use super::state::CallState;
use super::tools::{self, Simple};
use crate::account;
use crate::account::chats::{OpenConversation, OwnsChat};
use crate::chat::{self, Identity, Invoke, ProgramAnswer};
use crate::objects::Refusal;

/// A call that is asked for again while it waits is waited for this long, milliseconds.
const PATIENCE_MS: u64 = 15_000;
/// The same once the user has gone where it is answered.
const PATIENCE_AFTER_A_VISIT_MS: u64 = 45_000;

/// Codes of a call that has not ended, in the log.
const RUNNING: &str = "running";
const NOT_NOW: &str = "not_now";

/// Calls a tool. How it ended is in the log, whatever it was (MC-35).
pub async fn call(product: &Product, call: ToolCall) -> Result<ToolAnswer, Fault> {
    let taken = taken(product, &call).await;
    let code = taken.as_ref().map_or_else(Untaken::code, |(_, code)| code);
    ToolCalled { id: &product.id, caller: &product.caller, tool: &call.name, code }.log();
    taken.map_or_else(Untaken::answer, |(answer, _)| Ok(answer))
}

async fn taken(product: &Product, call: &ToolCall) -> Taken {
    match product.caller.may(tools::scopes_of(&call.name)) {
        Access::Allowed => {}
        Access::StepUp(scopes) => return Err(step_up(product, &scopes).into()),
        Access::Hidden => return Err(Fault::NotThere { name: call.name.clone() }.into()),
    }
    match Simple::named(&call.name) {
        Some(simple) => answered(product, simple).await,
        None => in_the_chat(product, call).await,
    }
}

/// 403 with every scope that is needed.
pub fn step_up(product: &Product, scopes: &[String]) -> Fault {
    let resource_metadata = metadata_url(&product.settings.mcp.server_url);
    let error = Some(ChallengeError::InsufficientScope);
    let challenge = BearerChallenge { resource_metadata: &resource_metadata, error, description: None, scopes };
    Fault::Forbidden { challenge: challenge.header() }
}

async fn answered(product: &Product, simple: Simple) -> Taken {
    let result = match simple {
        Simple::GetCurrentTime => CallToolResult::text(rfc3339(product.now, 0)),
        Simple::WhoAmI => {
            let identity = who(&product.caller);
            CallToolResult {
                content: vec![Content::text(format!("{identity:#}"))],
                structured_content: Some(identity),
                ..CallToolResult::default()
            }
        }
    };
    let code = CallOutcomeKind::Completed.as_str();
    let called = ToolCalled { id: &product.id, caller: &product.caller, tool: simple.name(), code };
    called.record(Effect::Reads, &product.env).await.map_err(|_| Fault::Unavailable)?;
    Ok((Answer::Done(result), code.to_owned()))
}

/// MC-10: whose token it is, and what it allows.
fn who(caller: &McpCaller) -> Value {
    let text = |name: &str| caller.identity.get(name).and_then(Value::as_str);
    json!({
        "sub": caller.subject,
        "client_id": caller.client_id,
        "name": text("name"),
        "email": text("email"),
        "scopes": caller.scopes,
        "permissions": caller.permissions,
    })
}

/// The answer, and the code of how the call stands.
type Taken = Result<(ToolAnswer, String), Untaken>;

/// Why a call was not made.
#[derive(Debug, thiserror::Error)]
enum Untaken {
    /// The client is told by the protocol.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// Its model is told.
    #[error(transparent)]
    Refusal(#[from] Refusal),
}

impl Untaken {
    fn code(&self) -> &str {
        match self {
            Self::Fault(fault) => fault.code(),
            Self::Refusal(refusal) => &refusal.code,
        }
    }

    /// Nothing was run.
    fn answer(self) -> Result<ToolAnswer, Fault> {
        match self {
            Self::Fault(fault) => Err(fault),
            Self::Refusal(refusal) => Ok(Answer::Done(CallToolResult::failed(refusal.message.clone()))),
        }
    }
}

async fn in_the_chat(product: &Product, call: &ToolCall) -> Taken {
    let state = call.inputs.state.as_deref().map(CallState::read).transpose()?;
    let said = Said::of(call);
    let chat = match &state {
        Some(state) => own_chat(product, &state.chat).await?,
        None => open_chat(product, None).await?,
    };
    if said == Said::Later {
        let answer = outcome::not_now(&call.name, &address_of(product, &chat));
        return Ok((Answer::Done(answer), NOT_NOW.to_owned()));
    }
    let mut invoke = invoke(product, call, &chat, state.as_ref(), said);
    let mut asked = chat::ask(&product.env, &chat, &invoke).await;
    if asked.as_ref().is_err_and(|refusal| refusal.code == "chat_full") {
        let chat = open_chat(product, Some(chat)).await?;
        invoke.identity.chat.clone_from(&chat);
        asked = chat::ask(&product.env, &chat, &invoke).await;
    }
    let invoked = match asked {
        Err(refusal) if refusal.code == "call_gone" && state.is_some() => return Err(Fault::StateRefused.into()),
        asked => asked?,
    };
    let chat = &invoke.identity.chat;
    let (capabilities, name) = (&call.client.capabilities, product.caller.client_name());
    let answer = outcome::answer(&invoked, Asker { capabilities, name, chat, address: &address_of(product, chat) });
    let code = invoked.part.status.map_or_else(|| RUNNING.to_owned(), |status| status.code);
    Ok((answer, code))
}

fn invoke(product: &Product, call: &ToolCall, chat: &str, state: Option<&CallState>, said: Said) -> Invoke {
    let caller = &product.caller;
    let answer =
        state.and_then(|state| Some(ProgramAnswer { pending: state.pending.clone(), approved: said.answer()? }));
    Invoke {
        identity: Identity {
            sub: caller.subject.clone(),
            session: Some(caller.session.clone()),
            exp: caller.expires_at,
            chat: chat.to_owned(),
            servers_version: None,
        },
        call: state.map(|state| state.call.clone()),
        tool: call.name.clone(),
        input: Value::Object(call.arguments.clone()),
        client: caller.client_name().to_owned(),
        program: conversation_of(caller),
        answer,
        patience_ms: if said == Said::Visited { PATIENCE_AFTER_A_VISIT_MS } else { PATIENCE_MS },
    }
}

fn address_of(product: &Product, chat: &str) -> String {
    format!("{}/c/{chat}", product.settings.base_url)
}

/// The chat of a call that was begun before. A chat that is not the caller's is not touched.
async fn own_chat(product: &Product, chat: &str) -> Result<String, Fault> {
    let owns = OwnsChat { chat: chat.to_owned() };
    match account::ask(&product.env, &product.caller.account, &owns).await {
        Ok(true) => Ok(chat.to_owned()),
        Ok(false) => Err(Fault::StateRefused),
        Err(_) => Err(Fault::Unavailable),
    }
}

/// The chat of this user, client and organisation; another one where that is full.
async fn open_chat(product: &Product, instead_of: Option<String>) -> Result<String, Refusal> {
    let caller = &product.caller;
    let open = OpenConversation {
        name: Some(conversation_of(caller)),
        begin: true,
        title: Some(format!("Calls by {}", caller.client_name())),
        instead_of,
    };
    account::ask(&product.env, &caller.account, &open).await.map(|chat| chat.id)
}

/// What the chat is called. Ids of organisations have no spaces.
fn conversation_of(caller: &McpCaller) -> String {
    match caller.organisation() {
        Some(organisation) => format!("mcp-organization:{organisation} {}", caller.client_id),
        None => format!("mcp:{}", caller.client_id),
    }
}

/// What the user said where the client asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    /// Nothing was asked, or nothing of ours.
    Nothing,
    /// To a yes or no.
    Answered(bool),
    /// They have gone to the address.
    Visited,
    /// They did not want to be asked now.
    Later,
}

impl Said {
    fn of(call: &ToolCall) -> Self {
        let said = |name: &str| call.inputs.responses.get(name).and_then(|response| response.elicitation().ok());
        if let Some(form) = said(CONFIRM) {
            let yes = form.content.as_ref().and_then(|content| content.get(outcome::YES)).and_then(Value::as_bool);
            return match (form.action, yes) {
                (ElicitAction::Accept, Some(yes)) => Self::Answered(yes),
                (ElicitAction::Decline, _) => Self::Answered(false),
                (ElicitAction::Accept | ElicitAction::Cancel, _) => Self::Later,
            };
        }
        match said(OPEN).map(|opened| opened.action) {
            Some(ElicitAction::Accept) => Self::Visited,
            Some(ElicitAction::Decline | ElicitAction::Cancel) => Self::Later,
            None => Self::Nothing,
        }
    }

    fn answer(self) -> Option<bool> {
        match self {
            Self::Answered(yes) => Some(yes),
            Self::Nothing | Self::Visited | Self::Later => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use deputy_mcp::protocol::{InputResponse, Object, Revision};
    use deputy_mcp::server::{Client, Inputs};

    use super::*;
    use crate::mcp::caller::testing::caller;

    fn said(responses: &[(&str, Value)]) -> Said {
        let responses =
            responses.iter().map(|(name, value)| ((*name).to_owned(), InputResponse(value.clone()))).collect();
        Said::of(&ToolCall {
            name: "greet".to_owned(),
            arguments: Object::new(),
            inputs: Inputs { responses, state: None },
            client: Client { revision: Revision::V2026_07_28, capabilities: Default::default(), implementation: None },
            meta: Object::new(),
        })
    }

    /// Only a plain yes is one.
    #[test]
    fn what_the_user_said() {
        for (answer, meant) in [
            (json!({"action": "accept", "content": {"confirm": true}}), Said::Answered(true)),
            (json!({"action": "accept", "content": {"confirm": false}}), Said::Answered(false)),
            (json!({"action": "decline"}), Said::Answered(false)),
            (json!({"action": "decline", "content": {"confirm": true}}), Said::Answered(false)),
            (json!({"action": "cancel"}), Said::Later),
            (json!({"action": "accept"}), Said::Later),
            (json!({"action": "accept", "content": {"confirm": "true"}}), Said::Later),
            (json!({"action": "accept", "content": {"yes": true}}), Said::Later),
            (json!({"confirm": true}), Said::Nothing),
            (json!(true), Said::Nothing),
        ] {
            assert_eq!(said(&[(CONFIRM, answer.clone())]), meant, "{answer}");
        }
        assert_eq!(said(&[(OPEN, json!({"action": "accept"}))]), Said::Visited);
        assert_eq!(said(&[(OPEN, json!({"action": "decline"}))]), Said::Later);
        assert_eq!(said(&[("other", json!({"action": "accept"}))]), Said::Nothing);
        assert_eq!(said(&[]), Said::Nothing);
    }

    /// MC-35: also what was not made is told apart in the log, whichever way the client is told.
    #[test]
    fn mc_35_a_call_that_was_not_made_has_its_code() {
        let fault = Untaken::from(Fault::StateRefused);
        assert_eq!(fault.code(), Fault::StateRefused.code());
        assert!(matches!(fault.answer(), Err(Fault::StateRefused)));
        let refusal = Untaken::from(Refusal::new(429, "chat_busy", "Later."));
        assert_eq!(refusal.code(), "chat_busy");
        assert!(matches!(refusal.answer(), Ok(Answer::Done(result)) if result.is_error));
    }

    /// Issue 13: what was called for one organisation is in another chat than what is called for another, and no other's program's.
    #[test]
    fn every_client_has_a_chat_in_each_organisation() {
        let name = |client: &str, organisation: Option<&str>| {
            let mut caller = caller(&[], None);
            caller.client_id = client.to_owned();
            caller.identity.extend(organisation.map(|id| ("org_id".to_owned(), json!(id))));
            conversation_of(&caller)
        };
        let names = [name("a", None), name("a", Some("org_1")), name("a", Some("org_2")), name("b", Some("org_1"))];
        for (index, one) in names.iter().enumerate() {
            assert!(names.iter().skip(index + 1).all(|other| other != one), "{one}");
        }
    }

    /// MC-10: the identity of the token, and no token.
    #[test]
    fn mc_10_who_it_is() {
        let shown = who(&caller(&["tool:whoami"], Some(&["tool:whoami"])));
        assert_eq!(shown["sub"], "auth0|ana");
        assert_eq!(shown["scopes"], json!(["tool:whoami"]));
        assert_eq!(shown["permissions"], json!(["tool:whoami"]));
    }
}
