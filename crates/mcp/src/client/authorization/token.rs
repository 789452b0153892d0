use base64ct::{Base64, Encoding as _};
use deputy_http::{BuildRequest as _, ReadResponse as _, Request, Response, Secret, form_body};
use serde::Deserialize;

use crate::client::authorization::authorization_server::AuthorizationServer;
use crate::client::authorization::challenge::printable;
use crate::client::authorization::error::{AuthorizationError, Document};
use crate::client::authorization::login::AuthorizationCode;
use crate::client::authorization::registration::{ClientAuthentication, ClientCredentials};
use crate::client::authorization::scope::ScopeSet;

/// What a log-in gave, with everything to renew it. To be kept sealed; [`to_secret`](Self::to_secret) writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Who gave it. The tokens are good at no other authorization server.
    pub server: AuthorizationServer,
    /// To whom.
    pub client: ClientCredentials,
    /// For which resource (RFC 8707).
    pub resource: String,
    /// What was asked for, in all log-ins that led here.
    pub scope: ScopeSet,
    /// The tokens.
    pub tokens: Tokens,
    /// How many step-ups have led here since the last call that went well.
    pub step_ups: u8,
}

impl Grant {
    /// True if the access token is good for at least another 30 seconds. Where nobody said how long it is good it is tried.
    pub fn is_fresh(&self, now_ms: u64) -> bool {
        const MARGIN_MS: u64 = 30_000;
        self.tokens.expires_at.is_none_or(|ends| ends > now_ms.saturating_add(MARGIN_MS))
    }

    /// To be noted after a call that went well: the next step-up is not a repetition.
    pub fn settle(&mut self) {
        self.step_ups = 0;
    }
}

/// Tokens for one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// RFC 6749, 1.4
    pub access_token: Secret,
    /// RFC 6749, 1.5
    pub refresh_token: Option<Secret>,
    /// What was granted; `None` means what was asked for (RFC 6749, 5.1).
    pub scope: Option<ScopeSet>,
    /// When the access token ends, milliseconds since the epoch, if it was said.
    pub expires_at: Option<u64>,
}

/// RFC 6749, 4.1.3; RFC 7636, 4.5; RFC 8707, 2.2: exchanges the code.
pub fn code_request(code: &AuthorizationCode) -> Request {
    let login = &code.login;
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code.code.expose()),
        ("redirect_uri", login.redirect_uri.as_str()),
        ("code_verifier", login.code_verifier.expose()),
        ("resource", login.resource.as_str()),
    ];
    token_request(&login.server, &login.client, pairs.to_vec())
}

/// The answer to [`code_request`]. `now_ms` is the time it came.
pub fn code_response(code: AuthorizationCode, response: &Response, now_ms: u64) -> Result<Grant, AuthorizationError> {
    let tokens = tokens(response, now_ms)?;
    let login = code.login;
    Ok(Grant {
        server: login.server,
        client: login.client,
        resource: login.resource,
        scope: login.scope,
        tokens,
        step_ups: login.step_ups,
    })
}

/// RFC 6749, 6; RFC 8707, 2.2. No scope is named: all that was granted stays.
///
/// Errors: there is no refresh token ([`AuthorizationError::InvalidGrant`]).
pub fn refresh_request(grant: &Grant) -> Result<Request, AuthorizationError> {
    let refresh_token = grant.tokens.refresh_token.as_ref().ok_or(AuthorizationError::InvalidGrant)?;
    let pairs = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token.expose()),
        ("resource", grant.resource.as_str()),
    ];
    Ok(token_request(&grant.server, &grant.client, pairs.to_vec()))
}

/// The answer to [`refresh_request`]: the grant as it is now. What the answer leaves out stays. A refresh token that rotates is used
/// up by the request, so only one refresh at a time, and the result is kept before it is used.
pub fn refresh_response(grant: Grant, response: &Response, now_ms: u64) -> Result<Grant, AuthorizationError> {
    let new = tokens(response, now_ms)?;
    let tokens = Tokens {
        access_token: new.access_token,
        refresh_token: new.refresh_token.or(grant.tokens.refresh_token),
        scope: new.scope.or(grant.tokens.scope),
        expires_at: new.expires_at,
    };
    Ok(Grant { tokens, ..grant })
}

