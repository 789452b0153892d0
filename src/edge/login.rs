use deputy_auth0::{
    LoginInput, LoginTransaction, ParError, Randomness, TRANSACTION_LIFETIME_MS, Tenant, Transaction, authorize,
    authorize_pushed, par_request, par_response,
};
use worker::Response;

use super::connect;
use super::identity;
use super::login_refusal::refused;
use super::reply::{redirect, with_header};
use super::tenant_metadata;
use super::visit::Visit;
use crate::objects::Refusal;
use crate::platform::outside::Outside;
use crate::platform::ports::{Clock, Network};
use crate::platform::{client_proof, random};

/// Logins that may be on their way in one browser; more cookies than that would end in requests that are too large.
const PARALLEL_LOGINS: usize = 5;

/// `GET /auth/login`: redirects to the tenant with PKCE, state and nonce (UA-01, UA-03, UA-04, UA-11). Where the tenant takes
/// pushed requests (RFC 9126), what is asked for goes there directly and not through the browser.
///
/// With a session and `connection_scope` it starts the Connected Accounts flow instead, as old pop-ups expect.
pub async fn login(visit: &mut Visit) -> Result<Response, Refusal> {
    let query = visit.query();
    if query.get("connection_scope").is_some()
        && query.get("connection").is_some()
        && let Some(caller) = identity::session(visit, None).await?
    {
        return connect::start(visit, &caller, &query).await;
    }
    let input = LoginInput::from_query(query.pairs(), &visit.settings.base_url);
    let (location, cookie) = begin(visit, input, Transaction::Login).await?;
    with_header(redirect(&location)?, "set-cookie", &cookie)
}

/// Begins an authorization at the tenant: where the browser goes, and the cookie (`Set-Cookie`) in which the transaction comes back
/// with it, sealed.
pub async fn begin(
    visit: &mut Visit,
    input: LoginInput,
    remembered: impl FnOnce(LoginTransaction) -> Transaction,
) -> Result<(String, String), Refusal> {
    let randomness = Randomness::from_source(|bytes| {
        bytes.copy_from_slice(&random::bytes::<96>()?);
        Ok::<(), random::NoRandomness>(())
    })?;
    let issuer = &visit.settings.tenant.issuer;
    let endpoints = tenant_metadata::endpoints(&Outside, issuer).await.map_err(|error| refused(visit, 503, &error))?;
    let prepared = client_proof::prepared(&visit.settings.tenant, visit.settings.client_key.as_ref()).await?;
    let mut tenant = prepared.into_owned();
    tenant.endpoints.pushed_authorization_request.clone_from(&endpoints.pushed_authorization_request);
    tenant.endpoints.iss_parameter = endpoints.iss_parameter;
    let (location, transaction) = to_tenant(&Outside, &tenant, input, randomness).await.map_err(|error| {
        if matches!(error, ParError::NotSupported { .. }) {
            // Switched off since the metadata was read: the next login reads it again.
            tenant_metadata::forget();
        }
        let status = match error {
            ParError::RateLimited { .. } => 429,
            ParError::Refused { .. } | ParError::TooLarge => 400,
            _ => 503,
        };
        refused(visit, status, &error)
    })?;
    let jar = visit.jar();
    let name = jar.transaction(&transaction.state).ok_or_else(|| Refusal::internal("state_unusable"))?;
    let sealed = remembered(transaction).seal(&visit.settings.keys, random::bytes()?, issuer)?;
    let cookie = jar.set(&name, &sealed, TRANSACTION_LIFETIME_MS / 1000);
    let open: Vec<String> = visit.cookies.names_with_prefix(jar.transaction_prefix()).map(str::to_owned).collect();
    if open.len() >= PARALLEL_LOGINS {
        for name in open {
            visit.clear_cookie(&name);
        }
    }
    Ok((location, cookie))
}

/// Where the browser goes, and what to remember. `tenant` is prepared for one request and has the endpoints of its metadata. A
/// push that fails is no reason to send the same through the browser: an outage would turn the protection off.
async fn to_tenant(
    ports: &(impl Network + Clock),
    tenant: &Tenant,
    input: LoginInput,
    randomness: Randomness,
) -> Result<(String, LoginTransaction), ParError> {
    if tenant.endpoints.pushed_authorization_request.is_none() {
        return Ok(authorize(tenant, input, randomness, ports.now()));
    }
    let (request, transaction) = par_request(tenant, &input, randomness, ports.now())?;
    let pushed = par_response(ports.send(request).await?, ports.now())?;
    Ok((authorize_pushed(tenant, pushed), transaction))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use deputy_auth0::ReturnTo;
    use deputy_http::{parse_query, response};
    use futures::executor::block_on;
    use serde_json::json;

    use super::*;
    use crate::config::testing::settings;
    use crate::platform::testing::FakeHost;

    fn begin(host: &FakeHost, pushes: bool) -> Result<String, ParError> {
        let mut tenant = settings(&[]).unwrap().tenant;
        if !pushes {
            tenant.endpoints.pushed_authorization_request = None;
        }
        let Ok(randomness) = Randomness::from_source(|bytes| {
            bytes.fill(7);
            Ok::<(), Infallible>(())
        });
        let mut input = LoginInput::new(ReturnTo::root());
        input.login_hint = Some("ana@example.com".to_owned());
        block_on(to_tenant(host, &tenant, input, randomness)).map(|(location, transaction)| {
            assert!(!location.contains(&transaction.nonce) || !pushes, "nothing of it is in the browser");
            location
        })
    }

    /// UA-03, S-13: with PAR the browser carries a reference; the rest is sent by us, with our client authentication.
    #[test]
    fn ua_03_a_tenant_that_takes_pushed_requests_gets_them() {
        let host = FakeHost::new();
        host.world(|_| Ok(response(201, json!({ "request_uri": "urn:example:1", "expires_in": 30 }).to_string())));
        let location = begin(&host, true).unwrap();
        let names: Vec<_> =
            parse_query(location.split_once('?').unwrap().1).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["client_id", "request_uri"]);
        let pushed = host.sent("oauth/par").pop().unwrap().body().text();
        for sent in ["code_challenge=", "login_hint=", "nonce=", "client_secret="] {
            assert!(pushed.contains(sent), "{sent}");
        }
    }

    #[test]
    fn ua_03_one_that_takes_none_gets_the_request_by_the_browser() {
        let host = FakeHost::new();
        let location = begin(&host, false).unwrap();
        assert!(location.contains("code_challenge=") && !location.contains("client_secret"));
        assert!(host.sent("").is_empty());
    }

    /// An outage or a refusal of the push never sends the same request through the browser.
    #[test]
    fn ua_03_a_push_that_fails_is_a_login_that_fails() {
        let host = FakeHost::new();
        assert_eq!(begin(&host, true), Err(ParError::TenantDown { status: None }), "nobody there");
        for (status, body) in [
            (500, "{}"),
            (404, ""),
            (400, r#"{"error":"invalid_request"}"#),
            (401, r#"{"error":"invalid_client"}"#),
            (429, "{}"),
            (200, r#"{"request_uri":"urn:example:1","expires_in":30}"#),
            (201, "<html>"),
            (201, r#"{"request_uri":"","expires_in":30}"#),
        ] {
            host.world(move |_| Ok(response(status, body)));
            assert!(begin(&host, true).is_err(), "{status} {body}");
        }
    }
}
