use deputy_auth0::validate_logout_token;
use deputy_error::Explained;
use deputy_http::{Secret, parse_query};
use worker::Response;

use super::reply;
use super::visit::Visit;
use crate::account::sessions::{TenantLogout, sid_hint_key};
use crate::account::{self, account_name, tenant_keys};
use crate::objects::Refusal;
use crate::platform::kv::Vault;
use crate::platform::log::{Level, Line};
use crate::platform::outside::Outside;

/// `POST /auth/backchannel-logout` (OpenID Connect Back-Channel Logout 1.0, 2.5 to 2.8): 200, or 400 for a token that is not good.
pub async fn logout(visit: &mut Visit) -> Result<Response, Refusal> {
    let kind = visit.header("content-type").unwrap_or_default();
    if !kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
        return Err(bad("logout_content_type"));
    }
    let body = visit.body().await?;
    let pairs = parse_query(&body);
    let token = pairs.iter().find(|(name, _)| name == "logout_token").ok_or_else(|| bad("logout_token_missing"))?;
    let token = Secret::new(token.1.as_str());
    let verified = tenant_keys::verify(&Outside, &visit.settings, &token).await?;
    let token = verified.and_then(|token| validate_logout_token(token, &visit.settings.tenant, visit.now)).map_err(
        |error| {
            Line { id: Some(&visit.id), code: Some(error.code()), ..Line::new(Level::Warn, "logout_token_refused") }
                .write();
            bad(error.code())
        },
    )?;
    let issuer = visit.settings.tenant.issuer.as_str();
    // The subject decides; a token that names only the tenant's session finds its account by the hint, which may be lost.
    let account = match (token.subject(), token.sid()) {
        (Some(subject), _) => Some(account_name(issuer, subject)),
        (None, Some(sid)) => Vault::of(&visit.env).get(&sid_hint_key(issuer, sid)).await,
        (None, None) => None,
    };
    if let Some(account) = account {
        let logout = TenantLogout {
            sid: token.sid().map(str::to_owned),
            jti: token.jti().to_owned(),
            expires_at: token.remember_until(),
        };
        account::ask(&visit.env, &account, &logout).await?;
    }
    reply::text("", "text/plain; charset=utf-8")
}

fn bad(code: &str) -> Refusal {
    Refusal::new(400, code, "This is not a logout token of our tenant.")
}