fn token_request<'a>(
    server: &AuthorizationServer,
    client: &'a ClientCredentials,
    mut pairs: Vec<(&'a str, &'a str)>,
) -> Request {
    let request = deputy_http::post(&server.token_endpoint).header("accept", "application/json");
    match (client.authentication, &client.client_secret) {
        (ClientAuthentication::Basic, Some(secret)) => {
            request.secret_header("authorization", &basic(client, secret)).form(pairs)
        }
        (ClientAuthentication::Post, Some(secret)) => {
            pairs.extend([("client_id", client.client_id.as_str()), ("client_secret", secret.expose())]);
            request.form(pairs)
        }
        _ => {
            pairs.push(("client_id", client.client_id.as_str()));
            request.form(pairs)
        }
    }
}

/// RFC 6749, 2.3.1: both are form-encoded first.
fn basic(client: &ClientCredentials, secret: &Secret) -> Secret {
    let encoded = |text: &str| form_body([(text, "")]).trim_end_matches('=').to_owned();
    let pair = format!("{}:{}", encoded(&client.client_id), encoded(secret.expose()));
    Secret::new(format!("Basic {}", Base64::encode_string(pair.as_bytes())))
}

fn tokens(response: &Response, now_ms: u64) -> Result<Tokens, AuthorizationError> {
    /// A year.
    const LONGEST_SECONDS: u64 = 366 * 86_400;
    #[derive(Deserialize)]
    struct Granted {
        access_token: Secret,
        token_type: String,
        expires_in: Option<serde_json::Value>,
        refresh_token: Option<Secret>,
        scope: Option<String>,
    }
    if !response.status().is_success() {
        return Err(refusal(response));
    }
    let malformed = AuthorizationError::Malformed { document: Document::Tokens };
    let granted: Granted = response.json().map_err(|_| malformed.clone())?;
    if granted.access_token.is_empty() || !granted.token_type.eq_ignore_ascii_case("bearer") {
        return Err(malformed);
    }
    let seconds = granted.expires_in.and_then(|value| match value {
        serde_json::Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    });
    Ok(Tokens {
        access_token: granted.access_token,
        refresh_token: granted.refresh_token.filter(|token| !token.is_empty()),
        scope: granted.scope.as_deref().map(ScopeSet::parse),
        expires_at: seconds.map(|seconds| now_ms.saturating_add(seconds.min(LONGEST_SECONDS).saturating_mul(1000))),
    })
}

/// RFC 6749, 5.2
fn refusal(response: &Response) -> AuthorizationError {
    #[derive(Deserialize, Default)]
    struct Refused {
        error: Option<String>,
        error_description: Option<String>,
    }
    let status = response.status();
    if status.is_server_error() || status.as_u16() == 429 {
        return AuthorizationError::Down { status: Some(status.as_u16()) };
    }
    let refused: Refused = response.json().unwrap_or_default();
    match refused.error.as_deref() {
        Some("invalid_grant") => AuthorizationError::InvalidGrant,
        Some("invalid_client") => AuthorizationError::InvalidClient,
        other => AuthorizationError::Refused {
            error: printable(other.unwrap_or("unknown"), 80),
            description: printable(&refused.error_description.unwrap_or_default(), 300),
        },
    }
}

#[cfg(test)]
mod tests {
    use deputy_http::{parse_query, response};
    use serde_json::json;

    use super::*;

