//! Every token the world issued, with what it stands for.

use std::collections::HashMap;

use serde::Serialize;

use super::ProviderGrant;

/// What kind of token it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// JWT or opaque access token of the tenant.
    AccessToken,
    /// ID token.
    IdToken,
    /// Refresh token.
    RefreshToken,
    /// A provider's access token out of the vault.
    ProviderAccessToken,
}

/// A token the world gave out.
#[derive(Debug, Clone, Serialize)]
pub struct IssuedToken {
    /// Its kind.
    pub kind: TokenKind,
    /// The token itself: the control API shows it so that tests can look for it where it must not be.
    pub token: String,
    /// The client it was issued to.
    pub client_id: String,
    /// The user it stands for; `None` for client credentials.
    pub user_id: Option<String>,
    /// The audience of an access token.
    pub audience: Option<String>,
    /// The scopes granted.
    pub scope: String,
    /// When it was issued, in milliseconds since the epoch.
    pub issued_at: u64,
    /// When it expires, in milliseconds since the epoch.
    pub expires_at: u64,
    /// Whether it was revoked.
    pub revoked: bool,
    /// The session of the login it came from.
    pub sid: Option<String>,
    /// Thumbprint of the key it is bound to (RFC 9449).
    pub jkt: Option<String>,
    /// What makes it a refresh token.
    #[serde(skip)]
    pub refresh: Option<RefreshToken>,
    /// What makes it an opaque access token.
    #[serde(skip)]
    pub opaque: Option<OpaqueAccess>,
    /// What makes it a provider's token.
    #[serde(skip)]
    pub provider: Option<ProviderGrant>,
    /// The connected account whose token it is.
    #[serde(skip)]
    pub vault_account: Option<String>,
}

/// What a refresh token remembers of its login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// The session of the login, for `sid`.
    pub sid: String,
    /// All tokens that came from one login share it, so that a reuse revokes them together.
    pub family: String,
    /// The audience of the login.
    pub audience: Option<String>,
    /// The scopes of the login.
    pub scopes: Vec<String>,
    /// When the user logged in, in milliseconds since the epoch.
    pub auth_time: u64,
    /// Whether it was exchanged for its successor (rotation).
    pub rotated: bool,
}

/// An access token without audience: good for `/userinfo` only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpaqueAccess {
    /// The scopes granted.
    pub scopes: Vec<String>,
}

/// The tokens in order of issue, found by their text.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    issued: Vec<IssuedToken>,
    index: HashMap<String, usize>,
}

impl Tokens {
    pub(crate) fn add(&mut self, token: IssuedToken) {
        self.index.insert(token.token.clone(), self.issued.len());
        self.issued.push(token);
    }

    pub(crate) fn find(&self, token: &str) -> Option<&IssuedToken> {
        self.index.get(token).and_then(|index| self.issued.get(*index))
    }

    pub(crate) fn find_mut(&mut self, token: &str) -> Option<&mut IssuedToken> {
        self.index.get(token).and_then(|index| self.issued.get_mut(*index))
    }

    /// Revokes the refresh tokens that came from one login.
    pub(crate) fn revoke_family(&mut self, family: &str) {
        for issued in &mut self.issued {
            if issued.refresh.as_ref().is_some_and(|refresh| refresh.family == family) {
                issued.revoked = true;
            }
        }
    }

    /// Revokes everything that stands for a user.
    pub(crate) fn revoke_all(&mut self, user_id: &str) {
        for issued in self.issued.iter_mut().filter(|issued| issued.user_id.as_deref() == Some(user_id)) {
            issued.revoked = true;
        }
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &IssuedToken> {
        self.issued.iter()
    }
}
