use deputy_http::{BuildRequest, ReadResponse, Request, Response, Secret};
use serde::Deserialize;

use crate::connections::{Providers, TokenPlace};

/// Where and how a provider forgets the consent behind a token (RFC 7009, or what the provider has in its place).
pub struct Revocation {
    url: String,
    token: TokenPlace,
}

impl Revocation {
    /// None where only the user can do that, on the provider's own pages.
    pub fn at(connection: &str, providers: &Providers) -> Option<Self> {
        let provider = providers.of_connection(connection)?;
        let row = provider.row.revoke.as_ref()?;
        let api = provider.base_url.as_deref()?;
        let base = row.base_url.as_deref().filter(|_| provider.row.base_url.as_deref() == Some(api)).unwrap_or(api);
        Some(Self { url: format!("{base}{}", row.path), token: row.token })
    }

    /// The call for one token.
    pub fn request(self, token: &Secret) -> Request {
        let request = deputy_http::post(self.url);
        match self.token {
            TokenPlace::Bearer => request.bearer(token),
            TokenPlace::Form => request.form([("token", token.expose())]),
        }
    }
}

/// True if the provider has revoked it. Slack hides its refusals in good answers.
pub fn revoked(response: &Response) -> bool {
    let refused = response.json::<SlackAnswer>().is_ok_and(|answer| answer.ok == Some(false));
    response.status().is_success() && !refused
}

#[derive(Deserialize)]
struct SlackAnswer {
    ok: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::settings;

    #[test]
    fn each_provider_is_asked_in_its_own_way_and_others_not_at_all() {
        let real = settings(&[]).unwrap().providers;
        let here = [("GOOGLE_API_BASE_URL", "http://h/google"), ("SALESFORCE_INSTANCE_URL", "http://h/salesforce")];
        let offline = settings(&here).unwrap().providers;
        let request = |connection: &str, providers: &Providers| {
            Revocation::at(connection, providers).map(|revocation| revocation.request(&Secret::new("provider-token")))
        };
        for (connection, providers, url) in [
            ("google-oauth2", &real, "https://oauth2.googleapis.com/revoke"),
            ("google-oauth2", &offline, "http://h/google/revoke"),
            ("sign-in-with-slack", &real, "https://slack.com/api/auth.revoke"),
            ("salesforce", &offline, "http://h/salesforce/services/oauth2/revoke"),
        ] {
            let request = request(connection, providers).unwrap();
            assert_eq!(request.uri(), url, "and no token in it");
            let form = request.body().text() == "token=provider-token";
            assert_eq!(
                form,
                request.headers().get("authorization").is_none(),
                "{connection}: once, in the form or in the header"
            );
        }
        for connection in ["github", "salesforce", "my-crm"] {
            assert!(request(connection, &real).is_none(), "{connection}");
        }
        assert!(revoked(&deputy_http::response(200, "")) && revoked(&deputy_http::response(200, r#"{"ok":true}"#)));
        assert!(
            !revoked(&deputy_http::response(200, r#"{"ok":false,"error":"x"}"#))
                && !revoked(&deputy_http::response(400, ""))
        );
    }
}
