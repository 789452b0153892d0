use base64ct::{Base64UrlUnpadded, Encoding as _};
use deputy_http::{Secret, append_query};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::client::authorization::authorization_server::AuthorizationServer;
use crate::client::authorization::challenge::printable;
use crate::client::authorization::error::AuthorizationError;
use crate::client::authorization::registration::ClientCredentials;
use crate::client::authorization::scope::ScopeSet;

/// The longest time between the start of a log-in and its callback, in milliseconds.
pub const LOGIN_LIFETIME_MS: u64 = 600_000;

/// What a log-in asks for.
#[derive(Debug, Clone)]
pub struct AuthorizationInput {
    /// Whom.
    pub server: AuthorizationServer,
    /// As whom.
    pub client: ClientCredentials,
    /// For which resource (RFC 8707).
    pub resource: String,
    /// How much; empty leaves it to the authorization server.
    pub scope: ScopeSet,
    /// Where the user comes back to.
    pub redirect_uri: String,
    /// How many step-ups have led here.
    pub step_ups: u8,
}

/// What has to be remembered of a log-in between its start and the callback, sealed, and taken out once. The host finds it by `state`
/// and keeps it with the user: nobody else may finish it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingLogin {
    /// RFC 6749, 10.12: comes back in the callback.
    pub state: String,
    /// RFC 7636, 4.1
    pub code_verifier: Secret,
    /// Its issuer is the one that the callback's `iss` is compared with.
    pub server: AuthorizationServer,
    /// To be kept, whatever comes of the log-in, so that the client does not register again.
    pub client: ClientCredentials,
    /// What the token is to be for.
    pub resource: String,
    /// What was asked for.
    pub scope: ScopeSet,
    /// As it was sent.
    pub redirect_uri: String,
    /// How many step-ups have led here.
    pub step_ups: u8,
    /// When it began, milliseconds since the epoch.
    pub created_at: u64,
}

/// The authorization request (RFC 6749, 4.1.1) with PKCE S256 (RFC 7636, 4.3) and `resource` (RFC 8707, 2.1): the URL to send the user
/// to, and what to remember until the callback. `randomness`: fresh bytes, used for nothing else.
pub fn authorization_request(
    input: AuthorizationInput,
    randomness: [[u8; 32]; 2],
    now_ms: u64,
) -> (String, PendingLogin) {
    let [state, code_verifier] = randomness.map(|bytes| Base64UrlUnpadded::encode_string(&bytes));
    let challenge = Base64UrlUnpadded::encode_string(&Sha256::digest(code_verifier.as_bytes()));
    let scope = input.scope.to_string();
    let mut pairs = vec![
        ("response_type", "code"),
        ("client_id", input.client.client_id.as_str()),
        ("redirect_uri", input.redirect_uri.as_str()),
        ("state", state.as_str()),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
        ("resource", input.resource.as_str()),
    ];
    if !scope.is_empty() {
        pairs.push(("scope", scope.as_str()));
    }
    // OpenID Connect Core 1.0, 11: a refresh token is given where the user was asked.
    if input.scope.contains("offline_access") {
        pairs.push(("prompt", "consent"));
    }
    let url = append_query(&input.server.authorization_endpoint, pairs);
    let pending = PendingLogin {
        state,
        code_verifier: Secret::new(code_verifier),
        server: input.server,
        client: input.client,
        resource: input.resource,
        scope: input.scope,
        redirect_uri: input.redirect_uri,
        step_ups: input.step_ups,
        created_at: now_ms,
    };
    (url, pending)
}

/// An authorization code that came back to the log-in it belongs to. Only [`callback`] makes one.
#[derive(Debug)]
pub struct AuthorizationCode {
    pub(crate) code: Secret,
    pub(crate) login: PendingLogin,
}

/// The authorization response (RFC 6749, 4.1.2; RFC 9207, 2.4). `query` is the decoded query of the callback. The log-in is spent,
/// whatever the outcome.
pub fn callback(
    query: &[(String, String)],
    login: PendingLogin,
    now_ms: u64,
) -> Result<AuthorizationCode, AuthorizationError> {
    // Clocks of two machines differ a little.
    const SKEW_MS: u64 = 30_000;
    if ["state", "code", "iss", "error"].iter().any(|name| values(query, name).count() > 1) {
        return Err(AuthorizationError::RepeatedParameter);
    }
    let get = |name| values(query, name).next().filter(|value| !value.is_empty());
    let same = |state: &str| bool::from(state.as_bytes().ct_eq(login.state.as_bytes()));
    if !get("state").is_some_and(same) {
        return Err(AuthorizationError::StateMismatch);
    }
    // Before anything else of the answer is believed, an error too.
    match get("iss") {
        Some(issuer) if issuer == login.server.issuer => {}
        None if !login.server.authorization_response_iss_parameter_supported => {}
        _ => return Err(AuthorizationError::IssuerMismatch),
    }
    if now_ms > login.created_at.saturating_add(LOGIN_LIFETIME_MS) || now_ms.saturating_add(SKEW_MS) < login.created_at
    {
        return Err(AuthorizationError::Expired);
    }
    if let Some(error) = get("error") {
        let description = printable(get("error_description").unwrap_or_default(), 300);
        return Err(match error {
            "access_denied" => AuthorizationError::AccessDenied { description },
            "temporarily_unavailable" | "server_error" => AuthorizationError::Down { status: None },
            other => AuthorizationError::Refused { error: printable(other, 80), description },
        });
    }
    let code = get("code").map(Secret::new).ok_or(AuthorizationError::MissingCode)?;
    Ok(AuthorizationCode { code, login })
}

