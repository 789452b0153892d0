use deputy_auth0::{
    AuthorizationCode, TokenError, TokenSet, VerifiedIdToken, code_request, token_response, validate_login,
};
use deputy_error::Explained;

use super::login_refusal::{refused, refused_with};
use super::visit::Visit;
use crate::account::tenant_keys;
use crate::objects::Refusal;
use crate::platform::fetch::{self, Limits};
use crate::platform::outside::Outside;
use crate::platform::{client_proof, clock};

/// The tokens of a log-in that came back, and who the tenant says logged in.
///
/// Errors: 400 or 503 with the reason; nobody was logged in.
pub async fn exchange(visit: &Visit, code: &AuthorizationCode) -> Result<(TokenSet, VerifiedIdToken), Refusal> {
    let tenant = client_proof::prepared(&visit.settings.tenant, visit.settings.client_key.as_ref()).await?;
    let answer = fetch::send(code_request(&tenant, code), Limits::default()).await;
    let tokens = answer.map_err(TokenError::from).and_then(|answer| token_response(answer, clock::now_ms())).map_err(
        |error| {
            let status = if error.is_transient() { 503 } else { 400 };
            refused(visit, status, &error)
        },
    )?;
    let id_token = tokens.id_token.as_ref().ok_or_else(|| {
        refused_with(
            visit,
            "id_token_missing",
            "Ask for the scope openid.",
            502,
            "The login service sent no proof of who you are.",
        )
    })?;
    let verified = tenant_keys::verify(&Outside, &visit.settings, id_token).await?;
    let user = verified
        .and_then(|token| validate_login(token, &tenant, code, clock::now_ms()))
        .map_err(|error| refused(visit, 400, &error))?;
    Ok((tokens, user))
}
