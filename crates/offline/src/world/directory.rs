//! Users, applications, APIs and connections of the tenant, seeded from `tenant/*.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{StartError, policies::Policies, roles::Role};
use crate::options::Options;

/// A user of the tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct User {
    /// Auth0's user id, `strategy|id`.
    pub user_id: String,
    /// The connection the user logs in with.
    pub connection: String,
    /// E-mail address; unique within the connection.
    pub email: String,
    /// Whether the address was verified.
    pub email_verified: bool,
    /// Password of a database user. A development value, shown on the login page.
    #[serde(default)]
    pub password: Option<String>,
    /// Full name.
    pub name: String,
    /// Short name.
    pub nickname: String,
    /// Address of a picture.
    pub picture: String,
    /// IANA time zone, for the provider's data.
    #[serde(default)]
    pub zoneinfo: Option<String>,
    /// Whether the user has a phone with Guardian.
    #[serde(default = "yes")]
    pub enrolled: bool,
    /// Permissions by API identifier, for APIs with RBAC.
    #[serde(default)]
    pub permissions: BTreeMap<String, Vec<String>>,
    /// Names of the user's roles.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Who were users of their own and are log-ins of this one now (account linking).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub linked: Vec<User>,
}

/// An application registered at the tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Client {
    /// Client id.
    pub client_id: String,
    /// Client secret; `None` for public clients.
    pub client_secret: Option<String>,
    /// Name shown to users.
    pub name: String,
    /// Auth0's application type: `regular_web`, `resource_server`, `non_interactive`, `spa`.
    pub app_type: String,
    /// Whether it is the tenant's own application, which needs no consent.
    pub is_first_party: bool,
    /// Redirect URIs, compared exactly.
    #[serde(default)]
    pub callbacks: Vec<String>,
    /// Where a logout may return to, compared exactly.
    #[serde(default)]
    pub allowed_logout_urls: Vec<String>,
    /// Grant types it may use.
    pub grant_types: Vec<String>,
    /// Connections its users may use; all when absent.
    #[serde(default)]
    pub connections: Option<Vec<String>>,
    /// The API a Custom API Client stands for.
    #[serde(default)]
    pub resource_server_identifier: Option<String>,
    /// Refresh token settings.
    #[serde(default)]
    pub refresh_token: RefreshSettings,
    /// APIs it may call.
    #[serde(default)]
    pub client_grants: Vec<ClientGrant>,
    /// Public keys (JWK) for `private_key_jwt`; with any the secret is refused.
    #[serde(default)]
    pub public_keys: Vec<Value>,
    /// Whether `/authorize` takes pushed requests only.
    #[serde(default)]
    pub require_pushed_authorization_requests: bool,
    /// Whether its tokens must be bound to a key (DPoP).
    #[serde(default)]
    pub require_proof_of_possession: bool,
    /// How its users may be asked for an approval: `guardian-push`, `email`.
    #[serde(default = "push_only")]
    pub async_approval_notification_channels: Vec<String>,
    /// Where logout tokens go.
    #[serde(default)]
    pub backchannel_logout_urls: Vec<String>,
    /// Whether it may use custom token exchange profiles (`allow_any_profile_of_type`).
    #[serde(default)]
    pub token_exchange: bool,
    /// Whether it may act on behalf of the users whose tokens it receives (the same list).
    #[serde(default)]
    pub on_behalf_of_token_exchange: bool,
    /// What it may take from the vault without the user being there.
    #[serde(default)]
    pub token_vault_privileged_access: Option<PrivilegedAccess>,
}

/// Access of a privileged worker to Token Vault.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PrivilegedAccess {
    /// Public keys (JWK) of its requests.
    pub credentials: Vec<Value>,
    /// Addresses it may call from; any when empty.
    #[serde(default)]
    pub ip_allowlist: Vec<String>,
    /// Connections it may ask for, with the scopes at each.
    pub grants: Vec<PrivilegedGrant>,
}

