//! Log lines.

use deputy_error::Explained;
use serde::Serialize;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The ordinary course.
    Info,
    /// Somebody was refused, or another party failed.
    Warn,
    /// Deputy itself failed.
    Error,
}

/// One log line. Every field is from a closed set, an identifier or a number: there is no place for a query string, a header,
/// a body or a token (S-21).
#[derive(Debug, Clone, Serialize)]
pub struct Line<'a> {
    /// Level.
    pub level: Level,
    /// What happened, for example `request`.
    pub event: &'a str,
    /// Correlation id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'a str>,
    /// Route template, never the path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<&'a str>,
    /// Request method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<&'a str>,
    /// HTTP status of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Stable code of the refusal or failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'a str>,
    /// Duration in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// The user (`sub`) of an MCP client's tool call (MC-35).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<&'a str>,
    /// The client of such a call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<&'a str>,
    /// The tool of such a call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<&'a str>,
    /// For the developer: which setting, which table, which host. Never user data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<&'a str>,
}

impl<'a> Line<'a> {
    /// A line with nothing but its event.
    pub fn new(level: Level, event: &'a str) -> Self {
        Self {
            level,
            event,
            id: None,
            route: None,
            method: None,
            status: None,
            code: None,
            ms: None,
            subject: None,
            client: None,
            tool: None,
            detail: None,
        }
    }

    /// The line as JSON.
    pub fn json(&self) -> String {
        deputy_http::json::write(self)
    }

    /// Writes the line to the Worker's console.
    pub fn write(&self) {
        // Native tests have no such console.
        if cfg!(not(target_arch = "wasm32")) {
            return;
        }
        let text = self.json();
        match self.level {
            Level::Info => worker::console_log!("{text}"),
            Level::Warn => worker::console_warn!("{text}"),
            Level::Error => worker::console_error!("{text}"),
        }
    }
}

/// Writes a line of an event with a stable code and a hint for the developer, as far as there are any.
pub fn note(level: Level, event: &str, code: Option<&str>, detail: Option<&str>) {
    Line { code, detail, ..Line::new(level, event) }.write();
}

/// Writes a line of an event about an error, with its code and the fix for the developer.
pub fn note_error(level: Level, event: &str, error: &dyn Explained) {
    note(level, event, Some(error.code()), Some(&error.developer_fix()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_21_a_line_is_one_json_object_without_empty_fields() {
        let line = Line { route: Some("/auth/callback"), status: Some(302), ..Line::new(Level::Info, "request") };
        assert_eq!(line.json(), r#"{"level":"info","event":"request","route":"/auth/callback","status":302}"#);
    }
}
