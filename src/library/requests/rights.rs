//! Who may what: shares, who can see something, and the relation that a tool asks for.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::person::Person;

/// A document or a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// A document.
    Document,
    /// A folder, and by it what is in it.
    Folder,
}

/// Shares a document or a folder.
#[derive(Debug, Serialize, Deserialize)]
pub struct ShareDocument {
    /// Who asks.
    pub who: Person,
    /// What it is.
    pub kind: ItemKind,
    /// Its id.
    pub id: String,
    /// With whom.
    pub with: ShareWith,
}

/// With whom something is shared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShareWith {
    /// Everybody who is signed in.
    Everybody,
    /// Whoever has this e-mail address, verified, now or later.
    Email(String),
}

/// A share. The same whether or not somebody with that address has an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareView {
    /// Id of the share.
    pub id: String,
    /// With whom.
    pub with: ShareWith,
    /// Since when, milliseconds.
    pub created_at: u64,
}

/// The shares of a document or a folder, for its owner.
#[derive(Debug, Serialize, Deserialize)]
pub struct ListShares {
    /// Who asks.
    pub who: Person,
    /// What it is.
    pub kind: ItemKind,
    /// Its id.
    pub id: String,
}

/// Ends a share.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemoveShare {
    /// Who asks.
    pub who: Person,
    /// What it is.
    pub kind: ItemKind,
    /// Its id.
    pub id: String,
    /// Id of the share.
    pub share: String,
}

/// Who can see a document or a folder, and why; for its owner.
#[derive(Debug, Serialize, Deserialize)]
pub struct WhoCanSee {
    /// Who asks.
    pub who: Person,
    /// What it is.
    pub kind: ItemKind,
    /// Its id.
    pub id: String,
}

/// Who can see something.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    /// Everybody who can.
    pub people: Vec<Viewer>,
}

/// Somebody who can see something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    /// Name, e-mail address or "Everybody".
    pub who: String,
    /// Reasons, each a phrase: "owner", "shared with", "by folder …".
    pub why: Vec<String>,
}

/// Has whoever asks this relation to that object? For the authority of tools.
#[derive(Debug, Serialize, Deserialize)]
pub struct CheckRelation {
    /// Who asks: the user of the question.
    pub who: Person,
    /// `can_view`.
    pub relation: String,
    /// `doc:roadmap`.
    pub object: String,
    /// What conditions are told.
    pub context: Option<Map<String, Value>>,
}

/// The answer. What could not be checked is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationChecked {
    /// Yes or no.
    pub allowed: bool,
    /// True if it is no because it could not be checked.
    pub unchecked: bool,
}
