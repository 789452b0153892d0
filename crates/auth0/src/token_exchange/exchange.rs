use deputy_http::{ReadResponse, Request, Response, Secret};
use serde::Deserialize;

use crate::oauth::tenant::{Client, Tenant};
use crate::oauth::token::{TokenError, TokenSet, token_request, token_response};
use crate::token_exchange::subject_token_type::SubjectTokenType;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN_TYPE: &str = "urn:ietf:params:oauth:token-type:access_token";

/// How the tenant is told what the subject token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExchangeGrant {
    /// Auth0's on-behalf-of exchange: an access token for the API of the client that asks. The new token says in `act` who acts.
    OnBehalfOf,
    /// A custom token exchange profile, whose Action checks the token and names the user (MC-18).
    Custom(SubjectTokenType),
}

/// What an API asks for, to call another one in the name of the user whose token it received.
#[derive(Debug, Clone)]
pub struct ApiExchange<'a> {
    /// The API's own client (`app_type` `resource_server`).
    pub client: &'a Client,
    /// How.
    pub grant: &'a ExchangeGrant,
    /// The access token received. It goes to the tenant and nowhere else.
    pub subject_token: &'a Secret,
    /// Identifier of the API to call.
    pub audience: &'a str,
    /// Scopes at that API; sent only if there are any.
    pub scope: Option<&'a str>,
}

/// RFC 8693, 2.1.
pub fn api_exchange_request(tenant: &Tenant, exchange: &ApiExchange<'_>) -> Request {
    let subject_token_type = match exchange.grant {
        ExchangeGrant::OnBehalfOf => ACCESS_TOKEN_TYPE,
        ExchangeGrant::Custom(kind) => kind.as_str(),
    };
    let mut pairs = vec![
        ("grant_type", GRANT),
        ("subject_token", exchange.subject_token.expose()),
        ("subject_token_type", subject_token_type),
        ("requested_token_type", ACCESS_TOKEN_TYPE),
        ("audience", exchange.audience),
    ];
    pairs.extend(exchange.scope.map(|scope| ("scope", scope)));
    exchange.client.authenticate(&mut pairs);
    token_request(tenant, pairs)
}

/// RFC 8693, 2.2: an access token for the API asked for. What else the tenant gives is dropped: a token for one call needs no
/// refresh token.
///
/// Errors: as of [`token_response`]; an answer that says the token is of another type is malformed.
pub fn api_exchange_response(response: Response, now_ms: u64) -> Result<TokenSet, TokenError> {
    let issued: Option<Issued> = response.json().ok();
    let tokens = token_response(response, now_ms)?;
    let kind = issued.and_then(|issued| issued.issued_token_type);
    if kind.is_some_and(|kind| kind != ACCESS_TOKEN_TYPE) {
        return Err(TokenError::Malformed { field: "issued_token_type" });
    }
    Ok(TokenSet { id_token: None, refresh_token: None, ..tokens })
}

#[derive(Deserialize)]
struct Issued {
    issued_token_type: Option<String>,
}
