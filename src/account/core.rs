use std::borrow::Cow;
use std::rc::Rc;

use deputy_auth0::{AssociatedData, SignatureVerifier, Tenant};
use deputy_http::{Request, Response, Secret, TransportError};
use deputy_mcp::client::BodyStream;

use super::events::ChatEvent;
use super::lease_waiters::LeaseWaiters;
use super::schema::MIGRATIONS;
use super::vault::token_cache::TokenCache;
use crate::config::Settings;
use crate::objects::{self, Refusal};
use crate::platform::ports::{Clock, KeyValue, Network, Random, Sql};

/// What the account needs from the platform.
pub trait Ports: Sql + Clock + Random + Network + KeyValue + SignatureVerifier {
    /// Tells a chat something, without waiting for it. A chat that cannot be reached learns it when it asks next.
    fn tell_later(&self, chat: String, event: ChatEvent);

    /// Sends a request to somebody else's server and answers as soon as the head is there. Dropping the body closes the connection.
    async fn send_to_server(&self, request: Request) -> Result<http::Response<BodyStream>, TransportError>;

    /// The tenant, ready for one request that authenticates the client.
    async fn prepared<'a>(&self, settings: &'a Settings) -> Result<Cow<'a, Tenant>, Refusal>;

    /// Revokes a refresh token, without waiting for it. Best effort: nothing here can use the token any more.
    fn revoke_later(&self, settings: Rc<Settings>, refresh_token: Secret);
}

/// The account of one user: decisions over rows. Each kind of request has its own file.
pub struct Core<P> {
    pub ports: P,
    pub settings: Rc<Settings>,
    /// Name of the object: stands for tenant and user in sealed values and cache keys.
    pub account: String,
    pub lease_waiters: LeaseWaiters,
    /// Provider tokens by cache key. Lost with the object's memory, never more than `MEMORY_TOKENS`.
    pub provider_tokens: TokenCache,
    /// Access tokens for the My Account API by session.
    pub my_account_tokens: TokenCache,
}

impl<P: Ports> Core<P> {
    /// Opens the account: brings its tables up to date.
    pub fn open(ports: P, settings: Rc<Settings>, account: String) -> Result<Self, Refusal> {
        objects::migrate(&ports, MIGRATIONS)?;
        Ok(Self {
            ports,
            settings,
            account,
            lease_waiters: LeaseWaiters::default(),
            provider_tokens: TokenCache::default(),
            my_account_tokens: TokenCache::default(),
        })
    }

    /// The tenant, ready for one request that authenticates the client; for the next it is prepared again.
    pub async fn tenant(&self) -> Result<Cow<'_, Tenant>, Refusal> {
        self.ports.prepared(&self.settings).await
    }

    /// Asks the tenant for something that the client has to authenticate itself for. The inner error is the network's.
    pub async fn ask_tenant(
        &self,
        request: &dyn Fn(&Tenant) -> Request,
    ) -> Result<Result<Response, TransportError>, Refusal> {
        let request = request(&*self.tenant().await?);
        Ok(self.ports.send(request).await)
    }

    /// What a sealed value of this account belongs to: tenant, user, then `parts`.
    pub fn associated_data(&self, parts: &[&str]) -> AssociatedData {
        let owner = [self.settings.tenant.issuer.as_str(), self.account.as_str()];
        AssociatedData::new(owner.into_iter().chain(parts.iter().copied()))
    }

    /// A value of the `meta` table.
    pub fn meta(&self, key: &str) -> Result<Option<String>, Refusal> {
        Ok(objects::meta(&self.ports, key)?)
    }

    /// Sets a value of the `meta` table.
    pub fn set_meta(&self, key: &str, value: &str) -> Result<(), Refusal> {
        Ok(objects::set_meta(&self.ports, key, value)?)
    }
}
