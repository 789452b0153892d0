use std::rc::Rc;

use deputy_auth0::{Client, Endpoints, Issuer, IssuerError, KeyRing, KeyRingError, PrivateKey, Tenant};
use deputy_http::Secret;
use deputy_models::ModelApi;

use crate::platform::log::{Level, Line};
use crate::tools;
use crate::tools::defined::{self, Definition};

use super::{Limits, ModelSettings, OwnApi, Providers, Settings, SettingsError, SettingsProblem};

/// The model of the reference starter (CF-15).
const DEFAULT_MODEL: &str = "gpt-4o-2024-11-20";

type Source<'a> = &'a dyn Fn(&str) -> Option<String>;

pub(super) fn read(source: Source<'_>) -> Result<Settings, SettingsError> {
    let development = flag(source, "DEPUTY_DEV")?;
    let issuer = issuer(source, development)?;
    let base_url = base_url(source, development)?;
    let client_id = required(source, "AUTH0_CLIENT_ID", "Copy it from the application in the Auth0 dashboard.")?;
    let client_key = client_key(source)?;
    let client = match client_key {
        Some(_) => Client::with_private_key(client_id, None),
        None => {
            let fix = "Copy it from the application in the Auth0 dashboard, or set AUTH0_CLIENT_PRIVATE_KEY.";
            Client::with_secret(client_id, Secret::new(required(source, "AUTH0_CLIENT_SECRET", fix)?))
        }
    };
    let audience =
        required(source, "AUTH0_AUDIENCE", "Set it to the identifier of the agent's API in the Auth0 dashboard.")?;
    let keys = key_ring(source)?;
    let offline = development && issuer.as_str().starts_with("http://");
    let tenant = Tenant {
        endpoints: Endpoints::auth0(&issuer),
        issuer,
        client,
        audience: Some(audience),
        redirect_uri: format!("{base_url}/auth/callback"),
    };
    let providers = providers(source, tenant.audience.clone().unwrap_or_default())?;
    Ok(Settings {
        tenant,
        client_key,
        custom_api_client: custom_api_client(source)?,
        keys,
        allowed_origins: allowed_origins(source, &base_url)?,
        base_url,
        model: model(source)?,
        connection_tools: connection_tools(source, &providers, offline)?,
        providers,
        limits: limits(source)?,
        offline,
    })
}

fn issuer(source: Source<'_>, development: bool) -> Result<Issuer, SettingsError> {
    let (setting, result) = match optional(source, "AUTH0_ISSUER") {
        Some(url) => ("AUTH0_ISSUER", Issuer::parse(&url, development)),
        None => ("AUTH0_DOMAIN", Issuer::from_domain(&optional(source, "AUTH0_DOMAIN").unwrap_or_default())),
    };
    result.map_err(|error| SettingsError {
        setting,
        problem: match error {
            IssuerError::MissingDomain => SettingsProblem::Missing,
            IssuerError::NotSecure => SettingsProblem::Contradictory,
            _ => SettingsProblem::Invalid,
        },
        fix: error.developer_fix(),
    })
}

fn base_url(source: Source<'_>, development: bool) -> Result<String, SettingsError> {
    let fix = "Set it to the app's origin, for example https://deputy.example.com or http://localhost:3000.";
    let url = required(source, "BASE_URL", fix)?;
    let origin = origin(&url).ok_or(invalid("BASE_URL", fix))?;
    let host = origin.split_once("://").map_or("", |(_, authority)| authority);
    let loopback =
        ["localhost", "127.0.0.1", "[::1]"].iter().any(|name| host == *name || host.starts_with(&format!("{name}:")));
    if origin.starts_with("http://") && !loopback && !development {
        let fix = "Use https: without it session cookies are not safe. http is for this machine, or with DEPUTY_DEV=1.";
        return Err(SettingsError { setting: "BASE_URL", problem: SettingsProblem::Contradictory, fix });
    }
    Ok(origin)
}

