use deputy_http::append_query;

use crate::oauth::tenant::Tenant;

/// Where to send the browser to end the session at the tenant too (OpenID Connect RP-Initiated Logout 1.0, 2), or
/// Auth0's older `/v2/logout` if the tenant has that endpoint switched off. `logout_hint` is the `sid` of the session.
/// An ID token never travels in the URL.
pub fn logout_url(tenant: &Tenant, post_logout_redirect_uri: &str, logout_hint: Option<&str>) -> String {
    let client_id = ("client_id", tenant.client.client_id.as_str());
    match &tenant.endpoints.end_session {
        Some(end_session) => {
            let hint = logout_hint.map(|hint| ("logout_hint", hint));
            let pairs = [("post_logout_redirect_uri", post_logout_redirect_uri), client_id];
            append_query(end_session, pairs.into_iter().chain(hint))
        }
        None => append_query(&tenant.issuer.url("v2/logout"), [("returnTo", post_logout_redirect_uri), client_id]),
    }
}
