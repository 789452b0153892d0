use deputy_error::{Explained, Explanation};
use deputy_fga::client::ApiError;
use deputy_fga::dsl::LoadError;
use deputy_fga::store::StoreError;
use deputy_fga::{Decision, FgaError};

use crate::objects::Refusal;
use crate::platform::log::{Level, note_error};
use crate::platform::ports::SqlError;

/// Why rights could not be checked or changed. Whatever was asked: it counts as no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RightsError {
    /// The service gave no answer.
    #[error(transparent)]
    Service(#[from] ApiError),
    /// The embedded evaluator has no answer.
    #[error(transparent)]
    Evaluator(#[from] FgaError),
    /// The service does not know yet of a change that the answer depends on.
    #[error("a change of rights has not reached the authorization service yet")]
    NotSettled,
}

impl RightsError {
    /// The service has looked at the change and does not take it: to send it again is of no use.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Service(error) => {
                matches!(error, ApiError::Refused { .. } | ApiError::NotKnown { .. }) && !self.is_transient()
            }
            Self::Evaluator(error) => !error.is_transient(),
            Self::NotSettled => false,
        }
    }
}

impl Explained for RightsError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::Service(error) => error.explanation(),
            Self::Evaluator(error) => error.explanation(),
            Self::NotSettled => Explanation::new(
                "rights_not_settled",
                "A change of rights is still on its way to the authorization service. It is made as soon as the service answers.",
                "Look for `rights_not_settled` and `fga_…` in the log: the service is down, limits requests, or its model lacks the relations of docs/fga-settings.md.",
            )
            .later(),
        }
    }
}

/// What a question came to. One that has no answer was answered with no.
///
/// Errors: it could not be checked.
pub fn allowed(decision: Option<Decision<RightsError>>) -> Result<bool, RightsError> {
    match decision {
        Some(Decision::Unchecked(error)) => Err(error),
        Some(Decision::Allowed) => Ok(true),
        Some(Decision::Denied) | None => Ok(false),
    }
}

impl From<SqlError> for RightsError {
    fn from(error: SqlError) -> Self {
        FgaError::Store(error.0).into()
    }
}

impl From<StoreError> for RightsError {
    fn from(error: StoreError) -> Self {
        FgaError::Store(error.0).into()
    }
}

impl From<LoadError> for RightsError {
    fn from(error: LoadError) -> Self {
        FgaError::Validation(error.to_string()).into()
    }
}

impl From<RightsError> for Refusal {
    fn from(error: RightsError) -> Self {
        note_error(Level::Warn, "rights", &error);
        Self::explained(503, &error)
    }
}
