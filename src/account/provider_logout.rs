use super::call::{Done, Refusal};
use super::core::{Core, Host};

impl<H: Host> Core<H> {
    /// The tenant says that a session has ended (OpenID Connect Back-Channel Logout 1.0, 2.7). Each logout token works once.
    pub(super) fn tenant_logout(&self, sid: Option<&str>, jti: &str, expires_at: u64) -> Result<Done, Refusal> {
        self.exec("DELETE FROM logout_tokens WHERE expires_at <= ?", &[self.host.now().into()])?;
        if !self.exists("SELECT 1 AS value FROM logout_tokens WHERE jti = ?", &[jti.into()])? {
            let binds = [jti.into(), expires_at.into()];
            self.exec("INSERT INTO logout_tokens (jti, expires_at) VALUES (?, ?)", &binds)?;
            self.close_sessions_of(sid)?;
        }
        Ok(Done {})
    }
}