    fn grant(authentication: ClientAuthentication) -> Grant {
        let server = json!({
            "issuer": "https://as.example",
            "authorization_endpoint": "https://as.example/authorize",
            "token_endpoint": "https://as.example/token",
        });
        let client = ClientCredentials::preregistered("c:1", Some(Secret::new("s %")));
        Grant {
            server: serde_json::from_value(server).unwrap(),
            client: ClientCredentials { authentication, ..client },
            resource: "https://mcp.example/mcp".to_owned(),
            scope: ScopeSet::parse("a b"),
            tokens: Tokens {
                access_token: Secret::new("old"),
                refresh_token: Some(Secret::new("r1")),
                scope: Some(ScopeSet::parse("a")),
                expires_at: Some(1),
            },
            step_ups: 1,
        }
    }

    fn sent(authentication: ClientAuthentication) -> (Option<String>, Vec<(String, String)>) {
        let request = refresh_request(&grant(authentication)).unwrap();
        let header = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
        (header, parse_query(&request.body().text()))
    }

    #[test]
    fn the_three_ways_to_prove_who_one_is() {
        let has = |pairs: &[(String, String)], name: &str, value: &str| {
            pairs.iter().any(|pair| *pair == (name.into(), value.into()))
        };
        let (header, form) = sent(ClientAuthentication::Basic);
        let expected = Base64::encode_string(b"c%3A1:s+%25");
        assert_eq!(header, Some(format!("Basic {expected}")));
        assert!(!form.iter().any(|(name, _)| name.starts_with("client_")));
        let (header, form) = sent(ClientAuthentication::Post);
        assert!(header.is_none() && has(&form, "client_id", "c:1") && has(&form, "client_secret", "s %"));
        let (header, form) = sent(ClientAuthentication::None);
        assert!(
            header.is_none() && has(&form, "client_id", "c:1") && !form.iter().any(|(name, _)| name == "client_secret")
        );
        assert!(has(&form, "resource", "https://mcp.example/mcp") && has(&form, "grant_type", "refresh_token"));
    }

    #[test]
    fn a_refresh_loses_neither_scopes_nor_the_refresh_token() {
        let answer = json!({ "access_token": "new", "token_type": "bearer", "expires_in": 60 });
        let same =
            refresh_response(grant(ClientAuthentication::None), &response(200, answer.to_string()), 1_000).unwrap();
        assert_eq!(same.tokens.access_token.expose(), "new");
        assert_eq!(same.tokens.refresh_token, Some(Secret::new("r1")));
        assert_eq!((same.tokens.scope.clone(), same.tokens.expires_at), (Some(ScopeSet::parse("a")), Some(61_000)));
        assert!(same.is_fresh(30_999) && !same.is_fresh(31_000) && same.scope == ScopeSet::parse("a b"));
        let rotated = json!({ "access_token": "new", "token_type": "Bearer", "refresh_token": "r2", "scope": "a b", "expires_in": "60" });
        let rotated = refresh_response(same, &response(200, rotated.to_string()), 0).unwrap();
        assert_eq!((rotated.tokens.refresh_token, rotated.tokens.expires_at), (Some(Secret::new("r2")), Some(60_000)));
    }

    #[test]
    fn why_there_are_no_tokens() {
        let read = |status, body: &str| {
            refresh_response(grant(ClientAuthentication::None), &response(status, body), 0).unwrap_err()
        };
        assert_eq!(read(400, r#"{"error":"invalid_grant"}"#), AuthorizationError::InvalidGrant);
        assert_eq!(read(401, r#"{"error":"invalid_client"}"#), AuthorizationError::InvalidClient);
        assert_eq!(read(503, ""), AuthorizationError::Down { status: Some(503) });
        assert_eq!(
            read(400, "<html>"),
            AuthorizationError::Refused { error: "unknown".into(), description: String::new() }
        );
        let malformed = AuthorizationError::Malformed { document: Document::Tokens };
        for body in
            ["", "{}", r#"{"access_token":"","token_type":"bearer"}"#, r#"{"access_token":"x","token_type":"DPoP"}"#]
        {
            assert_eq!(read(200, body), malformed, "{body}");
        }
        let mut without = grant(ClientAuthentication::None);
        without.tokens.refresh_token = None;
        assert_eq!(refresh_request(&without).err(), Some(AuthorizationError::InvalidGrant));
    }
}
