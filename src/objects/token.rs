use deputy_http::Secret;
use serde::{Deserialize, Serialize};

/// The one envelope in which tokens cross from object to object: in the body of a request or reply, never stored, never logged.
///
/// Secrets are not `Serialize`; this type alone writes them out, and its `Debug` shows nothing.
#[derive(Clone, Serialize, Deserialize)]
pub struct TokenEnvelope {
    /// Access token: the user's own, a provider's, or an approval's.
    #[serde(with = "exposed")]
    pub access_token: Secret,
    /// Refresh token, on the way from a login to the account only.
    #[serde(with = "exposed_option", default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
    /// Scopes of the access token, space-separated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// When the access token ends, milliseconds.
    pub expires_at: u64,
}

impl std::fmt::Debug for TokenEnvelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenEnvelope([redacted])")
    }
}

mod exposed {
    use super::{Deserialize, Secret};

    pub fn serialize<S: serde::Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(secret.expose())
    }

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        String::deserialize(deserializer).map(Secret::new)
    }
}

mod exposed_option {
    use super::{Deserialize, Secret};

    pub fn serialize<S: serde::Serializer>(secret: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
        match secret {
            Some(secret) => serializer.serialize_some(secret.expose()),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(Secret::new))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope() -> TokenEnvelope {
        TokenEnvelope {
            access_token: Secret::new("access-token-value"),
            refresh_token: Some(Secret::new("refresh-token-value")),
            scope: Some("openid".to_owned()),
            expires_at: 1,
        }
    }

    #[test]
    fn s_21_it_prints_nothing() {
        assert_eq!(format!("{:?}", Some(envelope())), "Some(TokenEnvelope([redacted]))");
    }

    #[test]
    fn it_crosses_whole() {
        let written = serde_json::to_string(&envelope()).unwrap();
        let read: TokenEnvelope = serde_json::from_str(&written).unwrap();
        assert_eq!(read.access_token, envelope().access_token);
        assert_eq!(read.refresh_token, envelope().refresh_token);
        assert_eq!((read.scope, read.expires_at), (envelope().scope, 1));
        let short: TokenEnvelope = serde_json::from_str(r#"{"access_token":"a","expires_at":2}"#).unwrap();
        assert!(short.refresh_token.is_none() && short.scope.is_none());
    }
}