fn allowed_origins(source: Source<'_>, base_url: &str) -> Result<Vec<String>, SettingsError> {
    let mut origins = vec![base_url.to_owned()];
    for entry in optional(source, "ALLOWED_ORIGINS").unwrap_or_default().split(',').map(str::trim) {
        if entry.is_empty() {
            continue;
        }
        let fix = "Write origins such as https://app.example.com, separated by commas, without paths.";
        origins.push(origin(entry).ok_or(invalid("ALLOWED_ORIGINS", fix))?);
    }
    Ok(origins)
}

fn key_ring(source: Source<'_>) -> Result<KeyRing, SettingsError> {
    let setting = Secret::new(optional(source, "AUTH0_SESSION_ENCRYPTION_KEY").unwrap_or_default());
    KeyRing::parse(&setting).map_err(|error| SettingsError {
        setting: "AUTH0_SESSION_ENCRYPTION_KEY",
        problem: if error == KeyRingError::Missing { SettingsProblem::Missing } else { SettingsProblem::Invalid },
        fix: error.developer_fix(),
    })
}

fn client_key(source: Source<'_>) -> Result<Option<PrivateKey>, SettingsError> {
    let setting = "AUTH0_CLIENT_PRIVATE_KEY";
    let Some(text) = optional(source, setting) else { return Ok(None) };
    if optional(source, "AUTH0_CLIENT_SECRET").is_some() {
        let fix = "Keep one of AUTH0_CLIENT_SECRET and AUTH0_CLIENT_PRIVATE_KEY.";
        return Err(SettingsError { setting, problem: SettingsProblem::Contradictory, fix });
    }
    PrivateKey::parse(&Secret::new(text)).map(Some).map_err(|error| invalid(setting, error.developer_fix()))
}

