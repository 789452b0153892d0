//! Client authentication: secret in the body or in the Basic header (RFC 6749 2.3.1), or a signed assertion
//! (RFC 7523 2.2, `private_key_jwt`).

use axum::http::{HeaderMap, header::AUTHORIZATION};
use base64::{Engine, engine::general_purpose::STANDARD};
use subtle::ConstantTimeEq;
use url::form_urlencoded;

use crate::{
    tenant::{OAuthError, jose::Jwt, parameters::Parameters},
    world::{Client, World},
};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The longest life of an assertion, in milliseconds, and how far its clock may be off.
const LONGEST_LIFE_MS: u64 = 3_600_000;
const SKEW_MS: u64 = 30_000;

/// What a client shows of itself.
enum Credential {
    None,
    Secret(String),
    Assertion(String),
}

/// The client that sent the request.
///
/// # Errors
/// 401 `invalid_client` when it is unknown or its credential is wrong, missing or of another kind than registered; 400 when
/// it used two methods.
pub(crate) fn authenticate(world: &World, headers: &HeaderMap, parameters: &Parameters) -> Result<Client, OAuthError> {
    let (client_id, credential) = presented(headers, parameters)?;
    let client = world.state().directory.client(&client_id).cloned().ok_or_else(OAuthError::invalid_client)?;
    let good = match (&client.client_secret, credential) {
        (_, Credential::Assertion(assertion)) => verified(world, &client, &assertion),
        // A client with keys has given its secret up.
        _ if !client.public_keys.is_empty() => false,
        (Some(expected), Credential::Secret(given)) => expected.as_bytes().ct_eq(given.as_bytes()).into(),
        (None, Credential::None) => true,
        _ => false,
    };
    if good { Ok(client) } else { Err(OAuthError::invalid_client()) }
}

fn presented(headers: &HeaderMap, parameters: &Parameters) -> Result<(String, Credential), OAuthError> {
    let two = || OAuthError::invalid_request("The client used two ways to authenticate.");
    let named = parameters.get("client_id");
    let secret = parameters.get("client_secret");
    let assertion = parameters.get("client_assertion");
    if let Some((client_id, given)) = basic(headers)? {
        if secret.is_some() || assertion.is_some() {
            return Err(two());
        }
        if named.is_some_and(|named| named != client_id) {
            return Err(OAuthError::invalid_request("client_id does not fit the Authorization header."));
        }
        return Ok((client_id, Credential::Secret(given)));
    }
    if let Some(assertion) = assertion {
        if secret.is_some() {
            return Err(two());
        }
        if parameters.get("client_assertion_type") != Some(JWT_BEARER) {
            return Err(OAuthError::invalid_request("Unsupported client_assertion_type."));
        }
        let subject = Jwt::parse(assertion).and_then(|jwt| jwt.text("sub").map(str::to_owned));
        let subject = subject.filter(|subject| named.is_none_or(|named| named == subject));
        return Ok((subject.ok_or_else(OAuthError::invalid_client)?, Credential::Assertion(assertion.to_owned())));
    }
    let client_id = named.ok_or_else(OAuthError::invalid_client)?.to_owned();
    Ok((client_id, secret.map_or(Credential::None, |secret| Credential::Secret(secret.to_owned()))))
}

/// RFC 7523 3: issuer and subject are the client, the audience is this server, it expires soon and is used once.
fn verified(world: &World, client: &Client, assertion: &str) -> bool {
    let Some(jwt) = Jwt::parse(assertion) else { return false };
    let now = world.now_ms();
    let issuer = &world.options().issuer;
    let token_endpoint = format!("{issuer}oauth/token");
    let id = Some(client.client_id.as_str());
    let (Some(exp), Some(jti)) = (jwt.seconds("exp").map(|exp| exp.saturating_mul(1000)), jwt.text("jti")) else {
        return false;
    };
    let not_yet = jwt.seconds("nbf").is_some_and(|nbf| nbf.saturating_mul(1000) > now.saturating_add(SKEW_MS));
    jwt.signed_by(&client.public_keys)
        && jwt.text("iss") == id
        && jwt.text("sub") == id
        && jwt.is_for(&[issuer, issuer.trim_end_matches('/'), &token_endpoint])
        && exp > now
        && exp <= now.saturating_add(LONGEST_LIFE_MS)
        && !not_yet
        && world.first_use(format!("assertion {} {jti}", client.client_id), exp)
}

/// Client id and secret are form-encoded before they are base64-encoded (RFC 6749 2.3.1).
fn basic(headers: &HeaderMap) -> Result<Option<(String, String)>, OAuthError> {
    let Some(header) = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()) else { return Ok(None) };
    let Some((scheme, value)) = header.split_once(' ') else { return Ok(None) };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Ok(None);
    }
    let text = STANDARD.decode(value.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let (client_id, secret) =
        text.as_deref().and_then(|text| text.split_once(':')).ok_or_else(OAuthError::invalid_client)?;
    Ok(Some((decoded(client_id), decoded(secret))))
}

fn decoded(text: &str) -> String {
    form_urlencoded::parse(format!("v={text}").as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
