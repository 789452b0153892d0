use serde::{Deserialize, Serialize};

use super::relation::Relation;

/// What a tool does to the world. Every tool declares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Changes only the agent's own notes in this chat (a schedule), shown there and undone there.
    Own,
    /// Reads.
    Reads,
    /// Changes something outside that can be changed back.
    Writes,
    /// Sends something to somebody.
    Sends,
    /// Spends money.
    Spends,
}

impl Effect {
    /// The word the ledger and the cards use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Reads => "reads",
            Self::Writes => "writes",
            Self::Sends => "sends",
            Self::Spends => "spends",
        }
    }
}

/// One kind of authority a tool needs before it may run. Several combine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// Free and harmless.
    None,
    /// The user's own access token.
    Session,
    /// A provider's token on the user's behalf, by Token Vault.
    Vault {
        /// Auth0 connection name.
        connection: String,
        /// Scopes; may be empty (GitHub Apps have none).
        scopes: Vec<String>,
    },
    /// The user says yes in the chat.
    Confirmation,
    /// The user says yes on a trusted device (CIBA).
    Approval {
        /// API identifier.
        audience: String,
        /// Scopes.
        scopes: Vec<String>,
        /// What the device shows.
        binding_message: String,
        /// How long the user has, seconds; the tenant's choice if not said. More than 300 excludes push (AA-20).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        requested_expiry: Option<u32>,
    },
    /// The user stands in a relation to an object (OpenFGA, SD-10). It is asked before anybody is asked for anything, and again after
    /// every wait.
    Relation(Relation),
}

impl Authority {
    /// A short name for the ledger; holds no secret.
    pub fn describe(&self) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Session => "session".to_owned(),
            Self::Vault { connection, scopes } => {
                format!("vault:{connection} {}", scopes.join(" ")).trim_end().to_owned()
            }
            Self::Confirmation => "confirmation".to_owned(),
            Self::Approval { audience, scopes, .. } => format!("approval:{audience} {}", scopes.join(" ")),
            Self::Relation(Relation { relation, object, .. }) => format!("relation:{relation} {object}"),
        }
    }
}
