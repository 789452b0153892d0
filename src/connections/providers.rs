//! Providers whose APIs the tools call, and the tenant's own APIs: rows of `registry.json`, and what the settings make of them.
//! Nothing else names a provider, its settings or its hosts.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// A provider, as its row in the registry has it.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub struct ProviderRow {
    /// What tools call it by.
    pub id: String,
    /// For sentences.
    pub name: String,
    /// Auth0 connections whose tokens are its; tools use the first.
    pub connections: Vec<String>,
    /// The setting that names the tools' connection otherwise.
    pub connection_setting: Option<String>,
    /// Its API, without a trailing slash; none where every customer has an address of their own.
    pub base_url: Option<String>,
    /// The setting that says where its API is.
    pub base_url_setting: String,
    /// Hosts its tokens may go to beside that of the setting; `*.` stands for every host below.
    pub hosts: Vec<String>,
    /// Hosts of its pages for people, to which a link of its own may lead; `*.` stands for every host below.
    #[serde(default)]
    pub pages: Vec<String>,
    /// What its documents send along with a `GET`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// How it forgets the consent behind a token; none where only the user can do that, on its own pages.
    pub revoke: Option<RevocationRow>,
    /// What the card says when it refuses the token; the documents have several wordings.
    pub refused: String,
}

/// How a provider forgets the consent behind a token (RFC 7009, or what the provider has in its place).
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub struct RevocationRow {
    /// Where, if not at its API; not used when a setting says where its API is.
    pub base_url: Option<String>,
    /// Path, with a slash.
    pub path: String,
    /// Where the token goes.
    pub token: TokenPlace,
}

/// Where a token goes in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenPlace {
    /// The member `token` of a form.
    Form,
    /// The header `Authorization`.
    Bearer,
}

/// An API of the tenant that takes orders with the token of an approval, as its row has it.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub struct ApiRow {
    /// What tools call it by.
    pub id: String,
    /// The setting that says where orders are posted to.
    pub url_setting: String,
    /// The setting that names its identifier at the tenant.
    pub audience_setting: String,
    /// The identifier without that setting.
    pub audience: String,
}

#[derive(Debug, Default, Deserialize)]
struct Registry {
    providers: Vec<ProviderRow>,
    apis: Vec<ApiRow>,
}

/// The rows. A test sees to it that they can be read.
fn registry() -> &'static Registry {
    static ROWS: LazyLock<Registry> =
        LazyLock::new(|| serde_json::from_str(include_str!("registry.json")).unwrap_or_default());
    &ROWS
}

/// A provider with the settings of this Worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSettings {
    /// Its row.
    pub row: &'static ProviderRow,
    /// Its API, without a trailing slash; none if the setting is missing and there is no default.
    pub base_url: Option<String>,
    /// The Auth0 connection of its tools.
    pub connection: String,
}

/// One of the tenant's own APIs with the settings of this Worker (AA-23).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ApiSettings {
    /// Where orders are posted to; none if it is not set.
    pub url: Option<String>,
    /// The API's identifier at the tenant.
    pub audience: String,
}

