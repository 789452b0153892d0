//! What follows from an answer, or from none.

use std::borrow::Cow;

use deputy_error::Explained;

/// Whether somebody may. Whatever went wrong, it is no: but the user is told that it could not be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision<E> {
    /// Yes.
    Allowed,
    /// No.
    Denied,
    /// No, because it could not be checked.
    Unchecked(E),
}

impl<E> From<Result<bool, E>> for Decision<E> {
    fn from(answer: Result<bool, E>) -> Self {
        match answer {
            Ok(true) => Self::Allowed,
            Ok(false) => Self::Denied,
            Err(error) => Self::Unchecked(error),
        }
    }
}

impl<E> Decision<E> {
    /// True for [`Decision::Allowed`] and for nothing else.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed)
    }

    /// Why it could not be checked.
    pub fn error(&self) -> Option<&E> {
        match self {
            Self::Unchecked(error) => Some(error),
            Self::Allowed | Self::Denied => None,
        }
    }
}

impl<E: Explained> Decision<E> {
    /// What a user who may not is told. `None` if the user may.
    pub fn user_message(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Allowed => None,
            Self::Denied => Some(Cow::Borrowed("The user is not allowed to perform the action.")),
            Self::Unchecked(error) => Some(error.user_message()),
        }
    }
}
