//! The part of [`call`](super::call) that is about connected accounts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Starts the Connected Accounts flow.
#[derive(Debug, Serialize, Deserialize)]
pub struct StartConnect {
    /// Session id.
    pub session: String,
    /// Connection name.
    pub connection: String,
    /// Scopes to ask for.
    pub scopes: Vec<String>,
    /// Same-origin path to return to.
    pub return_to: String,
    /// Goes to `authorization_params` (TV-18).
    pub parameters: BTreeMap<String, String>,
}

/// Answer to `StartConnect`.
#[derive(Debug, Serialize, Deserialize)]
pub struct ConnectStarted {
    /// Where the browser goes.
    pub redirect: String,
}

/// Answer to `CompleteConnect`.
#[derive(Debug, Serialize, Deserialize)]
pub struct ConnectCompleted {
    /// Same-origin path to return to.
    pub return_to: String,
    /// Connection name.
    pub connection: String,
    /// What became of it.
    pub outcome: ConnectOutcome,
}

/// How a Connected Accounts flow ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectOutcome {
    /// The account is connected and in use.
    Connected,
    /// The user cancelled, or the provider refused.
    Cancelled,
    /// Another account than the one in use, or than the one asked for. Nothing was replaced: the user chooses.
    OtherAccount,
}

/// A connected account as `GET /api/connections` shows it (docs/api.md).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionEntry {
    /// `cac_…`
    pub id: String,
    /// Connection name.
    pub connection: String,
    /// The account at the provider, where it is known: it was asked for by `login_hint`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<String>,
    /// Granted scopes.
    pub scopes: Vec<String>,
    /// When, RFC 3339.
    pub created_at: String,
    /// Last time a tool used it, milliseconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_used: Option<u64>,
    /// True for the account that tools use. False while the user has to choose between this one and another.
    pub in_use: bool,
    /// `good`, `unused`, or the code of what went wrong when it was last used.
    pub health: String,
    /// Chats that used it, the last one first.
    pub used_by: Vec<UsedBy>,
}

/// A chat whose tools used a connection.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UsedBy {
    /// Chat id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// True if it has scheduled tasks, which may use the connection too.
    pub scheduled: bool,
}

/// Answer to `Disconnect`: what was done, in order.
#[derive(Debug, Serialize, Deserialize)]
pub struct Disconnected {
    /// The steps.
    pub steps: Vec<DisconnectStep>,
}

/// One thing that a disconnect does.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisconnectStep {
    /// `provider_revoked`, `vault_entry_deleted`, `tokens_dropped`.
    pub step: String,
    /// `done`, `failed`, `not_possible`.
    pub outcome: String,
}
