use super::digest::Digest;

/// The policy said yes to exactly this call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    digest: Digest,
}

impl Permit {
    pub(crate) fn mint(digest: &Digest) -> Self {
        Self { digest: digest.clone() }
    }

    pub(crate) fn covers(&self, digest: &Digest) -> bool {
        self.digest == *digest
    }
}
