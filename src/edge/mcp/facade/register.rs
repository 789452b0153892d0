use std::cell::RefCell;

use deputy_http::{BuildRequest as _, Request};
use serde::{Deserialize, Serialize};

use super::checks::is_redirect_uri;
use super::error::FacadeError;
use crate::config::Settings;

/// Registrations in an hour that one isolate passes on. The tenant's own protection (MC-28) is what holds over all of them.
const MOST_IN_AN_HOUR: usize = 20;
const HOUR_MS: u64 = 3_600_000;
const MOST_REDIRECT_URIS: usize = 5;
const LONGEST_NAME: usize = 100;

thread_local! {
    /// When registrations were passed on, milliseconds.
    static PASSED: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// What may be registered (RFC 7591, 2): a client with a name that comes back to some addresses by code. Everything else that was sent
/// is left out.
#[derive(Debug, Serialize, Deserialize)]
struct Metadata {
    redirect_uris: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token_endpoint_auth_method: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grant_types: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    response_types: Option<Vec<String>>,
}

/// The request to the tenant's registration endpoint, if it is within bounds.
pub fn request(settings: &Settings, body: &[u8], now: u64) -> Result<Request, FacadeError> {
    let metadata: Metadata = deputy_http::json::read(body).map_err(|_| FacadeError::ClientMetadata)?;
    let uris = &metadata.redirect_uris;
    if !(1..=MOST_REDIRECT_URIS).contains(&uris.len()) || !uris.iter().all(|uri| is_redirect_uri(uri)) {
        return Err(FacadeError::RedirectUri);
    }
    let among = |list: &Option<Vec<String>>, allowed: &[&str]| {
        list.iter().flatten().all(|value| allowed.contains(&value.as_str()))
    };
    let method = metadata.token_endpoint_auth_method.as_deref();
    let plain = |name: &String| name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control);
    if !method.is_none_or(|method| matches!(method, "none" | "client_secret_post" | "client_secret_basic"))
        || !among(&metadata.grant_types, &["authorization_code", "refresh_token"])
        || !among(&metadata.response_types, &["code"])
        || !metadata.client_name.as_ref().is_none_or(plain)
    {
        return Err(FacadeError::ClientMetadata);
    }
    PASSED.with_borrow_mut(|passed| admit(passed, now))?;
    Ok(deputy_http::post(settings.tenant.issuer.url("oidc/register"))
        .header("accept", "application/json")
        .json(&metadata))
}

fn admit(passed: &mut Vec<u64>, now: u64) -> Result<(), FacadeError> {
    passed.retain(|at| now.saturating_sub(*at) < HOUR_MS);
    if passed.len() >= MOST_IN_AN_HOUR {
        return Err(FacadeError::TooManyClients);
    }
    passed.push(now);
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::config::testing::settings;

    fn registered(changes: Value) -> Result<Value, FacadeError> {
        let mut body = json!({ "redirect_uris": ["https://client.example/callback"], "client_name": "Client" });
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        let sent = request(&settings(&[]).unwrap(), body.to_string().as_bytes(), 0)?;
        assert_eq!(sent.uri(), "http://localhost:4400/oidc/register");
        Ok(serde_json::from_str(&sent.body().text()).unwrap())
    }

    #[test]
    fn mc_27_only_what_a_client_needs_is_registered() {
        let more = json!({ "grant_types": ["authorization_code"], "is_first_party": true, "jwks_uri": "https://x.example/", "scope": "all" });
        let passed = registered(more).unwrap();
        assert_eq!(
            passed,
            json!({ "redirect_uris": ["https://client.example/callback"], "client_name": "Client", "grant_types": ["authorization_code"] })
        );
        use FacadeError::*;
        for (changes, error) in [
            (json!({ "redirect_uris": [] }), RedirectUri),
            (json!({ "redirect_uris": ["javascript:alert(1)"] }), RedirectUri),
            (json!({ "redirect_uris": ["https://a.example", "http://b.example"] }), RedirectUri),
            (json!({ "redirect_uris": vec!["https://a.example/"; 6] }), RedirectUri),
            (json!({ "redirect_uris": "https://a.example" }), ClientMetadata),
            (json!({ "client_name": "x".repeat(101) }), ClientMetadata),
            (json!({ "client_name": "a\u{7}" }), ClientMetadata),
            (json!({ "grant_types": ["client_credentials"] }), ClientMetadata),
            (json!({ "grant_types": ["implicit"] }), ClientMetadata),
            (json!({ "response_types": ["token"] }), ClientMetadata),
            (json!({ "token_endpoint_auth_method": "private_key_jwt" }), ClientMetadata),
        ] {
            assert_eq!(registered(changes.clone()), Err(error), "{changes}");
        }
    }

    #[test]
    fn mc_28_registrations_are_bounded() {
        let mut passed = Vec::new();
        for at in 0..MOST_IN_AN_HOUR as u64 {
            assert_eq!(admit(&mut passed, at), Ok(()));
        }
        assert_eq!(admit(&mut passed, 100), Err(FacadeError::TooManyClients));
        assert_eq!(admit(&mut passed, HOUR_MS), Ok(()), "the first has run out");
        assert_eq!(admit(&mut passed, HOUR_MS), Err(FacadeError::TooManyClients));
    }
}