/// A connection open to a privileged worker.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PrivilegedGrant {
    /// Connection name.
    pub connection: String,
    /// Scopes it may ask for.
    pub scopes: Vec<String>,
}

/// A custom token exchange profile.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExchangeProfile {
    /// `https:` or `urn:`, outside the namespaces of Auth0, Okta and the IETF.
    pub subject_token_type: String,
    /// What the profile's Action would check: an access token of this tenant for this audience.
    pub subject_audience: String,
}

/// Refresh token settings of an application.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RefreshSettings {
    /// `rotating` or, when absent or anything else, `non-rotating`.
    #[serde(default)]
    pub rotation_type: String,
    /// Multi-resource refresh token policies.
    #[serde(default)]
    pub policies: Vec<RefreshPolicy>,
}

/// One policy of a multi-resource refresh token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RefreshPolicy {
    /// The further API.
    pub audience: String,
    /// Scopes it may be asked for.
    pub scope: Vec<String>,
}

/// An API an application may call, in its own name (client credentials) or for its users.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClientGrant {
    /// The API.
    pub audience: String,
    /// Scopes.
    pub scope: Vec<String>,
    /// `client` or `user`.
    #[serde(default = "client_itself")]
    pub subject_type: String,
}

/// An API (resource server) of the tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Api {
    /// Identifier, the `aud` of its tokens.
    pub identifier: String,
    /// Name.
    pub name: String,
    /// Scopes it defines.
    pub scopes: Vec<String>,
    /// Whether the user's permissions decide (RBAC) and appear in the token.
    #[serde(default)]
    pub rbac: bool,
    /// Lifetime of its access tokens in seconds.
    pub token_lifetime: u64,
    /// Types of rich authorization details it knows (RFC 9396).
    #[serde(default)]
    pub authorization_details_types: Vec<String>,
}

/// An identity provider of the tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Connection {
    /// Name.
    pub name: String,
    /// Strategy.
    pub strategy: String,
    /// Name shown to users.
    pub display_name: String,
    /// Whether users may log in with it.
    #[serde(default)]
    pub login: bool,
    /// Whether it serves connected accounts for Token Vault.
    #[serde(default)]
    pub connected_accounts: bool,
    /// Whether it gets a refresh token from the provider ("Offline Access").
    #[serde(default = "yes")]
    pub offline_access: bool,
    /// Scopes asked for when the application names none.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// What separates scopes in the provider's answers: a space or a comma.
    #[serde(default = "space")]
    pub scope_separator: String,
    /// Lifetime of the provider's access tokens in seconds.
    #[serde(default)]
    pub token_lifetime: Option<u64>,
}

/// The tenant's configuration.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Directory {
    #[serde(default)]
    pub(crate) users: Vec<User>,
    pub(crate) clients: Vec<Client>,
    pub(crate) apis: Vec<Api>,
    pub(crate) connections: Vec<Connection>,
    #[serde(default)]
    pub(crate) roles: Vec<Role>,
    #[serde(default)]
    pub(crate) token_exchange_profiles: Vec<ExchangeProfile>,
    #[serde(default)]
    pub(crate) policies: Policies,
}

const TENANT: &str = include_str!("../../tenant/tenant.json");
const USERS: &str = include_str!("../../tenant/users.json");

impl Directory {
    pub(crate) fn seeded(options: &Options) -> Result<Self, StartError> {
        let mut tenant: Value =
            serde_json::from_str(TENANT).map_err(|source| StartError::Seed { file: "tenant.json", source })?;
        fill_in(&mut tenant, options);
        let mut directory: Self =
            serde_json::from_value(tenant).map_err(|source| StartError::Seed { file: "tenant.json", source })?;
        directory.users =
            serde_json::from_str(USERS).map_err(|source| StartError::Seed { file: "users.json", source })?;
        Ok(directory)
    }

