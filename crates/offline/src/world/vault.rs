//! The tokens and connected accounts of the world, looked up and ended.

use super::{ConnectedAccount, IssuedToken, ProviderGrant, World};

impl World {
    /// The grant behind a provider's access token, whether it is still good or not; `None` when it was never issued.
    #[must_use]
    pub fn provider_token(&self, token: &str) -> Option<ProviderGrant> {
        let state = self.state();
        let issued = state.tokens.find(token)?;
        let grant = issued.provider.as_ref()?;
        Some(ProviderGrant { expires_at: issued.expires_at, revoked: issued.revoked, ..grant.clone() })
    }

    /// Connected accounts of one user, oldest first, or of everybody.
    #[must_use]
    pub fn connected_accounts(&self, user_id: Option<&str>) -> Vec<ConnectedAccount> {
        let state = self.state();
        state.accounts.iter().filter(|account| user_id.is_none_or(|id| account.user_id == id)).cloned().collect()
    }

    /// Every token issued since the start or the last reset, oldest first.
    #[must_use]
    pub fn tokens(&self) -> Vec<IssuedToken> {
        self.state().tokens.iter().cloned().collect()
    }

    /// Revokes a token. `false` when the world never issued it.
    pub fn revoke_token(&self, token: &str) -> bool {
        self.change(token, |issued, _| issued.revoked = true)
    }

    /// Lets a token expire now. `false` when the world never issued it.
    pub fn expire_token(&self, token: &str) -> bool {
        self.change(token, |issued, now| issued.expires_at = now)
    }

    fn change(&self, token: &str, change: impl FnOnce(&mut IssuedToken, u64)) -> bool {
        let now = self.now_ms();
        self.state().tokens.find_mut(token).map(|issued| change(issued, now)).is_some()
    }
}
