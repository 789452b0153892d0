use deputy_error::{Explained, Explanation};
use strum::EnumIter;

use crate::jwt::signature::{JwtError, SignatureVerified};
use crate::oauth::tenant::Tenant;
use crate::oidc::id_token::{VerifiedIdToken, validate_user};

/// Who said yes (OpenID CIBA Core 1.0, 10.1.1): the ID token that came with an approval is of the user who was asked, for
/// this client, and still good (AA-12). It has no nonce: no browser took part. Without this check a yes counts for nothing.
///
/// `is_the_user` compares the subject with the user that was asked.
pub fn validate_approver(
    token: SignatureVerified,
    tenant: &Tenant,
    is_the_user: impl FnOnce(&str) -> bool,
    now_ms: u64,
) -> Result<VerifiedIdToken, ApproverError> {
    validate_user(token, tenant, is_the_user, now_ms).map_err(ApproverError::from)
}

/// Why a yes does not count. The approval has ended: its tokens are dropped, nothing runs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum ApproverError {
    /// The answer has no ID token, so nobody knows who said yes.
    #[error("the approval names no user")]
    Nobody,
    /// Another user than the one that was asked.
    #[error("the approval is of another user")]
    OtherUser,
    /// The ID token is not good.
    #[error("the approval's ID token is not accepted: {0}")]
    NotAccepted(JwtError),
}

impl From<JwtError> for ApproverError {
    fn from(error: JwtError) -> Self {
        match error {
            JwtError::SubjectMismatch => Self::OtherUser,
            other => Self::NotAccepted(other),
        }
    }
}

const NOT_VERIFIED: &str = "It could not be verified that you approved this, so it was not run.";

impl Explained for ApproverError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::Nobody => Explanation::new(
                "approval_of_nobody",
                NOT_VERIFIED,
                "Ask for the scope openid in the approval: the tenant then says who approved.",
            ),
            Self::OtherUser => Explanation::new(
                "approval_of_other_user",
                "Somebody else approved this, so it was not run.",
                "None: this protects one user's account from another user's approval.",
            ),
            Self::NotAccepted(error) => Explanation::new("approval_not_verified", NOT_VERIFIED, error.developer_fix()),
        }
    }
}
