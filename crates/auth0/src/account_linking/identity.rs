use serde::Deserialize;
use serde_json::Value;

use crate::account_linking::linking_error::LinkingError;

/// One of the log-ins that lead to a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who vouches for it: `auth0`, `google-oauth2`, `samlp`, …
    pub provider: String,
    /// Its id at that provider.
    pub user_id: String,
    /// Connection name.
    pub connection: String,
    /// E-mail address, where the tenant knows one.
    pub email: Option<String>,
    /// Full name, where the tenant knows one.
    pub name: Option<String>,
    /// The user's `sub` is made of it: it cannot be unlinked.
    pub primary: bool,
}

impl Identity {
    /// As the Management API names it within a user, `provider|user_id`; the `sub` that a log-in with it has while it is not linked.
    pub fn subject(&self) -> String {
        format!("{}|{}", self.provider, self.user_id)
    }
}

/// Provider and the provider's id of a `sub`. That of an enterprise connection has the connection's name in the id.
pub(crate) fn parts(subject: &str) -> Result<(&str, &str), LinkingError> {
    let parts = subject.split_once('|').filter(|(provider, id)| !provider.is_empty() && !id.is_empty());
    parts.ok_or(LinkingError::NoIdentity)
}

/// A user as `GET /users/{id}` answers it.
#[derive(Deserialize)]
pub(crate) struct UserBody {
    user_id: String,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    name: Option<String>,
    identities: Vec<IdentityBody>,
}

#[derive(Deserialize)]
struct IdentityBody {
    provider: String,
    connection: String,
    // Some providers count their users.
    user_id: Value,
    #[serde(default, rename = "profileData")]
    profile: Option<Profile>,
}

#[derive(Deserialize, Default)]
struct Profile {
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    name: Option<String>,
}

impl UserBody {
    /// The user's identities, the primary one first. None where the primary one is missing.
    pub(crate) fn identities(self) -> Option<Vec<Identity>> {
        let Self { user_id: subject, email, name, identities } = self;
        let mut all = identities.into_iter().map(IdentityBody::identity).collect::<Option<Vec<_>>>()?;
        let own = all.iter().position(|identity| identity.subject() == subject)?;
        let mut primary = all.remove(own);
        primary.primary = true;
        primary.email = email;
        primary.name = name;
        all.insert(0, primary);
        Some(all)
    }
}

impl IdentityBody {
    fn identity(self) -> Option<Identity> {
        let user_id = match self.user_id {
            Value::String(id) if !id.is_empty() => id,
            Value::Number(id) => id.to_string(),
            _ => return None,
        };
        let Profile { email, name } = self.profile.unwrap_or_default();
        let (provider, connection) = (self.provider, self.connection);
        Some(Identity { provider, user_id, connection, email, name, primary: false })
    }
}
