//! How log-ins and grants are kept: as one text, which is a secret. The types themselves cannot be serialised, so that no token gets
//! into a frame or a log by accident.

use deputy_http::Secret;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::client::authorization::authorization_server::AuthorizationServer;
use crate::client::authorization::login::PendingLogin;
use crate::client::authorization::registration::{ClientAuthentication, ClientCredentials, ClientSource};
use crate::client::authorization::scope::ScopeSet;
use crate::client::authorization::token::{Grant, Tokens};

#[derive(Serialize, Deserialize)]
#[serde(remote = "ClientCredentials")]
struct ClientCredentialsText {
    issuer: Option<String>,
    client_id: String,
    #[serde(default, with = "optional")]
    client_secret: Option<Secret>,
    authentication: ClientAuthentication,
    source: ClientSource,
    expires_at: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Tokens")]
struct TokensText {
    #[serde(with = "required")]
    access_token: Secret,
    #[serde(default, with = "optional")]
    refresh_token: Option<Secret>,
    scope: Option<ScopeSet>,
    expires_at: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "PendingLogin")]
struct PendingLoginText {
    state: String,
    #[serde(with = "required")]
    code_verifier: Secret,
    server: AuthorizationServer,
    #[serde(with = "ClientCredentialsText")]
    client: ClientCredentials,
    resource: String,
    scope: ScopeSet,
    redirect_uri: String,
    step_ups: u8,
    created_at: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Grant")]
struct GrantText {
    server: AuthorizationServer,
    #[serde(with = "ClientCredentialsText")]
    client: ClientCredentials,
    resource: String,
    scope: ScopeSet,
    #[serde(with = "TokensText")]
    tokens: Tokens,
    step_ups: u8,
}

mod required {
    use super::{Deserialize as _, Deserializer, Secret, Serialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
        secret.expose().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        Secret::deserialize(deserializer)
    }
}

mod optional {
    use super::{Deserialize as _, Deserializer, Secret, Serialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(secret: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
        secret.as_ref().map(Secret::expose).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
        Option::deserialize(deserializer)
    }
}

macro_rules! kept_as_a_secret {
    ($($kept:ty, $text:ident, $with:literal, $name:literal;)*) => { $(
        impl $kept {
            #[doc = concat!("The ", $name, " as one text, to be sealed and kept.")]
            pub fn to_secret(&self) -> Secret {
                struct Written<'a>(&'a $kept);
                impl Serialize for Written<'_> {
                    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                        $text::serialize(self.0, serializer)
                    }
                }
                Secret::new(deputy_http::json::write(&Written(self)))
            }

            #[doc = "Reads what [`to_secret`](Self::to_secret) wrote; `None` if it is anything else."]
            pub fn from_secret(text: &Secret) -> Option<Self> {
                #[derive(Deserialize)]
                struct Read(#[serde(with = $with)] $kept);
                serde_json::from_str::<Read>(text.expose()).ok().map(|Read(kept)| kept)
            }
        }
    )* };
}

kept_as_a_secret! {
    ClientCredentials, ClientCredentialsText, "ClientCredentialsText", "client";
    PendingLogin, PendingLoginText, "PendingLoginText", "log-in";
    Grant, GrantText, "GrantText", "grant";
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::client::authorization::login::{AuthorizationInput, authorization_request};

    fn server() -> AuthorizationServer {
        serde_json::from_value(json!({
            "issuer": "https://as.example",
            "authorization_endpoint": "https://as.example/authorize",
            "token_endpoint": "https://as.example/token",
            "scopes_supported": ["a"],
        }))
        .unwrap()
    }

    #[test]
    fn what_is_kept_is_read_back_and_not_printed() {
        let client = ClientCredentials::preregistered("c", Some(Secret::new("hunter2")));
        let input = AuthorizationInput {
            server: server(),
            client: client.clone(),
            resource: "https://mcp.example".to_owned(),
            scope: ScopeSet::parse("a b"),
            redirect_uri: "https://app.example/callback".to_owned(),
            step_ups: 1,
        };
        let (_, login) = authorization_request(input, [[1; 32], [2; 32]], 7);
        assert_eq!(PendingLogin::from_secret(&login.to_secret()).as_ref(), Some(&login));
        let grant = Grant {
            server: server(),
            client: client.clone(),
            resource: "https://mcp.example".to_owned(),
            scope: ScopeSet::parse("a b"),
            tokens: Tokens {
                access_token: Secret::new("hunter2"),
                refresh_token: None,
                scope: Some(ScopeSet::parse("a")),
                expires_at: None,
            },
            step_ups: 0,
        };
        assert_eq!(Grant::from_secret(&grant.to_secret()).as_ref(), Some(&grant));
        assert_eq!(ClientCredentials::from_secret(&client.to_secret()).as_ref(), Some(&client));
        let shown = format!("{grant:?} {login:?} {client:?} {:?}", grant.to_secret());
        assert!(!shown.contains("hunter2") && !shown.contains(login.code_verifier.expose()), "{shown}");
        assert_eq!(Grant::from_secret(&login.to_secret()), None);
    }
}