fn custom_api_client(source: Source<'_>) -> Result<Option<Client>, SettingsError> {
    let pair = (optional(source, "AUTH0_CUSTOM_API_CLIENT_ID"), optional(source, "AUTH0_CUSTOM_API_CLIENT_SECRET"));
    let fix = "Set both AUTH0_CUSTOM_API_CLIENT_ID and AUTH0_CUSTOM_API_CLIENT_SECRET, or neither.";
    let contradictory = |setting| SettingsError { setting, problem: SettingsProblem::Contradictory, fix };
    match pair {
        (Some(id), Some(secret)) => Ok(Some(Client::with_secret(id, Secret::new(secret)))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(contradictory("AUTH0_CUSTOM_API_CLIENT_SECRET")),
        (None, Some(_)) => Err(contradictory("AUTH0_CUSTOM_API_CLIENT_ID")),
    }
}

fn model(source: Source<'_>) -> Result<ModelSettings, SettingsError> {
    let key = required(source, "OPENAI_API_KEY", "Set it to a key of your model provider.")?;
    let api = match optional(source, "MODEL_API") {
        None => ModelApi::default(),
        Some(name) => ModelApi::named(&name)
            .ok_or(invalid("MODEL_API", "Set it to chat_completions or responses, or leave it out."))?,
    };
    Ok(ModelSettings {
        api_key: Secret::new(key),
        base_url: url(source, "OPENAI_BASE_URL")?.unwrap_or_else(|| "https://api.openai.com/v1".to_owned()),
        model: optional(source, "MODEL").unwrap_or_else(|| DEFAULT_MODEL.to_owned()),
        api,
    })
}

fn providers(source: Source<'_>, own_audience: String) -> Result<Providers, SettingsError> {
    let or = |value: Option<String>, default: &str| value.unwrap_or_else(|| default.to_owned());
    Ok(Providers {
        google: or(url(source, "GOOGLE_API_BASE_URL")?, "https://www.googleapis.com"),
        github: or(url(source, "GITHUB_API_BASE_URL")?, "https://api.github.com"),
        slack: or(url(source, "SLACK_API_BASE_URL")?, "https://slack.com/api"),
        salesforce: url(source, "SALESFORCE_INSTANCE_URL")?,
        google_connection: or(connection(source, "GOOGLE_CONNECTION_NAME")?, "google-oauth2"),
        shop: own_api(source, "SHOP_API_URL", "SHOP_API_AUDIENCE", "sample-shop-api")?,
        stock: own_api(source, "STOCK_API_URL", "STOCK_API_AUDIENCE", "sample-stock-api")?,
        salesforce_connection: or(connection(source, "SALESFORCE_CONNECTION")?, "salesforce"),
        own_audience,
    })
}

/// One of the tenant's own APIs (AA-23).
fn own_api(
    source: Source<'_>,
    at: &'static str,
    identifier: &'static str,
    default: &str,
) -> Result<OwnApi, SettingsError> {
    let audience = optional(source, identifier).unwrap_or_else(|| default.to_owned());
    Ok(OwnApi { url: url(source, at)?, audience })
}

/// The name of an Auth0 connection.
fn connection(source: Source<'_>, setting: &'static str) -> Result<Option<String>, SettingsError> {
    let name = optional(source, setting);
    let plain =
        |name: &String| name.len() <= 128 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if name.as_ref().is_some_and(|name| !plain(name)) {
        return Err(invalid(setting, "Set it to the name of the connection in the Auth0 dashboard, or leave it out."));
    }
    Ok(name)
}

/// The tools this repository ships, and those of the setting.
fn connection_tools(
    source: Source<'_>,
    providers: &Providers,
    offline: bool,
) -> Result<Vec<Rc<Definition>>, SettingsError> {
    let typed = tools::registry(providers);
    let setting = optional(source, "CONNECTION_TOOLS");
    defined::read([defined::SHIPPED, setting.as_deref().unwrap_or("[]")], &typed.names(), offline).map_err(|error| {
        let line = Line::new(Level::Error, "connection_tools");
        Line { code: Some(error.problem.code()), detail: Some(&error.tool), ..line }.write();
        invalid("CONNECTION_TOOLS", error.problem.developer_fix())
    })
}

fn limits(source: Source<'_>) -> Result<Limits, SettingsError> {
    let default = Limits::default();
    let number = |setting: &'static str, default: u64| match optional(source, setting) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| invalid(setting, "Set it to a whole number, or leave it out.")),
    };
    Ok(Limits {
        tool_calls_per_day: number("LIMIT_TOOL_CALLS_PER_DAY", default.tool_calls_per_day)?,
        approvals_per_hour: number("LIMIT_APPROVALS_PER_HOUR", default.approvals_per_hour)?,
        schedules: number("LIMIT_SCHEDULES", default.schedules)?,
        schedules_per_day: number("LIMIT_SCHEDULES_PER_DAY", default.schedules_per_day)?,
        tokens_per_day: number("LIMIT_TOKENS_PER_DAY", default.tokens_per_day)?,
        chats: number("LIMIT_CHATS", default.chats)?,
        chats_per_day: number("LIMIT_CHATS_PER_DAY", default.chats_per_day)?,
    })
}

