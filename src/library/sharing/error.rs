use deputy_error::{Explained, Explanation};

use crate::objects::Refusal;

/// The most shares of one document or folder.
pub const MOST_SHARES: u64 = 100;

/// Why something is not shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, strum::EnumIter)]
pub enum SharingError {
    /// No address.
    #[error("shared with nobody")]
    Nobody,
    /// What was given is no address.
    #[error("not an e-mail address")]
    NoAddress,
    /// The address is that of whoever shares.
    #[error("shared with oneself")]
    Oneself,
    /// Enough shares.
    #[error("too many shares")]
    TooMany,
    /// The share is not there, or is of something else.
    #[error("no such share")]
    UnknownShare,
}

impl Explained for SharingError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::Nobody => Explanation::new(
                "share_with_nobody",
                "Please say whom to share it with: an e-mail address, or everybody.",
                "Send `email`, or `everybody: true`.",
            ),
            Self::NoAddress => Explanation::new(
                "share_address_invalid",
                "This is no e-mail address. It looks like name@example.com.",
                "One address of at most 254 characters, without a display name.",
            ),
            Self::Oneself => Explanation::new(
                "share_with_oneself",
                "This is your own e-mail address. You can see it already.",
                "Nothing was shared. Send another address.",
            ),
            Self::TooMany => Explanation::new(
                "share_limit",
                format!(
                    "It is shared with {MOST_SHARES} addresses already. Put it into a folder, or share it with everybody."
                ),
                "Remove shares that are not needed any more.",
            ),
            Self::UnknownShare => Explanation::new(
                "share_unknown",
                "This share does not exist any more.",
                "Load the list of shares again.",
            ),
        }
    }
}

impl From<SharingError> for Refusal {
    fn from(error: SharingError) -> Self {
        let status = match error {
            SharingError::Nobody | SharingError::NoAddress | SharingError::Oneself => 400,
            SharingError::TooMany => 409,
            SharingError::UnknownShare => 404,
        };
        Self::explained(status, &error)
    }
}
