use serde::{Deserialize, Serialize};

use super::id::Id;

/// How much a log message matters (RFC 5424). Later ones matter more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LoggingLevel {
    /// For developers.
    Debug,
    /// What happens.
    Info,
    /// What is unusual.
    Notice,
    /// What may become an error.
    Warning,
    /// What failed.
    Error,
    /// A part does not work.
    Critical,
    /// Somebody has to act at once.
    Alert,
    /// Nothing works.
    Emergency,
}

/// What names the request whose progress is told: text or a whole number, chosen by who asks.
pub type ProgressToken = Id;

/// How far a request is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Grows with every telling.
    pub progress: f64,
    /// What it grows to, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<f64>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}
