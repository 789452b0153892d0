use std::borrow::Cow;

use deputy_error::{Explained, Explanation};
use serde::{Deserialize, Serialize};
use strum::EnumIter;

/// Why a tool of an MCP server gave no result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error, EnumIter)]
#[serde(rename_all = "snake_case")]
#[error("{}", self.user_message())]
pub enum ServerProblem {
    /// The user has removed the server, or it never was.
    Unknown,
    /// The user has paused the server.
    Paused,
    /// The user blocks the tool.
    Blocked,
    /// It is not the tool that the user looked at.
    Changed,
    /// The server wants a log-in.
    LogInNeeded,
    /// The log-in is good and does not allow this.
    MorePermissionNeeded,
    /// The server wants the user to open a page first. The chat shows its address.
    AsksForPage {
        /// The address, public https and not longer than that of a server.
        url: String,
    },
    /// The server wants something of the user in the middle of a call that Deputy does not give (a form, a model's answer).
    AsksForMore,
    /// It refused the call, or does not know the tool (a JSON-RPC error): its code.
    Refused {
        /// JSON-RPC error code.
        code: i64,
    },
    /// It did not answer in time.
    Slow,
    /// It cannot be reached, or fails.
    Down,
    /// Its answer is larger than Deputy reads.
    TooLarge,
    /// What it answers is no MCP.
    Malformed,
    /// The address is one that Deputy does not ask.
    AddressRefused,
    /// The chat is not the user's, or the call was not granted.
    NotGranted,
}

impl Explained for ServerProblem {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::Unknown => said(
                "mcp_server_unknown",
                "This server is not among yours any more.",
                "Nothing: the user adds it again under Tools & servers.",
            ),
            Self::Paused => said(
                "mcp_server_paused",
                "This server is paused. It can be started again under Tools & servers.",
                "Nothing: the user starts it again.",
            ),
            Self::Blocked => said(
                "mcp_tool_blocked",
                "This tool is blocked under Tools & servers.",
                "Nothing: the user allows it there.",
            ),
            Self::Changed => said(
                "mcp_tool_changed",
                "The server has changed this tool since you looked at it, so it was not called. Look at the difference under Tools & servers.",
                "Nothing: the user looks at the difference, and accepts it or not.",
            ),
            Self::LogInNeeded => said(
                "mcp_login_needed",
                "This server wants you to log in. You can do so under Tools & servers.",
                "Nothing: the user logs in to the server.",
            ),
            Self::MorePermissionNeeded => said(
                "mcp_more_permission",
                "More permission is needed for this: allow it under Tools & servers.",
                "Nothing: the user allows more. If the server asks again and again, its scopes are wrong.",
            ),
            Self::AsksForPage { url } => said(
                "mcp_server_asks",
                format!("The server wants you to open a page first: {url}"),
                "Nothing: the user decides whether to open it.",
            ),
            Self::AsksForMore => said(
                "mcp_server_asks_more",
                "The server asks for something in the middle of the call that cannot be given here.",
                "Deputy answers neither forms nor sampling of a server: docs/how-to/mcp-servers.md.",
            ),
            Self::Refused { code } => said(
                "mcp_call_refused",
                format!("The server refused the call (error {code})."),
                "Look at the server's own log.",
            ),
            Self::Slow => said("mcp_server_slow", "The server did not answer in time.", "Look at the server.").later(),
            Self::Down => said(
                "mcp_server_down",
                "The server cannot be reached at the moment.",
                "Look at the server, and at its address.",
            )
            .later(),
            Self::TooLarge => said(
                "mcp_answer_too_large",
                "The server's answer is too large to be used here.",
                "Ask the server for less.",
            ),
            Self::Malformed => said(
                "mcp_server_malformed",
                "The server's answer could not be understood.",
                "Is the address that of an MCP server with Streamable HTTP?",
            ),
            Self::AddressRefused => said(
                "mcp_address_refused",
                "This is no address of a server on the internet: https and a public name.",
                "Private and metadata addresses are never asked; http on a loopback name only with DEPUTY_DEV=1.",
            ),
            Self::NotGranted => said(
                "mcp_call_not_granted",
                "This call was not granted, so it was not made.",
                "A call is made once, by the chat that was granted it.",
            ),
        }
    }
}

fn said<'a>(code: &'static str, message: impl Into<Cow<'a, str>>, fix: &'static str) -> Explanation<'a> {
    Explanation::new(code, message, fix)
}
