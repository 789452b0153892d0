use deputy_error::{Explained, Explanation};

use crate::objects::Refusal;

/// Why a request about documents is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, strum::EnumIter)]
pub enum RequestError {
    /// A search without a word.
    #[error("no question")]
    QueryMissing,
    /// A share with an address and everybody at once, or with neither.
    #[error("neither one address nor everybody")]
    ShareWish,
}

impl Explained for RequestError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::QueryMissing => {
                Explanation::new("query_missing", "There is no question.", "Send a `query` with a word.")
            }
            Self::ShareWish => Explanation::new(
                "share_wish",
                "Something is shared with one e-mail address or with everybody.",
                "Send `email` or `everybody: true`, and not both.",
            ),
        }
    }
}

impl From<RequestError> for Refusal {
    fn from(error: RequestError) -> Self {
        Self::explained(400, &error)
    }
}
