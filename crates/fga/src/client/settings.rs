use deputy_error::{Explained, Explanation};
use deputy_http::Secret;

use super::connection::{Authentication, Connection};
use super::token::ClientCredentials;

/// Where Auth0 FGA gives tokens.
const AUTH0_FGA_ISSUER: &str = "auth.fga.dev";

const API_URL: &str = "FGA_API_URL";
const STORE_ID: &str = "FGA_STORE_ID";
const MODEL_ID: &str = "FGA_MODEL_ID";
/// The name of the same in some of OpenFGA's samples.
const AUTHORIZATION_MODEL_ID: &str = "FGA_AUTHORIZATION_MODEL_ID";
const CLIENT_ID: &str = "FGA_CLIENT_ID";
const CLIENT_SECRET: &str = "FGA_CLIENT_SECRET";
const API_TOKEN_ISSUER: &str = "FGA_API_TOKEN_ISSUER";
const API_AUDIENCE: &str = "FGA_API_AUDIENCE";
const API_TOKEN: &str = "FGA_API_TOKEN";

impl Connection {
    /// Reads the settings that Auth0's samples have. `setting` gives the value of a name; an empty one counts as none. `None` where no
    /// service is set: then Deputy decides by itself.
    ///
    /// Errors: a setting that another one needs, one that contradicts another, and one that is not as it has to be.
    pub fn from_settings(setting: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, SettingsError> {
        let read =
            |name: &'static str| setting(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let needed = |name| read(name).ok_or(SettingsError { setting: name, problem: SettingsProblem::Missing });
        let client =
            [CLIENT_ID, CLIENT_SECRET, API_TOKEN_ISSUER, API_AUDIENCE].into_iter().find(|name| read(name).is_some());
        let token = read(API_TOKEN);
        let Some(api_url) = read(API_URL) else {
            let alone = client.is_some() || token.is_some() || read(STORE_ID).is_some();
            return if alone { needed(API_URL).map(|_| None) } else { Ok(None) };
        };
        let api_url = api_url.trim_end_matches('/').to_owned();
        let secured = client.is_some() || token.is_some();
        if !is_url(&api_url, secured) {
            return Err(SettingsError { setting: API_URL, problem: SettingsProblem::NoUrl });
        }
        let authentication = match (token, client) {
            (Some(_), Some(_)) => {
                return Err(SettingsError { setting: API_TOKEN, problem: SettingsProblem::TwoCredentials });
            }
            (Some(token), None) => Authentication::PresharedKey(Secret::new(token)),
            (None, None) => Authentication::None,
            (None, Some(_)) => Authentication::ClientCredentials(ClientCredentials {
                token_url: token_url(&read(API_TOKEN_ISSUER).unwrap_or_else(|| AUTH0_FGA_ISSUER.to_owned()))?,
                audience: audience(read(API_AUDIENCE), &api_url),
                client_id: needed(CLIENT_ID)?,
                client_secret: Secret::new(needed(CLIENT_SECRET)?),
            }),
        };
        let store_id = ulid(STORE_ID, needed(STORE_ID)?)?;
        let model_id = match read(MODEL_ID) {
            Some(id) => Some(ulid(MODEL_ID, id)?),
            None => read(AUTHORIZATION_MODEL_ID).map(|id| ulid(AUTHORIZATION_MODEL_ID, id)).transpose()?,
        };
        Ok(Some(Self { api_url, store_id, model_id, authentication }))
    }
}

/// Auth0 FGA knows its API by the URL with a slash at its end, and gives no token for it without. What is no such URL stays as it is.
fn audience(given: Option<String>, api_url: &str) -> String {
    match given {
        Some(audience) if audience != api_url => audience,
        _ => format!("{api_url}/"),
    }
}

/// A host alone is Auth0's form, a URL with a path is the endpoint itself.
fn token_url(issuer: &str) -> Result<String, SettingsError> {
    let url = if issuer.contains("://") { issuer.to_owned() } else { format!("https://{issuer}") };
    let has_path = url.split_once("://").is_some_and(|(_, rest)| rest.trim_end_matches('/').contains('/'));
    let url = if has_path { url } else { format!("{}/oauth/token", url.trim_end_matches('/')) };
    if is_url(&url, true) {
        Ok(url)
    } else {
        Err(SettingsError { setting: API_TOKEN_ISSUER, problem: SettingsProblem::NoUrl })
    }
}

/// An absolute URL without query; where secrets are sent, `http` only to this machine.
fn is_url(text: &str, secured: bool) -> bool {
    let Ok(url) = text.parse::<http::Uri>() else { return false };
    let Some(host) = url.host().filter(|host| !host.is_empty()) else { return false };
    let loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]") || host.ends_with(".localhost");
    let userinfo = url.authority().is_some_and(|authority| authority.as_str().contains('@'));
    let scheme = match url.scheme_str() {
        Some("https") => true,
        Some("http") => loopback || !secured,
        _ => false,
    };
    scheme && !userinfo && url.query().is_none()
}

/// `^[0-9A-HJKMNP-TV-Z]{26}$`
fn ulid(setting: &'static str, id: String) -> Result<String, SettingsError> {
    let is_ulid = id.len() == 26
        && id
            .bytes()
            .all(|b| b.is_ascii_digit() || (b.is_ascii_uppercase() && !matches!(b, b'I' | b'L' | b'O' | b'U')));
    if is_ulid { Ok(id) } else { Err(SettingsError { setting, problem: SettingsProblem::NoUlid }) }
}

/// A setting that is missing or wrong. Never shows its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {problem}")]
pub struct SettingsError {
    /// Its name.
    pub setting: &'static str,
    /// What is wrong with it.
    pub problem: SettingsProblem,
}

/// What can be wrong with a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, strum::EnumIter)]
pub enum SettingsProblem {
    /// Others are set that need it.
    #[error("is missing")]
    Missing,
    /// No URL, or one that would send a secret in the clear.
    #[error("is no URL that can be used")]
    NoUrl,
    /// No id of a store or model.
    #[error("is no id of a store or model")]
    NoUlid,
    /// A key and a client's credentials.
    #[error("is set beside a client's credentials")]
    TwoCredentials,
}

impl Explained for SettingsError {
    fn explanation(&self) -> Explanation<'_> {
        const NOT_SET_UP: &str = "This service is not set up correctly.";
        let (code, fix) = match self.problem {
            SettingsProblem::Missing => ("fga_setting_missing", "Set it, or take the other FGA_… settings away."),
            SettingsProblem::NoUrl => (
                "fga_setting_no_url",
                "Give an https URL without query, such as https://api.us1.fga.dev; http only for this machine, or without credentials.",
            ),
            SettingsProblem::NoUlid => ("fga_setting_no_id", "Copy the id: 26 digits and capital letters."),
            SettingsProblem::TwoCredentials => (
                "fga_setting_contradiction",
                "Keep FGA_API_TOKEN (OpenFGA with a preshared key), or the FGA_CLIENT_… settings (Auth0 FGA), not both.",
            ),
        };
        Explanation::new(code, NOT_SET_UP, format!("{}: {fix}", self.setting))
    }
}
