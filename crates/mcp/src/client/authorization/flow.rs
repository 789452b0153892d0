use deputy_http::{Request, Response};

use crate::authorization::{ClientMetadata, ProtectedResource};
use crate::client::address::{Address, Reach};
use crate::client::authorization::authorization_server::{
    AuthorizationServer, server_metadata_response, server_metadata_urls,
};
use crate::client::authorization::challenge::Challenge;
use crate::client::authorization::error::AuthorizationError;
use crate::client::authorization::login::{AuthorizationInput, PendingLogin, authorization_request, callback};
use crate::client::authorization::protected_resource::{
    metadata_request, resource_metadata_response, resource_metadata_urls, resource_of_origin,
};
use crate::client::authorization::registration::{
    ClientCredentials, choose_client, registration_request, registration_response,
};
use crate::client::authorization::scope::{ScopeSet, choose_scope};
use crate::client::authorization::token::{Grant, code_request, code_response, refresh_request, refresh_response};
use crate::client::network::{DOCUMENT_LIMITS, Network, send_whole};

/// How often more permission is asked for before the client gives up: with the first log-in three in all.
pub const MOST_STEP_UPS: u8 = 2;

/// What a log-in begins with.
#[derive(Debug, Clone, Copy)]
pub struct LoginInput<'a> {
    /// The MCP server.
    pub server: &'a Address,
    /// Which addresses may be spoken to.
    pub reach: Reach,
    /// What the server said when it refused; [`Challenge::default`] if it was not asked yet.
    pub challenge: &'a Challenge,
    /// What the client says of itself. The first of its redirect URIs is where the user comes back to.
    pub metadata: &'a ClientMetadata,
    /// The client that was entered by hand or used last.
    pub client: Option<&'a ClientCredentials>,
    /// The grant there is, whose scopes a step-up keeps.
    pub grant: Option<&'a Grant>,
    /// Fresh bytes, used for nothing else.
    pub randomness: [[u8; 32]; 2],
}

/// Finds out whom to log in with and as whom, and begins: the URL to send the user to, and what to keep until the callback.
///
/// Errors: among the others [`AuthorizationError::StepUpLimit`], if the challenge wants more permission for the third time in a row
/// ([`Grant::settle`] after each call that went well).
pub async fn begin_login<N: Network>(
    network: &N,
    input: LoginInput<'_>,
) -> Result<(String, PendingLogin), AuthorizationError> {
    let before = input.grant.map(|grant| (&grant.scope, grant.step_ups));
    let step_ups = match before {
        Some((_, count)) if input.challenge.is_insufficient_scope() => count.saturating_add(1),
        _ => 0,
    };
    if step_ups > MOST_STEP_UPS {
        return Err(AuthorizationError::StepUpLimit);
    }
    let (resource, server) = discover(network, input.server, input.challenge, input.reach).await?;
    let known = input.client.or(input.grant.map(|grant| &grant.client));
    let client = match choose_client(&server, known, input.metadata, network.now_ms())? {
        Some(client) => client,
        None => {
            let answer = send(network, registration_request(&server, input.metadata)?).await?;
            registration_response(&server, &answer)?
        }
    };
    let scope = choose_scope(
        &input.challenge.scope,
        &resource.scopes_supported.iter().collect(),
        &server.scopes_supported.iter().collect(),
        before.map_or(&ScopeSet::default(), |(scope, _)| scope),
    );
    let redirect_uri = input.metadata.redirect_uris.first().cloned().unwrap_or_default();
    let input_of_request =
        AuthorizationInput { server, client, resource: resource.resource, scope, redirect_uri, step_ups };
    Ok(authorization_request(input_of_request, input.randomness, network.now_ms()))
}

/// Finishes a log-in with the decoded query of its callback.
pub async fn finish_login<N: Network>(
    network: &N,
    query: &[(String, String)],
    login: PendingLogin,
) -> Result<Grant, AuthorizationError> {
    let code = callback(query, login, network.now_ms())?;
    let answer = send(network, code_request(&code)).await?;
    code_response(code, &answer, network.now_ms())
}

/// Renews a grant. One at a time per grant: a refresh token that rotates is good once.
pub async fn refresh<N: Network>(network: &N, grant: &Grant) -> Result<Grant, AuthorizationError> {
    let answer = send(network, refresh_request(grant)?).await?;
    refresh_response(grant.clone(), &answer, network.now_ms())
}

/// What a server says of itself, and its authorization server: the first of those it names (RFC 9728, 7.6 leaves the choice to the
/// client; another only if that one has no metadata).
pub async fn discover<N: Network>(
    network: &N,
    server: &Address,
    challenge: &Challenge,
    reach: Reach,
) -> Result<(ProtectedResource, AuthorizationServer), AuthorizationError> {
    let mut resource = None;
    for url in resource_metadata_urls(server, challenge, reach) {
        let answer = document(network, url, reach).await?;
        resource = resource_metadata_response(&answer, server, reach)?;
        if resource.is_some() {
            break;
        }
    }
    let resource = resource.unwrap_or_else(|| resource_of_origin(server));
    for issuer in &resource.authorization_servers {
        let issuer = Address::parse(issuer, reach)?;
        for url in server_metadata_urls(&issuer, reach) {
            let answer = document(network, url, reach).await?;
            if let Some(found) = server_metadata_response(&answer, &issuer, reach)? {
                return Ok((resource, found));
            }
        }
    }
    Err(AuthorizationError::NoServerMetadata)
}

/// Gets a document, over a few redirects. Where each leads is checked like every other address.
async fn document<N: Network>(network: &N, mut url: Address, reach: Reach) -> Result<Response, AuthorizationError> {
    const MOST_REDIRECTS: usize = 3;
    let mut answer = send(network, metadata_request(&url)).await?;
    for _ in 0..MOST_REDIRECTS {
        if !matches!(answer.status().as_u16(), 301 | 302 | 307 | 308) {
            break;
        }
        let Some(location) = answer.headers().get("location").and_then(|value| value.to_str().ok()) else { break };
        url = url.join(location, reach)?;
        answer = send(network, metadata_request(&url)).await?;
    }
    Ok(answer)
}

async fn send<N: Network>(network: &N, request: Request) -> Result<Response, AuthorizationError> {
    Ok(send_whole(network, request, DOCUMENT_LIMITS).await?)
}