    /// What a user may be granted at an API: by roles, and directly.
    pub(crate) fn permissions(&self, user: &User, api: &str) -> Vec<String> {
        let direct = user.permissions.get(api).into_iter().flatten();
        let roles = self.roles.iter().filter(|role| user.roles.contains(&role.name));
        let by_role = roles
            .flat_map(|role| &role.permissions)
            .filter(|permission| permission.resource_server_identifier == api)
            .map(|permission| &permission.permission_name);
        let mut held: Vec<String> = Vec::new();
        for name in direct.chain(by_role) {
            if !held.contains(name) {
                held.push(name.clone());
            }
        }
        held
    }

    pub(crate) fn client(&self, client_id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.client_id == client_id)
    }

    pub(crate) fn api(&self, identifier: &str) -> Option<&Api> {
        self.apis.iter().find(|api| api.identifier == identifier)
    }

    pub(crate) fn connection(&self, name: &str) -> Option<&Connection> {
        self.connections.iter().find(|connection| connection.name == name)
    }

    /// Every log-in with the user whom it leads to.
    pub(crate) fn identities(&self) -> impl Iterator<Item = (&User, &User)> {
        self.users.iter().flat_map(|user| user.identities().map(move |identity| (identity, user)))
    }

    pub(crate) fn user(&self, user_id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.user_id == user_id)
    }
}

impl Client {
    /// Whether its refresh tokens rotate.
    #[must_use]
    pub fn rotates(&self) -> bool {
        self.refresh_token.rotation_type == "rotating"
    }

    /// Whether it may use a grant type.
    #[must_use]
    pub fn may_use(&self, grant_type: &str) -> bool {
        self.grant_types.iter().any(|allowed| allowed == grant_type)
    }

    /// Whether it may be answered at this address: registered exactly.
    #[must_use]
    pub fn allows_callback(&self, uri: &str) -> bool {
        self.callbacks.iter().any(|known| known == uri)
    }

    /// Whether its users may use a connection.
    #[must_use]
    pub fn offers(&self, connection: &str) -> bool {
        self.connections.as_ref().is_none_or(|names| names.iter().any(|name| name == connection))
    }
}

impl User {
    /// The user's log-ins, the first one first.
    pub fn identities(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.linked)
    }

    /// The claims the scopes open (OIDC Core 5.4), as Auth0 gives them.
    #[must_use]
    pub fn claims(&self, scopes: &[String]) -> Map<String, Value> {
        let mut claims = Map::new();
        claims.insert("sub".to_owned(), self.user_id.clone().into());
        let has = |scope: &str| scopes.iter().any(|granted| granted == scope);
        if has("profile") {
            claims.insert("nickname".to_owned(), self.nickname.clone().into());
            claims.insert("name".to_owned(), self.name.clone().into());
            claims.insert("picture".to_owned(), self.picture.clone().into());
            claims.insert("updated_at".to_owned(), "2026-01-15T09:00:00.000Z".into());
        }
        if has("email") {
            claims.insert("email".to_owned(), self.email.clone().into());
            claims.insert("email_verified".to_owned(), self.email_verified.into());
        }
        claims
    }
}

/// Puts the start options into the texts of the seeded data.
fn fill_in(value: &mut Value, options: &Options) {
    match value {
        Value::String(text) if text.contains('{') => {
            *text = text
                .replace("{issuer}", &options.issuer)
                .replace("{app-base-url}", &options.app_base_url)
                .replace("{client-id}", &options.client_id)
                .replace("{client-secret}", &options.client_secret)
                .replace("{providers}", &options.providers_base_url())
                .replace("{fga}", &options.fga_audience());
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill_in(item, options)),
        Value::Object(members) => members.values_mut().for_each(|member| fill_in(member, options)),
        _ => {}
    }
}

fn push_only() -> Vec<String> {
    vec!["guardian-push".to_owned()]
}

fn client_itself() -> String {
    "client".to_owned()
}

fn yes() -> bool {
    true
}

fn space() -> String {
    " ".to_owned()
}