fn optional(source: Source<'_>, name: &str) -> Option<String> {
    source(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

fn required(source: Source<'_>, setting: &'static str, fix: &'static str) -> Result<String, SettingsError> {
    optional(source, setting).ok_or(SettingsError { setting, problem: SettingsProblem::Missing, fix })
}

fn invalid(setting: &'static str, fix: &'static str) -> SettingsError {
    SettingsError { setting, problem: SettingsProblem::Invalid, fix }
}

fn flag(source: Source<'_>, setting: &'static str) -> Result<bool, SettingsError> {
    match optional(source, setting).as_deref() {
        None | Some("0" | "false") => Ok(false),
        Some("1" | "true") => Ok(true),
        Some(_) => Err(invalid(setting, "Set it to 1, or leave it out.")),
    }
}

/// A base URL, without its trailing slash.
fn url(source: Source<'_>, setting: &'static str) -> Result<Option<String>, SettingsError> {
    let Some(text) = optional(source, setting) else { return Ok(None) };
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let usable = rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(['?', '#', '@', ' ', '\\']));
    if !usable {
        return Err(invalid(setting, "Set it to a URL such as https://api.example.com, without a query."));
    }
    Ok(Some(text.trim_end_matches('/').to_owned()))
}

/// The origin of a URL that is nothing but an origin (a trailing slash is forgiven), in lower case.
fn origin(text: &str) -> Option<String> {
    let text = text.trim_end_matches('/').to_ascii_lowercase();
    let authority = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let plain = !authority.is_empty()
        && authority.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'));
    plain.then_some(text)
}

#[cfg(test)]
mod tests {
    use deputy_models::ModelApi;

    use crate::config::testing::settings;
    use crate::config::{Limits, SettingsProblem};

    #[test]
    fn ua_10_each_missing_setting_is_named() {
        for name in [
            "AUTH0_CLIENT_ID",
            "AUTH0_CLIENT_SECRET",
            "AUTH0_AUDIENCE",
            "AUTH0_SESSION_ENCRYPTION_KEY",
            "BASE_URL",
            "OPENAI_API_KEY",
        ] {
            let error = settings(&[(name, " ")]).unwrap_err();
            assert_eq!((error.setting, error.problem), (name, SettingsProblem::Missing), "{name}");
            assert!(!error.fix.is_empty() && error.user_message().contains(name));
        }
        let error = settings(&[("AUTH0_ISSUER", "")]).unwrap_err();
        assert_eq!((error.setting, error.problem), ("AUTH0_DOMAIN", SettingsProblem::Missing));
    }

    #[test]
    fn ua_09_a_weak_key_is_refused_and_never_shown() {
        let error = settings(&[("AUTH0_SESSION_ENCRYPTION_KEY", "hunter2")]).unwrap_err();
        assert_eq!(error.setting, "AUTH0_SESSION_ENCRYPTION_KEY");
        assert!(!format!("{error} {error:?} {}", error.user_message()).contains("hunter2"));
    }

    #[test]
    fn http_is_for_this_machine_only() {
        assert_eq!(settings(&[("DEPUTY_DEV", "")]).unwrap_err().setting, "AUTH0_ISSUER");
        let tenant = [("AUTH0_ISSUER", "https://tenant.example/"), ("DEPUTY_DEV", "")];
        assert!(settings(&tenant).is_ok_and(|s| !s.offline));
        let mut remote = tenant.to_vec();
        remote.push(("BASE_URL", "http://deputy.example"));
        assert_eq!(settings(&remote).unwrap_err().setting, "BASE_URL");
        remote.push(("DEPUTY_DEV", "1"));
        assert!(settings(&[]).is_ok_and(|s| s.offline && !s.secure()));
    }

    #[test]
    fn contradictions_are_named() {
        let error = settings(&[("AUTH0_CUSTOM_API_CLIENT_ID", "x")]).unwrap_err();
        assert_eq!((error.setting, error.problem), ("AUTH0_CUSTOM_API_CLIENT_SECRET", SettingsProblem::Contradictory));
        for (name, value) in [
            ("MODEL_API", "soap"),
            ("LIMIT_CHATS", "many"),
            ("OPENAI_BASE_URL", "api.example"),
            ("BASE_URL", "https://a.b/path"),
            ("ALLOWED_ORIGINS", "https://a.b, x"),
            ("GOOGLE_CONNECTION_NAME", "my google"),
            ("SALESFORCE_CONNECTION", "a/b"),
        ] {
            let error = settings(&[(name, value)]).unwrap_err();
            assert_eq!((error.setting, error.problem), (name, SettingsProblem::Invalid), "{name}");
        }
    }

    #[test]
    fn the_client_has_a_secret_or_a_key_and_not_both() {
        let key = "-----BEGIN PRIVATE KEY-----\\nMAA=\\n-----END PRIVATE KEY-----";
        let only = [("AUTH0_CLIENT_SECRET", ""), ("AUTH0_CLIENT_PRIVATE_KEY", key)];
        let read = settings(&only).unwrap();
        assert!(read.client_key.is_some() && !format!("{read:?}").contains("MAA="));
        assert!(settings(&[]).unwrap().client_key.is_none());
        let both = settings(&[("AUTH0_CLIENT_PRIVATE_KEY", key)]).unwrap_err();
        assert_eq!((both.setting, both.problem), ("AUTH0_CLIENT_PRIVATE_KEY", SettingsProblem::Contradictory));
        let bad = settings(&[("AUTH0_CLIENT_SECRET", ""), ("AUTH0_CLIENT_PRIVATE_KEY", "hunter2")]).unwrap_err();
        assert_eq!((bad.setting, bad.problem), ("AUTH0_CLIENT_PRIVATE_KEY", SettingsProblem::Invalid));
        assert!(!format!("{bad:?}").contains("hunter2"));
        assert_eq!(settings(&[("AUTH0_CLIENT_SECRET", "")]).unwrap_err().setting, "AUTH0_CLIENT_SECRET");
    }

    #[test]
    fn the_model_api_is_chosen_by_name() {
        let api = |name: &str| settings(&[("MODEL_API", name)]).unwrap().model.api;
        assert_eq!([api(""), api("chat"), api("chat_completions")], [ModelApi::ChatCompletions; 3]);
        assert_eq!(api(" responses "), ModelApi::Responses);
    }

    #[test]
    fn defaults_and_derived_values() {
        let read = settings(&[("ALLOWED_ORIGINS", "https://Other.example/ ,"), ("LIMIT_CHATS", "7")]).unwrap();
        assert_eq!(read.allowed_origins, ["http://localhost:3000", "https://other.example"]);
        assert_eq!(read.limits, Limits { chats: 7, ..Limits::default() });
        assert_eq!(read.tenant.redirect_uri, "http://localhost:3000/auth/callback");
        assert_eq!(read.model.model, super::DEFAULT_MODEL);
        assert_eq!(read.tenant_origin(), "http://localhost:4400");
        assert_eq!(read.providers.google_connection, "google-oauth2");
        assert_eq!(read.providers.salesforce_connection, "salesforce");
        let shown = format!("{read:?}");
        for secret in ["client-secret-value", "model-key-value", "0123456789abcdef"] {
            assert!(!shown.contains(secret), "{secret}");
        }
    }

    /// AA-23: the shop's and the exchange's address and audience are settings; the audiences have the documents' defaults.
    #[test]
    fn aa_23_shop_and_stock() {
        let plain = settings(&[]).unwrap().providers;
        assert_eq!((plain.shop.url, plain.shop.audience.as_str()), (None, "sample-shop-api"));
        assert_eq!((plain.stock.url, plain.stock.audience.as_str()), (None, "sample-stock-api"));
        let set = settings(&[
            ("SHOP_API_URL", "https://shop.example/orders"),
            ("SHOP_API_AUDIENCE", "https://api.shop-online-demo.com"),
            ("STOCK_API_URL", "https://stock.example/orders"),
            ("STOCK_API_AUDIENCE", "stock"),
        ]);
        let set = set.unwrap().providers;
        assert_eq!(set.shop.url.as_deref(), Some("https://shop.example/orders"));
        assert_eq!(set.shop.audience, "https://api.shop-online-demo.com");
        assert_eq!(
            (set.stock.url.as_deref(), set.stock.audience.as_str()),
            (Some("https://stock.example/orders"), "stock")
        );
        let error = settings(&[("SHOP_API_URL", "shop")]).unwrap_err();
        assert_eq!((error.setting, error.problem), ("SHOP_API_URL", SettingsProblem::Invalid));
    }
}
