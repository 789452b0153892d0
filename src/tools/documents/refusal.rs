//! What the tools for documents say where there is no answer.

use deputy_agent::{Problem, ToolError};

use super::library::NoAnswer;

/// Nobody is signed in (RG-08).
pub const NO_USER: &str = "There is no user logged in.";

/// There is no library (RG-08).
pub const NO_LIBRARY: &str = "There is no vector store.";

/// Denied on any error, and said so.
pub const UNCHECKED: &str = "What the user may see could not be checked everywhere. What could not be checked is left out; asking again later may help.";

/// Reading failed.
pub fn read_failed(problem: Problem) -> ToolError {
    ToolError::Refused { code: "documents_unavailable", message: problem.message }
}

/// Something was to be changed, and the library did not do it, or nobody knows.
pub fn change_failed(no: NoAnswer) -> ToolError {
    match no {
        NoAnswer::Missing => ToolError::Answer(NO_LIBRARY.to_owned()),
        NoAnswer::Lost(problem) => ToolError::OutcomeUnknown(problem.message),
        NoAnswer::Refused(problem) => ToolError::Refused { code: "documents_refused", message: problem.message },
    }
}
