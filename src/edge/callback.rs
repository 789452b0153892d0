use deputy_auth0::{CallbackError, TokenSet, Transaction, VerifiedIdToken};
use worker::Response;

use super::browser_name::browser_name;
use super::code_exchange::exchange;
use super::identities;
use super::identity::{self, Caller, named_session};
use super::login_refusal::refused;
use super::query::Query;
use super::reply::{redirect, with_header};
use super::session_cookie::SessionCookie;
use super::ticket;
use super::visit::Visit;
use crate::account::connections::{CompleteConnect, ConnectCompleted, ConnectOutcome, UNKNOWN_FLOW};
use crate::account::sessions::{CloseSession, OpenSession, SessionOpened};
use crate::account::{self, account_name};
use crate::objects::{Refusal, TokenEnvelope};
use crate::platform::random;

/// `GET /auth/callback`: of a login (`code`) or of connected accounts (`connect_code`). Which of them it is, `state` decides:
/// a login left a cookie of that state in the browser, a connection attempt a row in the account.
pub async fn callback(visit: &mut Visit) -> Result<Response, Refusal> {
    let query = visit.query();
    let state = query.get("state").unwrap_or_default().to_owned();
    let name = visit.jar().transaction(&state);
    let sealed = name.as_ref().and_then(|name| visit.cookies.get(name)).map(str::to_owned);
    match (name, sealed) {
        (Some(name), Some(sealed)) => {
            // Gone in every case (S-14).
            visit.clear_cookie(&name);
            finish_login(visit, &query, &state, &sealed).await
        }
        _ => without_login(visit, &query, &state).await,
    }
}

/// No login of this browser is on its way under that `state`. It may be a connection attempt; else it is a page that was opened
/// again, or a link of the tenant's own e-mails, which leads a logged-in user home (T34).
async fn without_login(visit: &mut Visit, query: &Query, state: &str) -> Result<Response, Refusal> {
    let caller = identity::session(visit, None).await?;
    let Some(caller) = caller else {
        return ticket::page(query).unwrap_or_else(|| Err(unknown_attempt()));
    };
    let connecting = query.get("connect_code").is_some_and(|code| !code.is_empty());
    if !connecting && query.get("error").is_none() {
        return redirect("/");
    }
    match finish_connect(visit, &caller, query, state).await {
        // An error nobody waits for.
        Err(refusal) if !connecting && refusal.code == UNKNOWN_FLOW => redirect("/"),
        other => other,
    }
}

async fn finish_login(visit: &mut Visit, query: &Query, state: &str, sealed: &str) -> Result<Response, Refusal> {
    let settings = visit.settings.clone();
    let tenant = &settings.tenant;
    let transaction = match Transaction::open(&settings.keys, &tenant.issuer, state, sealed) {
        Ok(Transaction::Login(transaction)) => transaction,
        Ok(Transaction::Link(link)) => return identities::finish(visit, query, link).await,
        // Sealed by a key that is gone: as good as none.
        _ => return without_login(visit, query, state).await,
    };
    let silent = transaction.silent.then(|| transaction.return_to.clone());
    let code = match (deputy_auth0::callback(tenant, query.pairs(), transaction, visit.now), silent) {
        (Ok(code), _) => code,
        // `prompt=none` only asked. Nothing has changed: whoever was logged in still is, others stay anonymous.
        (Err(CallbackError::InteractionRequired), Some(return_to)) => return redirect(return_to.as_str()),
        (Err(error), _) => return Err(refused(visit, 400, &error)),
    };
    let (tokens, user) = exchange(visit, &code).await?;
    let account = account_name(user.issuer(), user.subject());
    let session = open_session(visit, &account, &user, tokens).await?;
    let jar = visit.jar();
    let cookie = SessionCookie { account, session: session.session };
    let value = cookie.seal(&settings.keys, tenant.issuer.as_str(), random::bytes()?)?;
    let max_age = session.expires_at.saturating_sub(visit.now) / 1000;
    let response = redirect(code.return_to().as_str())?;
    with_header(response, "set-cookie", &jar.set(jar.session(), &value, max_age))
}

/// A second login replaces the session whole; one of another user in this browser is closed first (S-03).
async fn open_session(
    visit: &Visit,
    account: &str,
    user: &VerifiedIdToken,
    tokens: TokenSet,
) -> Result<SessionOpened, Refusal> {
    let before = named_session(visit);
    let (replaces, foreign) = match before {
        Some(before) if before.account == account => (Some(before.session), None),
        other => (None, other),
    };
    if let Some(SessionCookie { account, session }) = foreign {
        account::ask(&visit.env, &account, &CloseSession { session }).await?;
    }
    let login = OpenSession {
        claims: user.claims().clone(),
        replaces,
        browser: visit.header("user-agent").as_deref().and_then(browser_name),
        tokens: TokenEnvelope {
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
            scope: tokens.scope.map(|scope| scope.to_string()),
            expires_at: tokens.expires_at,
        },
    };
    account::ask(&visit.env, account, &login).await
}

async fn finish_connect(visit: &Visit, caller: &Caller, query: &Query, state: &str) -> Result<Response, Refusal> {
    let Some(session) = caller.session.clone() else { return Err(unknown_attempt()) };
    let connect_code = query.get("connect_code").filter(|code| !code.is_empty()).map(str::to_owned);
    let complete = CompleteConnect { session, state: state.to_owned(), connect_code };
    redirect(&connect_return(&caller.ask(visit, &complete).await?))
}

/// The pop-up's page is told what became of it; other pages see it in the chat. An account that was not expected leads to the
/// page where the user chooses, and from there to the same place.
fn connect_return(completed: &ConnectCompleted) -> String {
    if completed.outcome == ConnectOutcome::OtherAccount {
        let query = [("choose", completed.connection.as_str()), ("returnTo", completed.return_to.as_str())];
        return deputy_http::append_query("/connections", query);
    }
    if completed.return_to.split('?').next() != Some("/close") {
        return completed.return_to.clone();
    }
    let connected = if completed.outcome == ConnectOutcome::Connected { "true" } else { "false" };
    deputy_http::append_query(
        &completed.return_to,
        [("connection", completed.connection.as_str()), ("connected", connected)],
    )
}

fn unknown_attempt() -> Refusal {
    Refusal::new(
        400,
        "callback_unknown",
        "This login is not known here: it was finished before, took too long, or was begun in another browser.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tv_17_only_the_pop_up_is_told_in_the_url() {
        use ConnectOutcome::{Cancelled, Connected, OtherAccount};
        let completed = |return_to: &str, outcome| ConnectCompleted {
            return_to: return_to.to_owned(),
            connection: "google-oauth2".to_owned(),
            outcome,
        };
        assert_eq!(connect_return(&completed("/close", Connected)), "/close?connection=google-oauth2&connected=true");
        assert_eq!(
            connect_return(&completed("/close?x=1", Cancelled)),
            "/close?x=1&connection=google-oauth2&connected=false"
        );
        assert_eq!(connect_return(&completed("/c/1", Connected)), "/c/1");
        assert_eq!(
            connect_return(&completed("/c/1", OtherAccount)),
            "/connections?choose=google-oauth2&returnTo=%2Fc%2F1"
        );
    }
}
