use std::collections::BTreeMap;

use deputy_agent::{Authority, Effect};
use serde::{Deserialize, Serialize};

use crate::objects::TokenEnvelope;

/// A tool call asks for its authority.
#[derive(Debug, Serialize, Deserialize)]
pub struct ObtainAuthority {
    /// Chat id.
    pub chat: String,
    /// Tool call id.
    pub call_id: String,
    /// Tool name.
    pub tool: String,
    /// What the tool does to the world.
    pub effect: Effect,
    /// Digest of tool, canonical input and account.
    pub digest: String,
    /// Session of the turn.
    pub session: Option<String>,
    /// What is needed; only `Session`, `Vault` and `Approval` need credentials.
    pub authority: Vec<Authority>,
}

/// What a tool call got.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Obtained {
    /// Everything is there.
    Granted {
        /// Provider tokens by connection name.
        vault: BTreeMap<String, TokenEnvelope>,
        /// The user's own access token.
        session: Option<TokenEnvelope>,
        /// The token of the approval on the user's device.
        approval: Option<TokenEnvelope>,
    },
    /// The user has to connect an account (or grant more).
    NeedsConnection {
        /// Connection name.
        connection: String,
        /// Scopes that are missing.
        missing: Vec<String>,
        /// Scopes to ask for: what is granted and what is missing.
        required: Vec<String>,
    },
    /// The session has ended: sign in again.
    SessionEnded {},
    /// It cannot be had now; the model and the user are told why.
    Refused {
        /// Stable code.
        code: String,
        /// Sentence for the user.
        message: String,
    },
}
