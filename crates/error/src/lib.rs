//! What every error at a boundary of Deputy says of itself: a stable code, a sentence for the user, a fix for the developer,
//! and whether to retry. An error type has one `match`, [`Explained::explanation`], with a row for each variant; everything
//! else follows from it, the table in `docs/errors.md` too.

use std::borrow::Cow;

/// Whether the same request may succeed when it is made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Not before somebody has changed something.
    Never,
    /// Later, without anybody doing anything.
    Later,
    /// Not before this time, milliseconds since the epoch.
    NotBefore(u64),
}

/// A row of the table: what one outcome says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation<'a> {
    /// Stable code: lower case, digits and `_`. Logs, answers and clients know the outcome by it.
    pub code: &'static str,
    /// What the user reads.
    pub user_message: Cow<'a, str>,
    /// What a developer or operator changes.
    pub developer_fix: Cow<'a, str>,
    /// Whether to retry.
    pub retry: Retry,
}

impl<'a> Explanation<'a> {
    /// An outcome that stays as it is.
    pub fn new(
        code: &'static str,
        user_message: impl Into<Cow<'a, str>>,
        developer_fix: impl Into<Cow<'a, str>>,
    ) -> Self {
        Self { code, user_message: user_message.into(), developer_fix: developer_fix.into(), retry: Retry::Never }
    }

    /// The same request may succeed later.
    #[must_use]
    pub fn later(self) -> Self {
        Self { retry: Retry::Later, ..self }
    }

    /// The same request may succeed, not before this time in milliseconds since the epoch.
    #[must_use]
    pub fn not_before(self, at: u64) -> Self {
        Self { retry: Retry::NotBefore(at), ..self }
    }
}

/// An error at a boundary.
pub trait Explained: std::error::Error {
    /// The row of this outcome.
    fn explanation(&self) -> Explanation<'_>;

    /// Stable code.
    fn code(&self) -> &'static str {
        self.explanation().code
    }

    /// What the user reads.
    fn user_message(&self) -> Cow<'_, str> {
        self.explanation().user_message
    }

    /// What a developer or operator changes.
    fn developer_fix(&self) -> Cow<'_, str> {
        self.explanation().developer_fix
    }

    /// Whether to retry.
    fn retry(&self) -> Retry {
        self.explanation().retry
    }

    /// True if the same request may succeed later without anybody doing anything.
    fn is_transient(&self) -> bool {
        self.retry() != Retry::Never
    }
}