fn values<'a>(query: &'a [(String, String)], name: &str) -> impl Iterator<Item = &'a str> {
    query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use deputy_http::parse_query;
    use serde_json::json;

    use super::*;

    fn begin(iss_supported: bool, scope: &str) -> (String, PendingLogin) {
        let server = serde_json::from_value(json!({
            "issuer": "https://as.example",
            "authorization_endpoint": "https://as.example/authorize?tenant=1",
            "token_endpoint": "https://as.example/token",
            "authorization_response_iss_parameter_supported": iss_supported,
        }))
        .unwrap();
        let input = AuthorizationInput {
            server,
            client: ClientCredentials::preregistered("c", None),
            resource: "https://mcp.example/mcp".to_owned(),
            scope: ScopeSet::parse(scope),
            redirect_uri: "https://app.example/callback".to_owned(),
            step_ups: 0,
        };
        authorization_request(input, [[1; 32], [2; 32]], 1_000)
    }

    fn come_back(iss_supported: bool, query: &str, now_ms: u64) -> Result<String, AuthorizationError> {
        let (_, login) = begin(iss_supported, "");
        let query = parse_query(&query.replace("STATE", &login.state));
        callback(&query, login, now_ms).map(|code| code.code.expose().to_owned())
    }

    #[test]
    fn the_request_has_pkce_and_resource() {
        let (url, login) = begin(false, "a b");
        let (endpoint, query) = url.split_once('?').unwrap();
        let query = parse_query(query);
        let get = |name: &str| values(&query, name).collect::<Vec<_>>().join("|");
        assert_eq!((endpoint, get("tenant").as_str()), ("https://as.example/authorize", "1"));
        assert_eq!(
            (get("code_challenge_method").as_str(), get("resource").as_str()),
            ("S256", "https://mcp.example/mcp")
        );
        assert_eq!((get("scope").as_str(), get("prompt").as_str()), ("a b", ""));
        // RFC 7636, 4.2
        let digest = Sha256::digest(login.code_verifier.expose().as_bytes());
        assert_eq!(get("code_challenge"), Base64UrlUnpadded::encode_string(&digest));
        assert!(login.code_verifier.expose().len() == 43 && !url.contains(login.code_verifier.expose()));
        assert!(!begin(false, "").0.contains("scope="));
        assert!(begin(false, "a offline_access").0.contains("prompt=consent"));
    }

    #[test]
    fn only_the_log_in_that_was_begun_is_finished() {
        assert_eq!(come_back(false, "code=x&state=STATE", 2_000).as_deref(), Ok("x"));
        for query in ["code=x", "code=x&state=", "code=x&state=other", "code=x&state=STATE2"] {
            assert_eq!(come_back(false, query, 2_000), Err(AuthorizationError::StateMismatch), "{query}");
        }
        assert_eq!(come_back(false, "state=STATE", 2_000), Err(AuthorizationError::MissingCode));
        assert_eq!(come_back(false, "code=x&code=y&state=STATE", 2_000), Err(AuthorizationError::RepeatedParameter));
        assert_eq!(come_back(false, "code=x&state=STATE", 601_001), Err(AuthorizationError::Expired));
    }

    /// RFC 9207, 2.4 with the table of MCP 2026-07-28, to the letter, before an error is believed.
    #[test]
    fn the_issuer_of_the_answer() {
        let good = "code=x&state=STATE&iss=https%3A%2F%2Fas.example";
        assert!(come_back(true, good, 2_000).is_ok() && come_back(false, good, 2_000).is_ok());
        assert_eq!(come_back(true, "code=x&state=STATE", 2_000), Err(AuthorizationError::IssuerMismatch));
        for issuer in ["https://evil.example", "https://as.example/", "https://AS.example", "https://as.example:443"] {
            for rest in ["code=x", "error=access_denied&error_description=believe+me"] {
                for supported in [true, false] {
                    let query = format!("{rest}&state=STATE&iss={issuer}");
                    assert_eq!(come_back(supported, &query, 2_000), Err(AuthorizationError::IssuerMismatch), "{query}");
                }
            }
        }
    }

    #[test]
    fn an_error_is_told() {
        let description = "no thanks".to_owned();
        let denied = come_back(false, "error=access_denied&error_description=no%0Athanks&state=STATE", 2_000);
        assert_eq!(denied, Err(AuthorizationError::AccessDenied { description }));
        let refused = come_back(false, "error=invalid_scope&state=STATE", 2_000);
        assert_eq!(
            refused,
            Err(AuthorizationError::Refused { error: "invalid_scope".into(), description: String::new() })
        );
        assert_eq!(
            come_back(false, "error=server_error&state=STATE", 2_000),
            Err(AuthorizationError::Down { status: None })
        );
    }
}
