use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A revision of the protocol, by its date. Later ones are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Revision {
    /// Sessions; structured results, elicitation by form.
    #[serde(rename = "2025-06-18")]
    V2025_06_18,
    /// Sessions; elicitation by URL, streams that may be polled.
    #[serde(rename = "2025-11-25")]
    V2025_11_25,
    /// Without sessions: every request says who asks and what it can.
    #[serde(rename = "2026-07-28")]
    V2026_07_28,
}

impl Revision {
    /// Every one that is spoken, the newest first.
    pub const ALL: [Self; 3] = [Self::V2026_07_28, Self::V2025_11_25, Self::V2025_06_18];
    /// Those that begin with `initialize`, the newest first.
    pub const WITH_SESSIONS: [Self; 2] = [Self::V2025_11_25, Self::V2025_06_18];

    /// Its date, as headers and messages have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2025_06_18 => "2025-06-18",
            Self::V2025_11_25 => "2025-11-25",
            Self::V2026_07_28 => "2026-07-28",
        }
    }

    /// True where a client begins with `initialize` and messages may go both ways.
    pub const fn has_sessions(self) -> bool {
        !matches!(self, Self::V2026_07_28)
    }

    /// True where a client that says so can be sent to an address (elicitation in mode `url`).
    pub const fn knows_url_elicitation(self) -> bool {
        !matches!(self, Self::V2025_06_18)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is no revision that is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a revision of the protocol that is spoken")]
pub struct UnknownRevision;

impl FromStr for Revision {
    type Err = UnknownRevision;

    fn from_str(text: &str) -> Result<Self, UnknownRevision> {
        Self::ALL.into_iter().find(|revision| revision.as_str() == text).ok_or(UnknownRevision)
    }
}
