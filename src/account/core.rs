use std::borrow::Cow;
use std::rc::Rc;

use deputy_auth0::{AssociatedData, Tenant};
use deputy_http::{Request, Response, Secret, TransportError};

use super::call::Refusal;
use super::flights::Flights;
use super::memory::Memory;
use super::schema;
use crate::chat::call::ChatCall;
use crate::config::Settings;
use crate::platform::ports::{Clock, KeyValue, Network, Random, Sql};

/// What the account needs from the platform.
pub trait Host: Sql + Clock + Random + Network + KeyValue {
    /// Tells a chat something, without waiting for it. A chat that cannot be reached learns it when it asks next.
    fn tell_later(&self, chat: String, call: ChatCall);

    /// The tenant, ready for one request that authenticates the client.
    async fn prepared<'a>(&self, settings: &'a Settings) -> Result<Cow<'a, Tenant>, Refusal>;

    /// Revokes a refresh token, without waiting for it. Best effort: nothing here can use the token any more.
    fn revoke_later(&self, settings: Rc<Settings>, refresh_token: Secret);
}

/// The account of one user: decisions over rows. Each kind of call has its own file.
pub struct Core<H> {
    pub(super) host: H,
    pub(super) settings: Rc<Settings>,
    /// Name of the object: stands for tenant and user in sealed values and cache keys.
    pub(super) account: String,
    pub(super) flights: Flights,
    /// Provider tokens by cache key. Lost with the object's memory, never more than `MEMORY_TOKENS`.
    pub(super) provider_tokens: Memory,
    /// Access tokens for the My Account API by session.
    pub(super) my_account_tokens: Memory,
}

impl<H: Host> Core<H> {
    /// Opens the account: brings its tables up to date.
    pub fn open(host: H, settings: Rc<Settings>, account: String) -> Result<Self, Refusal> {
        schema::migrate(&host)?;
        Ok(Self {
            host,
            settings,
            account,
            flights: Flights::default(),
            provider_tokens: Memory::default(),
            my_account_tokens: Memory::default(),
        })
    }

    /// The tenant, ready for one request that authenticates the client; for the next it is prepared again.
    pub(super) async fn tenant(&self) -> Result<Cow<'_, Tenant>, Refusal> {
        self.host.prepared(&self.settings).await
    }

    /// Asks the tenant for something that the client has to authenticate itself for. The inner error is the network's.
    pub(super) async fn ask_tenant(
        &self,
        request: &dyn Fn(&Tenant) -> Request,
    ) -> Result<Result<Response, TransportError>, Refusal> {
        let request = request(&*self.tenant().await?);
        Ok(self.host.send(request).await)
    }

    /// What a sealed value of this account belongs to: tenant, user, then `parts`.
    pub(super) fn associated_data(&self, parts: &[&str]) -> AssociatedData {
        let owner = [self.settings.tenant.issuer.as_str(), self.account.as_str()];
        AssociatedData::new(owner.into_iter().chain(parts.iter().copied()))
    }

    /// A value of the `meta` table.
    pub(super) fn meta(&self, key: &str) -> Result<Option<String>, Refusal> {
        self.text("SELECT value FROM meta WHERE key = ?", &[key.into()])
    }

    /// Sets a value of the `meta` table.
    pub(super) fn set_meta(&self, key: &str, value: &str) -> Result<(), Refusal> {
        self.exec("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", &[key.into(), value.into()])
    }
}
