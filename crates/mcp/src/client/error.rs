use std::borrow::Cow;

use deputy_error::{Explained, Explanation};
use deputy_http::TransportError;
use serde_json::Value;
use strum::EnumIter;

use crate::client::authorization::Challenge;
use crate::protocol::RpcError;

/// Why a server did not do what was asked of it.
#[derive(Debug, Clone, PartialEq, thiserror::Error, EnumIter)]
pub enum ClientError {
    /// `401`: there is no token, or it is not good any more. Refresh it; if that was done, log in again.
    #[error("the server wants a token")]
    Unauthorized(Challenge),
    /// `403` with `insufficient_scope`: the token is good and not enough. Log in again with more scopes (step-up).
    #[error("the server wants more permission")]
    InsufficientScope(Challenge),
    /// Another status than the protocol has.
    #[error("the server answered {status}")]
    Status {
        /// HTTP status.
        status: u16,
    },
    /// An error of JSON-RPC.
    #[error("{message} ({code})")]
    Refused {
        /// [`code`](crate::protocol::code), or one of the server's own.
        code: i64,
        /// In the server's words, which are not to be believed.
        message: String,
        /// What it adds.
        data: Option<Value>,
    },
    /// The server speaks revisions only that are not spoken here.
    #[error("the server speaks no revision of the protocol that is spoken here")]
    UnsupportedRevision,
    /// What came is no message of the protocol, or no result of its method.
    #[error("the answer to {method} cannot be read")]
    Malformed {
        /// The method.
        method: Cow<'static, str>,
    },
    /// The connection ended before the answer came. Whether the server did what was asked is not known.
    #[error("the server closed the connection before it answered")]
    Ended,
    /// The server has ended the session, and a new one as well.
    #[error("the server has ended the session")]
    SessionEnded,
    /// The server redirects to another origin.
    #[error("the server redirects elsewhere")]
    Redirected,
    /// The server asks again and again.
    #[error("the server asked for something more than {limit} times")]
    TooManyRounds {
        /// How often it may.
        limit: usize,
    },
    /// The server lists pages without end, or more than can be kept.
    #[error("the server's list is longer than {limit}")]
    TooLong {
        /// How many there may be.
        limit: usize,
    },
    /// The server asked for something in the course of the call, and the host refused it.
    #[error("the server was refused what it asked for")]
    Declined,
    /// The host stopped it.
    #[error("stopped")]
    Cancelled,
    /// The server cannot be reached.
    #[error("the server cannot be reached")]
    Unreachable,
    /// The server said nothing for too long.
    #[error("the server did not answer in time")]
    TimedOut,
    /// The answer is larger than it may be.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// Limit in bytes.
        limit: usize,
    },
}

const NOT_MCP: &str = "That address does not answer as an MCP server does.";
const TRIES: &str = "The MCP server cannot be reached at the moment.";

impl Explained for ClientError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::Unauthorized(_) => Explanation::new(
                "mcp_unauthorized",
                "Please connect this MCP server: it wants to know who you are.",
                "Refresh the token, or log in; the challenge says with which scopes.",
            ),
            Self::InsufficientScope(_) => Explanation::new(
                "mcp_insufficient_scope",
                "This MCP server needs more permission for that. You can give it by connecting again.",
                "Log in again; the scopes of the challenge are added to those there are.",
            ),
            Self::Status { status } => {
                let fails = matches!(status, 429 | 500..);
                let explanation = Explanation::new(
                    "mcp_status",
                    if fails { TRIES } else { NOT_MCP },
                    "See the status; the protocol has 200, 202, 400, 401, 403, 404 and 405.",
                );
                if fails { explanation.later() } else { explanation }
            }
            Self::Refused { .. } => Explanation::new(
                "mcp_refused",
                "The MCP server refused the request.",
                "See code and message, which are the server's.",
            ),
            Self::UnsupportedRevision => Explanation::new(
                "mcp_unsupported_revision",
                "This MCP server is too old or too new for this application.",
                "Spoken are 2026-07-28, 2025-11-25, 2025-06-18, and servers that know 2025-03-26 or 2024-11-05 only.",
            ),
            Self::Malformed { .. } => Explanation::new(
                "mcp_malformed",
                NOT_MCP,
                "See the method; its result does not fit the protocol's schema.",
            ),
            Self::Ended => Explanation::new(
                "mcp_ended",
                "The MCP server broke off. Whether it did what was asked is not known.",
                "The stream ended without a response and could not be resumed.",
            ),
            Self::SessionEnded => {
                Explanation::new("mcp_session_ended", TRIES, "The server answers 404 to sessions it has just made.")
                    .later()
            }
            Self::Redirected => Explanation::new(
                "mcp_redirected",
                "This MCP server has moved. Enter its new address.",
                "Redirects are followed within the server's own origin, with 307 and 308 only: a token goes nowhere else.",
            ),
            Self::TooManyRounds { .. } => Explanation::new(
                "mcp_too_many_rounds",
                "The MCP server kept asking. It was stopped.",
                "The server answers input_required to each answer.",
            ),
            Self::TooLong { .. } => Explanation::new(
                "mcp_list_too_long",
                "This MCP server lists more than this application takes.",
                "Page through fewer items, or offer fewer tools.",
            ),
            Self::Declined => Explanation::new(
                "mcp_declined",
                "The MCP server asked for something that is not allowed, so the call was stopped.",
                "Sampling and roots are off unless they are allowed for the server.",
            ),
            Self::Cancelled => Explanation::new("mcp_cancelled", "Stopped.", "None: the user or the host stopped it."),
            Self::Unreachable => {
                Explanation::new("mcp_unreachable", TRIES, "Check that the server's host answers.").later()
            }
            Self::TimedOut => Explanation::new(
                "mcp_timed_out",
                "The MCP server did not answer in time.",
                "Long calls have to send progress, or a comment line, within the time that silence may last.",
            )
            .later(),
            Self::TooLarge { .. } => Explanation::new(
                "mcp_too_large",
                "The answer of the MCP server is too large.",
                "Answer with less, or with a link to a resource.",
            ),
        }
    }
}

impl From<TransportError> for ClientError {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::Unreachable { .. } => Self::Unreachable,
            TransportError::TimedOut { .. } => Self::TimedOut,
            TransportError::TooLarge { limit, .. } => Self::TooLarge { limit },
            TransportError::Aborted => Self::Cancelled,
        }
    }
}

impl From<RpcError> for ClientError {
    fn from(error: RpcError) -> Self {
        Self::Refused { code: error.code, message: error.message, data: error.data }
    }
}
