use deputy_agent::VerifiedUser;
use deputy_auth0::{BearerError, JwtError, ResourceServer, VerifiedAccessToken, bearer_token, validate_access_token};
use deputy_error::Explained;
use deputy_http::Secret;
use serde_json::{Map, Value};

use super::session_cookie::SessionCookie;
use super::visit::Visit;
use crate::account::sessions::{CheckSession, OpenBearer};
use crate::account::{self, AccountRequest, account_name, tenant_keys};
use crate::library;
use crate::library::requests::{LibraryRequest, Person};
use crate::objects::Refusal;
use crate::platform::log::{Level, Line};
use crate::platform::outside::Outside;
use crate::platform::random;

/// Who is asking, verified. Only this file makes one.
pub struct Caller {
    account: String,
    /// Subject.
    pub sub: String,
    /// Session id; none for a caller with a bearer token.
    pub session: Option<String>,
    /// When session or token ends as things stand, milliseconds: a session that is used lasts longer.
    pub exp: u64,
    /// ID-token claims, or the fields of a bearer's identity (UA-17).
    pub claims: Map<String, Value>,
    /// The chat whose socket is being opened is the user's.
    pub owns_chat: bool,
    /// What the user's MCP servers offer now; none where the account was not asked.
    pub servers_version: Option<u64>,
}

impl Caller {
    /// The bearer of an access token, without a session.
    fn bearer(visit: &Visit, token: &VerifiedAccessToken) -> Self {
        Self {
            account: account_name(visit.settings.tenant.issuer.as_str(), token.subject()),
            sub: token.subject().to_owned(),
            session: None,
            exp: token.expires_at(),
            claims: token.identity(),
            owns_chat: false,
            servers_version: None,
        }
    }

    /// Who is asking, as the agent is told (UA-17): a fixed set of fields, and all claims that do not carry one of these names. A
    /// session has no scopes of the agent's API.
    pub fn identity(&self) -> Map<String, Value> {
        let mut fields = self.claims.clone();
        fields.insert("identity".to_owned(), self.sub.as_str().into());
        fields.insert("auth_type".to_owned(), "auth0".into());
        fields.entry("email").or_insert(Value::Null);
        if self.session.is_some() {
            fields.insert("permissions".to_owned(), Value::Array(Vec::new()));
        }
        fields
    }

    fn user(&self) -> VerifiedUser {
        VerifiedUser::of(&self.sub, &self.claims)
    }

    /// Who asks, as a library wants to know it.
    pub fn person(&self) -> Person {
        Person::from(&self.user())
    }

    /// Asks the library of the caller's organisation, or of the tenant.
    pub async fn ask_library<R: LibraryRequest>(&self, visit: &Visit, request: &R) -> Result<R::Reply, Refusal> {
        library::ask(&visit.env, &library::library_of(&self.user()), request).await
    }

    /// Asks the caller's own account.
    pub async fn ask<R: AccountRequest>(&self, visit: &Visit, request: &R) -> Result<R::Reply, Refusal> {
        account::ask(&visit.env, &self.account, request).await
    }
}

/// The session named by the cookie, unverified: for replacing and closing it.
pub fn named_session(visit: &Visit) -> Option<SessionCookie> {
    let value = visit.cookies.get(visit.jar().session())?;
    SessionCookie::open(&visit.settings.keys, visit.settings.tenant.issuer.as_str(), value).map(|(cookie, _)| cookie)
}

/// Who holds a cookie or a bearer token, for what their own account can say alone: it checks the session with each request that it
/// answers, so that one visit of it is enough.
pub enum Holder {
    /// Of a session that is not known to be alive.
    Session(SessionCookie),
    /// Of a token that is good.
    Bearer(Box<Caller>),
}

impl Holder {
    /// The session, for requests that want to know it.
    pub fn session(&self) -> Option<&str> {
        match self {
            Self::Session(cookie) => Some(&cookie.session),
            Self::Bearer(caller) => caller.session.as_deref(),
        }
    }

    /// Asks the holder's own account.
    ///
    /// Errors: the account's own refusal; 401 for a session that is not alive, whose cookie is cleared (S-15).
    pub async fn ask<R: AccountRequest>(&self, visit: &mut Visit, request: &R) -> Result<R::Reply, Refusal> {
        let cookie = match self {
            Self::Session(cookie) => cookie,
            Self::Bearer(caller) => return caller.ask(visit, request).await,
        };
        let answer = account::ask_in_session(&visit.env, &cookie.account, request, &cookie.session).await;
        answer.map_err(|refusal| {
            if refusal.status != 401 {
                return refusal;
            }
            visit.clear_cookie(visit.jar().session());
            anonymous()
        })
    }
}

/// Who holds the cookie or the token of a request. As [`caller`], without asking the account yet.
///
/// Errors: 401.
pub async fn holder(visit: &mut Visit) -> Result<Holder, Refusal> {
    match presented(visit) {
        Ok(token) => Ok(Holder::Bearer(Box::new(Caller::bearer(visit, &verified(visit, &token).await?)))),
        Err(BearerError::Missing) => match opened_cookie(visit) {
            Some((cookie, false)) => Ok(Holder::Session(cookie)),
            // To be sealed anew: how long it lasts must be asked.
            Some((cookie, true)) => {
                session(visit, None).await?.ok_or_else(anonymous)?;
                Ok(Holder::Session(cookie))
            }
            None => Err(anonymous()),
        },
        Err(error) => Err(refused(error)),
    }
}

