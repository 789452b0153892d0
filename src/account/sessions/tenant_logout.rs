use serde::{Deserialize, Serialize};

use crate::account::core::{Core, Ports};
use crate::account::request::AccountRequest;
use crate::objects::Refusal;

/// The tenant ended a session (OpenID Connect Back-Channel Logout 1.0, 2.7): closes what belongs to it.
#[derive(Debug, Serialize, Deserialize)]
pub struct TenantLogout {
    /// The tenant's session; none means all sessions of the user.
    pub sid: Option<String>,
    /// Id of the logout token, which works once.
    pub jti: String,
    /// When the logout token ends, milliseconds.
    pub expires_at: u64,
}

impl AccountRequest for TenantLogout {
    const NAME: &'static str = "tenant_logout";
    type Reply = ();

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<(), Refusal> {
        account.tenant_logout(self.sid.as_deref(), &self.jti, self.expires_at)
    }
}

impl<P: Ports> Core<P> {
    fn tenant_logout(&self, sid: Option<&str>, jti: &str, expires_at: u64) -> Result<(), Refusal> {
        self.exec("DELETE FROM logout_tokens WHERE expires_at <= ?", &[self.ports.now().into()])?;
        if !self.exists("SELECT 1 AS value FROM logout_tokens WHERE jti = ?", &[jti.into()])? {
            let binds = [jti.into(), expires_at.into()];
            self.exec("INSERT INTO logout_tokens (jti, expires_at) VALUES (?, ?)", &binds)?;
            self.close_sessions_of(sid)?;
        }
        Ok(())
    }
}