/// Everything the tools are told about the APIs they call.
#[derive(Debug, Clone)]
pub struct Providers {
    providers: Vec<ProviderSettings>,
    apis: Vec<(&'static str, ApiSettings)>,
    /// `AUTH0_AUDIENCE`: the agent's own API, for approvals of what no API of the tenant does.
    pub own_audience: String,
    /// The tenant's endpoint for the profile of a user.
    pub userinfo_endpoint: String,
}

/// Reads settings by name.
pub trait SettingsSource {
    /// A URL without its trailing slash.
    fn url(&mut self, setting: &'static str) -> Option<String>;
    /// The name of an Auth0 connection.
    fn connection(&mut self, setting: &'static str, default: &str) -> String;
    /// A text.
    fn text(&mut self, setting: &'static str, default: &str) -> String;
}

impl Providers {
    /// Reads the settings that the rows name.
    pub fn read(source: &mut impl SettingsSource, own_audience: String, userinfo_endpoint: String) -> Self {
        let registry = registry();
        let mut providers = Vec::new();
        for row in &registry.providers {
            let default = row.connections.first().map(String::as_str).unwrap_or_default();
            let connection = match &row.connection_setting {
                Some(setting) => source.connection(setting, default),
                None => default.to_owned(),
            };
            let base_url = source.url(&row.base_url_setting).or_else(|| row.base_url.clone());
            providers.push(ProviderSettings { row, base_url, connection });
        }
        let api = |row: &'static ApiRow| {
            let audience = source.text(&row.audience_setting, &row.audience);
            (row.id.as_str(), ApiSettings { url: source.url(&row.url_setting), audience })
        };
        Self { providers, apis: registry.apis.iter().map(api).collect(), own_audience, userinfo_endpoint }
    }

    /// The provider with that id. One that has no row is not set up.
    pub fn provider(&self, id: &str) -> ProviderSettings {
        static NO_ROW: LazyLock<ProviderRow> = LazyLock::new(|| ProviderRow {
            name: "This provider".to_owned(),
            base_url_setting: "its row in the registry".to_owned(),
            ..ProviderRow::default()
        });
        let found = self.providers.iter().find(|provider| provider.row.id == id).cloned();
        found.unwrap_or_else(|| ProviderSettings { row: &NO_ROW, base_url: None, connection: String::new() })
    }

    /// The provider whose tokens come from this connection.
    pub fn of_connection(&self, connection: &str) -> Option<&ProviderSettings> {
        let is_its = |known: &&ProviderSettings| {
            known.connection == connection || known.row.connections.iter().any(|name| name == connection)
        };
        self.providers.iter().find(is_its)
    }

    /// The API with that id. One that has no row is not set up.
    pub fn api(&self, id: &str) -> ApiSettings {
        self.apis.iter().find(|(known, _)| *known == id).map(|(_, api)| api.clone()).unwrap_or_default()
    }
}

impl ProviderSettings {
    /// Why its API cannot be called, if it cannot.
    pub fn unavailable(&self) -> Option<String> {
        let ProviderRow { name, base_url_setting, .. } = self.row;
        self.base_url.is_none().then(|| format!("{name} is not set up here: {base_url_setting} is missing."))
    }

    /// True when a token of this provider may go to that URL: to its API, or to a host of its row by https.
    pub fn may_be_sent_to(&self, url: &str) -> bool {
        let api = self.base_url.as_deref().and_then(origin);
        origin(url).is_some_and(|target| api == Some(target) || among(target, &self.row.hosts))
    }

    /// True when that URL is a page or an API of this provider: a link to it may be shown as the provider's own.
    pub fn is_own(&self, url: &str) -> bool {
        self.may_be_sent_to(url) || origin(url).is_some_and(|target| among(target, &self.row.pages))
    }
}

/// True for an https origin on one of these hosts.
fn among((scheme, host): (&str, &str), hosts: &[String]) -> bool {
    let known = |known: &String| match known.strip_prefix('*') {
        Some(suffix) => host.len() > suffix.len() && host.ends_with(suffix),
        None => host == known,
    };
    scheme == "https" && hosts.iter().any(known)
}

/// Scheme and host with port of an http URL; none if somebody is named before the host.
fn origin(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let (host, _) = rest.split_once(['/', '?', '#']).unwrap_or((rest, ""));
    (!host.is_empty() && !host.contains(['@', '\\'])).then_some((scheme, host))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::settings;

    /// Each row can be read, its own hosts are those it may send tokens to, and no two rows share a setting.
    #[test]
    fn the_rows_are_sound() {
        serde_json::from_str::<Registry>(include_str!("registry.json")).unwrap();
        let Registry { providers, apis } = registry();
        let mut settings: Vec<&String> = Vec::new();
        for row in providers {
            settings.push(&row.base_url_setting);
            settings.extend(&row.connection_setting);
            assert!(!row.connections.is_empty() && !row.refused.is_empty(), "{}", row.id);
            let provider = ProviderSettings { row, base_url: None, connection: String::new() };
            let revoke = row.revoke.as_ref().and_then(|revoke| revoke.base_url.as_ref());
            for url in row.base_url.iter().chain(revoke) {
                assert!(provider.may_be_sent_to(url), "{url}");
            }
        }
        apis.iter().for_each(|row| settings.extend([&row.url_setting, &row.audience_setting]));
        let example = include_str!("../../.dev.vars.example");
        for setting in &settings {
            assert_eq!(settings.iter().filter(|other| *other == setting).count(), 1, "{setting}");
            assert!(example.contains(&format!("{setting}=")), "{setting} is missing in .dev.vars.example");
        }
    }

    #[test]
    fn a_setting_wins_over_the_row_and_what_has_no_address_is_not_set_up() {
        let plain = settings(&[]).unwrap().providers;
        assert_eq!(plain.provider("google").base_url.as_deref(), Some("https://www.googleapis.com"));
        assert_eq!(plain.provider("google").connection, "google-oauth2");
        let missing = "Salesforce is not set up here: SALESFORCE_INSTANCE_URL is missing.";
        assert_eq!(plain.provider("salesforce").unavailable().as_deref(), Some(missing));
        assert!(plain.provider("nobody").unavailable().is_some());
        let change = [("GOOGLE_API_BASE_URL", "http://h/google/"), ("GOOGLE_CONNECTION_NAME", "our-google")];
        let google = settings(&change).unwrap().providers.provider("google");
        assert_eq!((google.base_url.as_deref(), google.connection.as_str()), (Some("http://h/google"), "our-google"));
    }

    #[test]
    fn a_token_leaves_for_its_provider_alone() {
        let providers = settings(&[("SALESFORCE_INSTANCE_URL", "http://127.0.0.1:1/salesforce")]).unwrap().providers;
        let (google, salesforce) = (providers.provider("google"), providers.provider("salesforce"));
        for url in ["https://www.googleapis.com/calendar", "https://oauth2.googleapis.com/revoke"] {
            assert!(google.may_be_sent_to(url), "{url}");
        }
        for url in [
            "https://www.googleapis.com@evil.example/",
            "https://www.googleapis.com.evil.example/",
            "http://www.googleapis.com/",
            "https://evil.example/",
            "www.googleapis.com",
            "",
        ] {
            assert!(!google.may_be_sent_to(url), "{url}");
        }
        assert!(salesforce.may_be_sent_to("http://127.0.0.1:1/salesforce/services"));
        assert!(salesforce.may_be_sent_to("https://acme.my.salesforce.com/x"));
        assert!(!salesforce.may_be_sent_to("https://salesforce.com.evil.example/x"));
        // A page is shown, and takes no token.
        let page = "https://console.cloud.google.com/apis";
        assert!(google.is_own(page) && !google.may_be_sent_to(page));
        for url in ["http://console.cloud.google.com/", "https://google.com.evil.example/", "https://x@github.com/"] {
            assert!(!google.is_own(url), "{url}");
        }
    }
}
