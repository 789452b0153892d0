use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::account::authority::budgets::Counter;
use crate::account::core::{Core, Ports};
use crate::account::mcp_servers::McpTools;
use crate::account::request::AccountRequest;
use crate::account::sessions::{IDLE_MS, Session};
use crate::objects::Refusal;
use crate::platform::intl::zone_name_is_plausible;

/// A turn begins: who is it for, and may it run?
///
/// A turn that names a session gets that one or none. A scheduled task names none and gets the newest that is alive.
#[derive(Debug, Serialize, Deserialize)]
pub struct BeginTurn {
    /// Chat id.
    pub chat: String,
    /// Session that asked; none for a scheduled task.
    pub session: Option<String>,
    /// Model tokens that were used since the chat last told.
    #[serde(default)]
    pub spent: u64,
    /// What the chat knows of the user's MCP servers: [`McpTools::version`].
    #[serde(default)]
    pub servers_version: u64,
}

/// What a turn may know of its user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TurnContext {
    /// Session whose authority the turn uses; none when no session is alive.
    pub session: Option<String>,
    /// ID-token claims (name for the prompt), or the fields of a bearer's identity (UA-17); empty without a session.
    pub claims: Map<String, Value>,
    /// The user's IANA zone, if known.
    pub time_zone: Option<String>,
    /// Model tokens that are left of the day.
    pub tokens_left: u64,
    /// When the session ends if it is not used again, milliseconds; 0 without one.
    pub ends_at: u64,
    /// What the user's MCP servers offer, if it is not what the chat knows.
    #[serde(default)]
    pub servers: Option<McpTools>,
}

impl AccountRequest for BeginTurn {
    const NAME: &'static str = "begin_turn";
    type Reply = TurnContext;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<TurnContext, Refusal> {
        account.require_chat(&self.chat)?;
        if self.spent > 0 {
            account.count(Counter::Tokens, self.spent)?;
        }
        let tokens_left = account.left_today(Counter::Tokens, account.settings.limits.tokens_per_day)?;
        let session = account.session_for(self.session.as_deref())?;
        if let Some(session) = &session {
            // The chat may keep this answer, so it is told when the session ends.
            account.register_socket(&session.id, &self.chat)?;
        }
        let idle_at = account.ports.now().saturating_add(IDLE_MS);
        Ok(TurnContext {
            ends_at: session.as_ref().map_or(0, |session| session.expires_at.min(idle_at)),
            servers: account.offered_tools(self.servers_version)?,
            time_zone: account.meta(TIME_ZONE)?,
            claims: session.as_ref().map_or_else(Map::new, Session::claims),
            session: session.map(|session| session.id),
            tokens_left,
        })
    }
}

/// Counts model tokens against the user's day.
#[derive(Debug, Serialize, Deserialize)]
pub struct SpendTokens {
    /// Input and output tokens.
    pub tokens: u64,
}

impl AccountRequest for SpendTokens {
    const NAME: &'static str = "spend_tokens";
    type Reply = ();

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<(), Refusal> {
        account.count(Counter::Tokens, self.tokens)
    }
}

/// Stores the user's IANA zone; writes only when it changed.
#[derive(Debug, Serialize, Deserialize)]
pub struct SetTimeZone {
    /// For example `Europe/Berlin`.
    pub time_zone: String,
}

impl AccountRequest for SetTimeZone {
    const NAME: &'static str = "set_time_zone";
    type Reply = ();

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<(), Refusal> {
        if !zone_name_is_plausible(&self.time_zone) {
            return Err(Refusal::new(400, "time_zone_invalid", "This is not the name of a time zone."));
        }
        if account.meta(TIME_ZONE)?.as_deref() != Some(self.time_zone.as_str()) {
            account.set_meta(TIME_ZONE, &self.time_zone)?;
        }
        Ok(())
    }
}

/// Key of the `meta` table.
const TIME_ZONE: &str = "time_zone";
