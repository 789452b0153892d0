use deputy_auth0::{LoginInput, Randomness, TRANSACTION_LIFETIME_MS, Transaction, authorize};
use worker::Response;

use super::connect;
use super::identity;
use super::reply::{redirect, with_header};
use super::visit::Visit;
use crate::objects::Refusal;
use crate::platform::random;

/// Logins that may be on their way in one browser; more cookies than that would end in requests that are too large.
const PARALLEL_LOGINS: usize = 5;

/// `GET /auth/login`: redirects to the tenant with PKCE, state and nonce (UA-01, UA-03, UA-04, UA-11).
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
    let randomness = Randomness::from_source(|bytes| {
        bytes.copy_from_slice(&random::bytes::<96>()?);
        Ok::<(), random::NoRandomness>(())
    })?;
    let tenant = &visit.settings.tenant;
    let (location, transaction) = authorize(tenant, input, randomness, visit.now);
    let jar = visit.jar();
    let name = jar.transaction(&transaction.state).ok_or_else(|| Refusal::internal("state_unusable"))?;
    let sealed = Transaction::Login(transaction).seal(&visit.settings.keys, random::bytes()?, &tenant.issuer)?;
    let cookie = jar.set(&name, &sealed, TRANSACTION_LIFETIME_MS / 1000);
    let open: Vec<String> = visit.cookies.names_with_prefix(jar.transaction_prefix()).map(str::to_owned).collect();
    if open.len() >= PARALLEL_LOGINS {
        for name in open {
            visit.clear_cookie(&name);
        }
    }
    with_header(redirect(&location)?, "set-cookie", &cookie)
}
