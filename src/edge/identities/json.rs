use deputy_auth0::Identity;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::account::keyed_hash;

/// The user's log-ins (docs/api.md).
#[derive(Serialize)]
pub struct IdentitiesJson {
    linking: bool,
    identities: Vec<IdentityJson>,
}

#[derive(Serialize)]
struct IdentityJson {
    id: String,
    provider: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    primary: bool,
}

/// A linking that was begun.
#[derive(Serialize)]
pub struct BegunJson {
    /// Where the browser logs in.
    pub url: String,
}

impl IdentitiesJson {
    /// All that the tenant knows.
    pub fn of_tenant(subject: &str, identities: Vec<Identity>) -> Self {
        let identities = identities.into_iter().map(|identity| IdentityJson {
            id: name_outside(subject, &identity),
            provider: identity.provider,
            connection: Some(identity.connection),
            email: identity.email,
            name: identity.name,
            primary: identity.primary,
        });
        Self { linking: true, identities: identities.collect() }
    }

    /// What a session knows: the user's first log-in, whichever was used.
    pub fn of_session(subject: &str, claims: &Map<String, Value>) -> Self {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let (provider, user_id) = subject.split_once('|').unwrap_or(("", subject));
        let identity = Identity {
            provider: provider.to_owned(),
            user_id: user_id.to_owned(),
            connection: String::new(),
            email: text("email"),
            name: text("name"),
            primary: true,
        };
        let mut known = Self::of_tenant(subject, vec![identity]);
        known.linking = false;
        known.identities.iter_mut().for_each(|identity| identity.connection = None);
        known
    }
}

/// What an identity of that user is called in addresses, where providers' ids do not belong.
pub fn name_outside(subject: &str, identity: &Identity) -> String {
    keyed_hash(b"deputy identity v1", &[subject, &identity.provider, &identity.user_id])
}
