//! Everything the offline world knows, shared by all of its services.

mod accounts;
mod answers;
mod approval;
mod consent;
mod directory;
mod effects;
mod fault;
mod fga;
mod happenings;
mod keyring;
mod login;
mod management;
mod policies;
mod random;
mod request_log;
mod roles;
mod start_error;
mod state;
mod tokens;
mod vault;

pub(crate) use self::{
    accounts::PROVIDER_TOKEN_LIFETIME_MS,
    approval::same_code,
    management::{GrantRecord, Kind, ManagementState, Members},
    random::{random_hex, random_id},
    state::State,
};
pub use self::{
    accounts::{AttemptState, ConnectAttempt, ConnectedAccount, ProviderGrant},
    approval::{ApprovalChannel, ApprovalDecision, ApprovalRequest, ApprovalState, DeviceRequest, Polling},
    consent::{ConsentRequest, Decision},
    directory::{
        Api, Client, ClientGrant, Connection, ExchangeProfile, PrivilegedAccess, PrivilegedGrant, RefreshPolicy,
        RefreshSettings, User,
    },
    effects::{Effect, LogoutDelivery},
    fault::Fault,
    fga::{FgaAccess, PRESHARED_KEY},
    keyring::{Keyring, Signer},
    login::{AuthorizationCode, AuthorizeRequest, PushedRequest, TenantSession, UserGrant},
    policies::{IdTokens, Policies, RateLimit},
    request_log::{RequestSeen, Service},
    roles::{Permission, Role},
    start_error::StartError,
    state::World,
    tokens::{IssuedToken, OpaqueAccess, RefreshToken, TokenKind},
};
