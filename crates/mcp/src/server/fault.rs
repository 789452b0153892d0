use std::borrow::Cow;

use deputy_error::{Explained, Explanation};
use serde_json::json;

use crate::protocol::{ClientCapabilities, Revision, RpcError, code};

/// Why a request of a client is not answered. The client reads a code of JSON-RPC; the sentence is for whoever reads its log.
#[derive(Debug, Clone, PartialEq, thiserror::Error, strum::EnumIter)]
pub enum Fault {
    /// No tool or prompt of that name, for this caller.
    #[error("There is no `{name}`.")]
    NotThere {
        /// As the client wrote it.
        name: String,
    },
    /// No resource at that address, for this caller.
    #[error("There is no resource at this address.")]
    NoResource {
        /// As the client wrote it.
        uri: String,
    },
    /// Parameters are missing or wrong.
    #[error("{problem}")]
    InvalidParams {
        /// A sentence.
        problem: Cow<'static, str>,
    },
    /// `requestState` is none of ours, of somebody else, of another call, or too old.
    #[error("The state of this request is not one that was given out for it.")]
    StateRefused,
    /// The client has to be able to do something that it did not say it can.
    #[error("The client does not say that it can what this request needs.")]
    MissingCapability(Box<ClientCapabilities>),
    /// The caller's token does not reach that far: 403, with this challenge (RFC 6750, 3).
    #[error("The access token does not allow this.")]
    Forbidden {
        /// Value of `WWW-Authenticate`.
        challenge: String,
    },
    /// A header `Mcp-Param-…` says something else than the arguments (2026-07-28).
    #[error("The header `{header}` does not say what the arguments say.")]
    HeaderMismatch {
        /// Its name.
        header: String,
    },
    /// This server has no such method.
    #[error("This server has no such method.")]
    NoMethod,
    /// It cannot be answered now. What failed is in the log, not here.
    #[error("The server cannot answer this now.")]
    Unavailable,
}

impl Fault {
    /// Parameters are missing or wrong.
    pub fn invalid(problem: impl Into<Cow<'static, str>>) -> Self {
        Self::InvalidParams { problem: problem.into() }
    }

    /// `cursor` is none that was given out.
    pub fn no_such_page() -> Self {
        Self::invalid("There is no such page: `cursor` has to be a `nextCursor` of before.")
    }

    /// The error as a client of that revision knows it.
    pub fn to_error(&self, revision: Revision) -> RpcError {
        let error = |code| RpcError::new(code, self.to_string());
        match self {
            Self::NotThere { .. } | Self::InvalidParams { .. } | Self::StateRefused => error(code::INVALID_PARAMS),
            Self::NoResource { uri } if revision.has_sessions() => {
                error(code::RESOURCE_NOT_FOUND).with_data(json!({ "uri": uri }))
            }
            Self::NoResource { uri } => error(code::INVALID_PARAMS).with_data(json!({ "uri": uri })),
            Self::MissingCapability(required) if !revision.has_sessions() => {
                error(code::MISSING_CLIENT_CAPABILITY).with_data(json!({ "requiredCapabilities": required }))
            }
            Self::MissingCapability(_) | Self::Forbidden { .. } => error(code::INVALID_REQUEST),
            Self::HeaderMismatch { .. } => error(code::HEADER_MISMATCH),
            Self::NoMethod => error(code::METHOD_NOT_FOUND),
            Self::Unavailable => error(code::INTERNAL_ERROR),
        }
    }

    /// The status of an answer that is this and nothing else.
    pub const fn status(&self, revision: Revision) -> u16 {
        match self {
            Self::Forbidden { .. } => 403,
            Self::NoMethod if !revision.has_sessions() => 404,
            Self::HeaderMismatch { .. } => 400,
            Self::MissingCapability(_) if !revision.has_sessions() => 400,
            _ => 200,
        }
    }
}

impl Explained for Fault {
    fn explanation(&self) -> Explanation<'_> {
        let (code, fix) = match self {
            Self::NotThere { .. } => {
                ("mcp_not_there", "Call a tool or prompt that `tools/list` or `prompts/list` shows to this caller")
            }
            Self::NoResource { .. } => {
                ("mcp_no_resource", "Read a resource that `resources/list` shows to this caller")
            }
            Self::InvalidParams { .. } => {
                ("mcp_invalid_params", "Send the parameters that the method, or the tool's schema, asks for")
            }
            Self::StateRefused => (
                "mcp_state_refused",
                "Send `requestState` back as it came, soon, in the same call of the same caller; or call anew",
            ),
            Self::MissingCapability(_) => {
                ("mcp_missing_capability", "Declare the capability in the client, or use a client that has it")
            }
            Self::Forbidden { .. } => {
                ("mcp_forbidden", "Ask for an access token with the scopes that `WWW-Authenticate` names")
            }
            Self::HeaderMismatch { .. } => (
                "mcp_header_mismatch",
                "Mirror the tool's parameters into the headers that its schema names by `x-mcp-header`",
            ),
            Self::NoMethod => ("mcp_no_method", "Call only methods of the capabilities that the server declares"),
            Self::Unavailable => ("mcp_unavailable", "Look into the Worker's log for what failed"),
        };
        let explanation = Explanation::new(code, self.to_string(), fix);
        if matches!(self, Self::Unavailable) { explanation.later() } else { explanation }
    }
}
