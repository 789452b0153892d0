use deputy_http::{FromJson, Request, Response, Secret};

use crate::config::Providers;

/// Where and how a provider forgets the consent behind a token (RFC 7009, or what the provider has in its place).
pub struct Revocation {
    url: String,
    /// The token goes into the header instead of a form.
    bearer: bool,
}

impl Revocation {
    /// None where only the user can do that, on the provider's own pages.
    pub fn at(connection: &str, providers: &Providers) -> Option<Self> {
        match connection {
            "google-oauth2" | "google-apps" => {
                // Google's own host for tokens is another one than that of its APIs.
                let base = match providers.google.as_str() {
                    "https://www.googleapis.com" => "https://oauth2.googleapis.com",
                    other => other,
                };
                Some(Self { url: format!("{base}/revoke"), bearer: false })
            }
            "slack" | "sign-in-with-slack" | "slack-oauth-2" => {
                Some(Self { url: format!("{}/auth.revoke", providers.slack), bearer: true })
            }
            "salesforce" | "sfdc" => {
                let base = providers.salesforce.as_ref()?;
                Some(Self { url: format!("{base}/services/oauth2/revoke"), bearer: false })
            }
            _ => None,
        }
    }

    /// The call for one token.
    pub fn request(self, token: &Secret) -> Request {
        let request = Request::post(self.url);
        if self.bearer { request.bearer(token.clone()) } else { request.form([("token", token.expose())]) }
    }
}

/// True if the provider has revoked it. Slack hides its refusals in good answers.
pub fn revoked(response: &Response) -> bool {
    let refused = response.json::<SlackAnswer>().is_ok_and(|answer| answer.ok == Some(false));
    response.is_success() && !refused
}

#[derive(FromJson)]
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
            assert_eq!(request.url, url, "and no token in it");
            let form = request.body.text() == Some("token=provider-token");
            assert_eq!(form, request.bearer.is_none(), "{connection}: once, in the form or in the header");
        }
        for connection in ["github", "salesforce", "my-crm"] {
            assert!(request(connection, &real).is_none(), "{connection}");
        }
        assert!(revoked(&Response::new(200, "")) && revoked(&Response::new(200, r#"{"ok":true}"#)));
        assert!(!revoked(&Response::new(200, r#"{"ok":false,"error":"x"}"#)) && !revoked(&Response::new(400, "")));
    }
}
