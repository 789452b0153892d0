use deputy_http::{BuildRequest, Method, ReadResponse, Request, Response, Secret, append_query, percent_encode};
use serde_json::json;

use crate::account_linking::identity::{Identity, UserBody, parts};
use crate::account_linking::linking_error::LinkingError;
use crate::oauth::tenant::{Client, Tenant};
use crate::oauth::token::{TokenSet, token_request, token_response};

/// The least scopes of a Management API token that can do everything this module does.
pub const LINKING_SCOPE: &str = "read:users update:users";

/// RFC 6749, 4.4: a token for the Management API in `client`'s own name. The API is at the tenant's own host, not at a custom domain.
pub fn linking_token_request(tenant: &Tenant, client: &Client) -> Request {
    let audience = tenant.issuer.url("api/v2/");
    let mut pairs =
        vec![("grant_type", "client_credentials"), ("audience", audience.as_str()), ("scope", LINKING_SCOPE)];
    client.authenticate(&mut pairs);
    token_request(tenant, pairs)
}

/// The token. A refusal is one of the client, whatever the tenant calls it: no user is concerned.
pub fn linking_token_response(response: Response, now_ms: u64) -> Result<TokenSet, LinkingError> {
    token_response(response, now_ms).map_err(LinkingError::from_token)
}

/// `GET /users/{id}`: the user with that `sub`, no more of it than is needed.
pub fn identities_request(tenant: &Tenant, token: &Secret, subject: &str) -> Request {
    let url = append_query(
        &user_url(tenant, subject),
        [("fields", "user_id,email,name,identities"), ("include_fields", "true")],
    );
    deputy_http::get(url).header("accept", "application/json").bearer(token)
}

/// 200: the user's identities, the primary one first.
pub fn identities_response(response: Response, now_ms: u64) -> Result<Vec<Identity>, LinkingError> {
    if !response.status().is_success() {
        return Err(LinkingError::from_response(&response, now_ms));
    }
    let user: UserBody = response.json().map_err(|_| LinkingError::Malformed)?;
    user.identities().ok_or(LinkingError::Malformed)
}

/// `POST /users/{id}/identities`: the log-in with `secondary`, which is another user's until now, is `primary`'s from now on.
pub fn link_request(tenant: &Tenant, token: &Secret, primary: &str, secondary: &str) -> Result<Request, LinkingError> {
    if primary == secondary {
        return Err(LinkingError::Own);
    }
    let (provider, user_id) = parts(secondary)?;
    let url = format!("{}/identities", user_url(tenant, primary));
    let request = deputy_http::post(url).header("accept", "application/json").bearer(token);
    Ok(request.json(&json!({ "provider": provider, "user_id": user_id })))
}

/// 201
pub fn link_response(response: Response, now_ms: u64) -> Result<(), LinkingError> {
    done(&response, now_ms)
}

/// `DELETE /users/{id}/identities/{provider}/{user_id}`: the log-in is a user of its own again.
pub fn unlink_request(
    tenant: &Tenant,
    token: &Secret,
    primary: &str,
    identity: &Identity,
) -> Result<Request, LinkingError> {
    if identity.primary || identity.subject() == primary {
        return Err(LinkingError::Primary);
    }
    let (provider, user_id) = (percent_encode(&identity.provider), percent_encode(&identity.user_id));
    let url = format!("{}/identities/{provider}/{user_id}", user_url(tenant, primary));
    Ok(deputy_http::request(Method::DELETE, url).header("accept", "application/json").bearer(token))
}

/// 200
pub fn unlink_response(response: Response, now_ms: u64) -> Result<(), LinkingError> {
    done(&response, now_ms)
}

fn done(response: &Response, now_ms: u64) -> Result<(), LinkingError> {
    if response.status().is_success() { Ok(()) } else { Err(LinkingError::from_response(response, now_ms)) }
}

fn user_url(tenant: &Tenant, subject: &str) -> String {
    tenant.issuer.url(&format!("api/v2/users/{}", percent_encode(subject)))
}