/// The session that the cookie names, and whether an older key sealed it. A cookie that is none of ours is cleared (S-15).
fn opened_cookie(visit: &mut Visit) -> Option<(SessionCookie, bool)> {
    let name = visit.jar().session();
    let value = visit.cookies.get(name)?;
    let opened = SessionCookie::open(&visit.settings.keys, visit.settings.tenant.issuer.as_str(), value);
    if opened.is_none() {
        visit.clear_cookie(name);
    }
    opened
}

/// Whose session the cookie names, if it is alive. A cookie that is not, for whatever reason, is cleared (S-15).
pub async fn session(visit: &mut Visit, socket: Option<&str>) -> Result<Option<Box<Caller>>, Refusal> {
    let Some((cookie, reseal)) = opened_cookie(visit) else { return Ok(None) };
    let SessionCookie { account, session } = cookie.clone();
    let check = CheckSession { session: session.clone(), socket: socket.map(str::to_owned) };
    match account::ask(&visit.env, &account, &check).await {
        Ok(view) => {
            if reseal {
                seal_anew(visit, &cookie, view.expires_at)?;
            }
            Ok(Some(Box::new(Caller {
                account,
                sub: view.sub,
                session: Some(session),
                exp: view.ends_at,
                claims: view.claims,
                owns_chat: view.owns_chat,
                servers_version: Some(view.servers_version),
            })))
        }
        Err(refusal) if refusal.status == 401 => {
            visit.clear_cookie(visit.jar().session());
            Ok(None)
        }
        Err(refusal) => Err(refusal),
    }
}

/// A cookie that an older key sealed goes out again under the first one, so that the older can be taken off the ring.
fn seal_anew(visit: &mut Visit, cookie: &SessionCookie, expires_at: u64) -> Result<(), Refusal> {
    let value = cookie.seal(&visit.settings.keys, visit.settings.tenant.issuer.as_str(), random::bytes()?)?;
    let name = visit.jar().session();
    visit.set_cookie(name, &value, expires_at.saturating_sub(visit.now) / 1000);
    Ok(())
}

/// The caller of an endpoint that wants a session.
///
/// Errors: 401.
pub async fn required_session(visit: &mut Visit) -> Result<Box<Caller>, Refusal> {
    session(visit, None).await?.ok_or_else(anonymous)
}

/// The caller of an endpoint that takes a session or a bearer token. A token that is there must be good, even beside a cookie.
///
/// Errors: 401.
pub async fn caller(visit: &mut Visit, socket: Option<&str>) -> Result<Box<Caller>, Refusal> {
    match presented(visit) {
        // A socket begins turns, and turns need the token.
        Ok(token) if socket.is_some() => kept(visit, token, socket).await,
        Ok(token) => Ok(Box::new(Caller::bearer(visit, &verified(visit, &token).await?))),
        Err(BearerError::Missing) => session(visit, socket).await?.ok_or_else(anonymous),
        Err(error) => Err(refused(error)),
    }
}

/// The caller of `POST /chat`: a bearer token and nothing else, kept for the turns that it begins (TV-05, TV-25).
///
/// Errors: 401.
pub async fn bearer_caller(visit: &Visit) -> Result<Box<Caller>, Refusal> {
    match presented(visit) {
        Ok(token) => kept(visit, token, None).await,
        Err(BearerError::Missing) => {
            Err(Refusal::new(401, BearerError::Missing.code(), "Access token not available in auth context"))
        }
        Err(error) => Err(refused(error)),
    }
}

fn presented(visit: &Visit) -> Result<Secret, BearerError> {
    let (api_key, authorization) = (visit.header("x-api-key"), visit.header("authorization"));
    bearer_token(api_key.as_deref(), authorization.as_deref())
}

/// A bearer whose account has taken the token in as a session.
async fn kept(visit: &Visit, token: Secret, socket: Option<&str>) -> Result<Box<Caller>, Refusal> {
    let verified = verified(visit, &token).await?;
    let caller = Caller::bearer(visit, &verified);
    let opened = caller.ask(visit, &OpenBearer::of(&verified, token, socket.map(str::to_owned))).await?;
    Ok(Box::new(Caller { session: Some(opened.session), owns_chat: opened.owns_chat, ..caller }))
}

/// 401 for somebody without a session.
pub fn anonymous() -> Refusal {
    Refusal::new(401, "unauthenticated", "You are not logged in.")
}

/// An access token for the agent's API, of a client that is allowed (UA-14 to UA-16, CF-07, S-28).
async fn verified(visit: &Visit, token: &Secret) -> Result<VerifiedAccessToken, Refusal> {
    let tenant = &visit.settings.tenant;
    let resource_server = ResourceServer {
        issuer: tenant.issuer.clone(),
        audience: tenant.audience.clone().unwrap_or_default(),
        allowed_clients: Some(visit.settings.allowed_clients.clone()),
    };
    verify(visit, token, &resource_server).await?.map_err(|error| refused(BearerError::from(error)))
}

/// Checks an access token for an API of ours. Why one is not accepted is in the log.
///
/// Errors: outer, it cannot be checked now (503); inner, it is not accepted.
pub async fn verify(
    visit: &Visit,
    token: &Secret,
    resource_server: &ResourceServer,
) -> Result<Result<VerifiedAccessToken, JwtError>, Refusal> {
    let verified = tenant_keys::verify(&Outside, &visit.settings, token).await?;
    let verified = verified.and_then(|token| validate_access_token(token, resource_server, visit.now));
    Ok(verified.inspect_err(|error| {
        Line { id: Some(&visit.id), code: Some(error.code()), ..Line::new(Level::Warn, "bearer_refused") }.write();
    }))
}

fn refused(error: BearerError) -> Refusal {
    Refusal::explained(401, &error)
}
