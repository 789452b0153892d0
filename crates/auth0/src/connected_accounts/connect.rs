use deputy_http::{BuildRequest, ReadResponse, Request, Response, Secret, append_query};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::connected_accounts::my_account_error::MyAccountError;
use crate::oauth::authorization::code_challenge;
use crate::oauth::callback::{CallbackError, CallbackParameters};
use crate::oauth::tenant::Tenant;
use crate::oauth::token::refresh_request;
use crate::oauth::transaction::ConnectTransaction;
use crate::randomness::Randomness;
use crate::return_to::ReturnTo;
use crate::scopes::Scopes;

/// Scopes of a My Account token that can do everything this module does.
pub const MY_ACCOUNT_SCOPE: &str = "openid profile offline_access create:me:connected_accounts read:me:connected_accounts delete:me:connected_accounts";

/// A token for the My Account API from the session's multi-resource refresh token; read the answer with
/// [`token_response`](crate::token_response) and keep it apart from the session's own tokens: its audience is
/// `{issuer}me/`.
pub fn my_account_token_request(tenant: &Tenant, refresh_token: &Secret) -> Request {
    refresh_request(tenant, refresh_token, Some(&tenant.issuer.my_account_audience()), Some(MY_ACCOUNT_SCOPE))
}

/// What to connect.
#[derive(Debug, Clone, PartialEq)]
pub struct ConnectInput {
    /// Connection name, 1 to 128 characters.
    pub connection: String,
    /// Scopes to ask the provider for; empty leaves the choice to the connection (GitHub Apps).
    pub scopes: Scopes,
    /// Passed through to the provider's authorization endpoint (TV-18).
    pub authorization_params: Map<String, Value>,
    /// The user (`sub`) of the session.
    pub subject: String,
    /// Where to go afterwards.
    pub return_to: ReturnTo,
}

/// A connect call that was sent and not answered yet.
#[derive(Debug)]
pub struct PendingConnect(ConnectTransaction);

/// `POST /connected-accounts/connect` of the My Account API, with PKCE and `state`.
pub fn connect_request(
    tenant: &Tenant,
    my_account_token: &Secret,
    input: &ConnectInput,
    randomness: Randomness,
) -> Result<(Request, PendingConnect), MyAccountError> {
    let scopes_fit = input.scopes.len() <= 100 && input.scopes.iter().all(|scope| scope.len() <= 255);
    if !(1..=128).contains(&input.connection.len()) || !scopes_fit {
        return Err(MyAccountError::InvalidInput);
    }
    let [state, _, code_verifier] = randomness.into_texts();
    let request = call(tenant, "connect").bearer(my_account_token).json(&ConnectRequest {
        connection: &input.connection,
        redirect_uri: &tenant.redirect_uri,
        state: &state,
        code_challenge: &code_challenge(&code_verifier),
        code_challenge_method: "S256",
        scopes: &input.scopes,
        authorization_params: &input.authorization_params,
    });
    // The answer says the rest.
    let pending = ConnectTransaction {
        state,
        code_verifier: Secret::new(code_verifier),
        auth_session: Secret::new(""),
        connection: input.connection.clone(),
        subject: input.subject.clone(),
        redirect_uri: tenant.redirect_uri.clone(),
        return_to: input.return_to.clone(),
        created_at: 0,
        expires_at: 0,
    };
    Ok((request, PendingConnect(pending)))
}

/// 201 with a ticket: the URL to send the browser to, and what to remember, sealed, until the callback.
pub fn connect_response(
    tenant: &Tenant,
    response: Response,
    PendingConnect(mut transaction): PendingConnect,
    now_ms: u64,
) -> Result<(String, ConnectTransaction), MyAccountError> {
    if !response.status().is_success() {
        return Err(MyAccountError::from_response(&response, now_ms));
    }
    let body: ConnectBody = response.json().map_err(|_| MyAccountError::Malformed)?;
    if body.auth_session.is_empty() || body.connect_params.ticket.is_empty() || !tenant.issuer.trusts(&body.connect_uri)
    {
        return Err(MyAccountError::Malformed);
    }
    let lifetime_ms = body.expires_in.checked_mul(1000).ok_or(MyAccountError::Malformed)?;
    let url = append_query(&body.connect_uri, [("ticket", body.connect_params.ticket.as_str())]);
    transaction.auth_session = body.auth_session;
    transaction.created_at = now_ms;
    transaction.expires_at = now_ms.checked_add(lifetime_ms).ok_or(MyAccountError::Malformed)?;
    Ok((url, transaction))
}

