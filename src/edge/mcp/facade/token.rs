use deputy_http::{BuildRequest as _, Request, Secret};

use super::checks::{is_our_resource, once, passing, value};
use super::error::FacadeError;
use crate::config::Settings;

/// Parameters that may pass to the tenant's token endpoint.
const PASSING: [&str; 8] =
    ["grant_type", "client_id", "client_secret", "code", "redirect_uri", "code_verifier", "refresh_token", "scope"];

/// The request to the tenant. `resource` is looked at before anything is sent and then left out: a refusal after the tenant has
/// rotated the refresh token would cost the client its log-in.
pub fn request(
    settings: &Settings,
    content_type: Option<&str>,
    authorization: Option<&str>,
    body: &str,
) -> Result<Request, FacadeError> {
    let kind = content_type.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(FacadeError::Malformed);
    }
    let form = once(deputy_http::parse_query(body))?;
    let get = |name: &str| value(&form, name);
    match get("grant_type").ok_or(FacadeError::Missing)? {
        "authorization_code" => {
            get("code").ok_or(FacadeError::Missing)?;
            // Without a verifier a code that was stolen would do (RFC 9700, 2.1.1).
            get("code_verifier").ok_or(FacadeError::Pkce)?;
        }
        "refresh_token" => {
            get("refresh_token").ok_or(FacadeError::Missing)?;
        }
        _ => return Err(FacadeError::GrantType),
    }
    let audience = settings.mcp.audience.as_str();
    if get("resource").is_some_and(|resource| !is_our_resource(settings, resource))
        || get("audience").is_some_and(|named| named != audience)
    {
        return Err(FacadeError::OtherResource);
    }
    let request = deputy_http::post(&settings.tenant.endpoints.token).header("accept", "application/json");
    let request = request.form(passing(&form, &PASSING));
    // `client_secret_basic`; a bearer token has no business here.
    let basic = authorization
        .filter(|header| header.split_once(' ').is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("basic")));
    Ok(match basic {
        Some(header) => request.secret_header("authorization", &Secret::new(header)),
        None => request,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::settings;

    const FORM: Option<&str> = Some("application/x-www-form-urlencoded; charset=utf-8");

    fn sent(body: &str) -> Result<Request, FacadeError> {
        request(&settings(&[]).unwrap(), FORM, Some("Basic abc"), body)
    }

    #[test]
    fn codes_and_refresh_tokens_pass_with_the_clients_credentials() {
        let passed = sent("grant_type=authorization_code&code=c&code_verifier=v&redirect_uri=r&client_id=i&resource=http%3A%2F%2Flocalhost%3A3000%2Fmcp&foo=bar").unwrap();
        assert_eq!(passed.uri(), "http://localhost:4400/oauth/token");
        assert_eq!(
            passed.body().text(),
            "grant_type=authorization_code&code=c&code_verifier=v&redirect_uri=r&client_id=i"
        );
        assert_eq!(passed.headers()["authorization"], "Basic abc");
        let refreshed =
            sent("grant_type=refresh_token&refresh_token=r&resource=http%3A%2F%2Flocalhost%3A3000%2Fmcp").unwrap();
        assert_eq!(refreshed.body().text(), "grant_type=refresh_token&refresh_token=r");
        let bearer =
            request(&settings(&[]).unwrap(), FORM, Some("Bearer x"), "grant_type=refresh_token&refresh_token=r");
        assert!(bearer.unwrap().headers().get("authorization").is_none());
    }

    #[test]
    fn nothing_else_passes() {
        use FacadeError::*;
        for (body, error) in [
            ("", Missing),
            ("grant_type=authorization_code&code=c", Pkce),
            ("grant_type=authorization_code&code_verifier=v", Missing),
            ("grant_type=refresh_token", Missing),
            ("grant_type=client_credentials", GrantType),
            ("grant_type=password&username=a&password=b", GrantType),
            ("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=x", GrantType),
            ("grant_type=refresh_token&refresh_token=r&resource=https%3A%2F%2Fother.example", OtherResource),
            ("grant_type=refresh_token&refresh_token=r&audience=https%3A%2F%2Fdeputy.example%2Fapi", OtherResource),
            ("grant_type=refresh_token&refresh_token=r&refresh_token=s", Repeated),
        ] {
            assert_eq!(sent(body).map(|request| request.body().text()), Err(error), "{body}");
        }
        let json = request(&settings(&[]).unwrap(), Some("application/json"), None, "{}");
        assert!(matches!(json, Err(Malformed)));
    }
}
