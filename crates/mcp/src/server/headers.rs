use http::HeaderMap;

/// Header of the revision.
pub(super) const VERSION: &str = "mcp-protocol-version";

/// Header of a session's id.
pub const SESSION: &str = "mcp-session-id";

/// Why a header is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum HeaderProblem {
    #[error("The header `{0}` is there twice.")]
    Twice(String),
    #[error("The header `{0}` has characters that no header may have.")]
    NoText(String),
}

/// A header that may be there once, as text without white space around it.
///
/// Errors: it is there twice, or is no text.
pub(super) fn one<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, HeaderProblem> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => match value.to_str() {
            Ok(text) => Ok(Some(text.trim())),
            Err(_) => Err(HeaderProblem::NoText(name.to_owned())),
        },
        (Some(_), Some(_)) => Err(HeaderProblem::Twice(name.to_owned())),
    }
}