/// A `connect_code` that came back to the transaction it belongs to. Only [`connect_callback`] makes one.
#[derive(Debug)]
pub struct ConnectCode {
    code: Secret,
    transaction: ConnectTransaction,
}

impl ConnectCode {
    /// The connection that is being connected.
    pub fn connection(&self) -> &str {
        &self.transaction.connection
    }

    /// Where the flow wanted to go.
    pub fn return_to(&self) -> &ReturnTo {
        &self.transaction.return_to
    }
}

/// The callback of the flow: `state`, age and user are those of the beginning. `subject` is the `sub` of the session
/// the browser has now; a flow begun by another user is refused.
pub fn connect_callback(
    tenant: &Tenant,
    query: &[(String, String)],
    transaction: ConnectTransaction,
    subject: &str,
    now_ms: u64,
) -> Result<ConnectCode, CallbackError> {
    let parameters = CallbackParameters::read(query)?;
    parameters.check_state(&transaction.state)?;
    if parameters.has_issuer() {
        parameters.check_issuer(tenant, false)?;
    }
    if subject.is_empty() || transaction.subject != subject {
        return Err(CallbackError::OtherUser);
    }
    let lifetime_ms = transaction.expires_at.saturating_sub(transaction.created_at);
    parameters.check_age(transaction.created_at, lifetime_ms, now_ms)?;
    let code = parameters.code("connect_code")?;
    Ok(ConnectCode { code, transaction })
}

/// `POST /connected-accounts/complete`, with a fresh My Account token of the same user.
pub fn complete_request(tenant: &Tenant, my_account_token: &Secret, code: &ConnectCode) -> Request {
    call(tenant, "complete").bearer(my_account_token).json(&json!({
        "auth_session": code.transaction.auth_session.expose(),
        "connect_code": code.code.expose(),
        "redirect_uri": code.transaction.redirect_uri,
        "code_verifier": code.transaction.code_verifier.expose(),
    }))
}

/// 201 (the guide says 200) with the account.
pub fn complete_response(response: Response, now_ms: u64) -> Result<ConnectedAccount, MyAccountError> {
    if !response.status().is_success() {
        return Err(MyAccountError::from_response(&response, now_ms));
    }
    response.json().map_err(|_| MyAccountError::Malformed)
}

/// An account the user has connected. Holds no token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectedAccount {
    /// `cac_…`
    pub id: String,
    /// Connection name.
    pub connection: String,
    /// `offline`
    #[serde(default)]
    pub access_type: Option<String>,
    /// What the provider granted.
    #[serde(default)]
    pub scopes: Scopes,
    /// RFC 3339
    #[serde(default)]
    pub created_at: Option<String>,
    /// RFC 3339
    #[serde(default)]
    pub expires_at: Option<String>,
}

fn call(tenant: &Tenant, name: &str) -> Request {
    deputy_http::post(format!("{}/connected-accounts/{name}", tenant.endpoints.my_account))
        .header("accept", "application/json")
}

#[derive(Serialize)]
struct ConnectRequest<'a> {
    connection: &'a str,
    redirect_uri: &'a str,
    state: &'a str,
    code_challenge: &'a str,
    code_challenge_method: &'a str,
    // The API refuses an empty list.
    #[serde(skip_serializing_if = "Scopes::is_empty")]
    scopes: &'a Scopes,
    #[serde(skip_serializing_if = "Map::is_empty")]
    authorization_params: &'a Map<String, Value>,
}

#[derive(Deserialize)]
struct ConnectBody {
    connect_uri: String,
    auth_session: Secret,
    connect_params: ConnectParams,
    expires_in: u64,
}

#[derive(Deserialize)]
struct ConnectParams {
    ticket: String,
}
