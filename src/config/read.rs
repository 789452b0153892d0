use std::cell::OnceCell;
use std::rc::Rc;

use deputy_auth0::{
    Client, Endpoints, GUARDIAN_DETAILS_TYPE, Issuer, IssuerError, KeyRing, KeyRingError, PrivateKey, Tenant,
};
use deputy_error::Explained;
use deputy_http::Secret;

use crate::connections::Providers;
use crate::platform::log::{Level, Line};
use crate::tools;
use crate::tools::defined::{self, Definition};
use crate::tools::ports::ToolPorts;

use super::reader::Reader;
use super::{Limits, Settings, SettingsError, SettingsProblem};

impl Settings {
    /// The settings of this Worker. They are read from the bindings once and kept for the isolate.
    pub fn of(env: &worker::Env) -> Result<Rc<Self>, SettingsError> {
        thread_local! {
            static SETTINGS: OnceCell<Result<Rc<Settings>, SettingsError>> = const { OnceCell::new() };
        }
        let read = || Self::read(&|name| env.var(name).ok().map(|value| value.to_string())).map(Rc::new);
        SETTINGS.with(|cell| cell.get_or_init(read).clone())
    }

    /// Reads and checks settings from any source.
    ///
    /// Errors: the first setting that is missing, malformed or contradicts another, with the fix.
    pub fn read(source: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(source);
        let settings = reader.settings();
        reader.first_refused().map_or(settings, Err)
    }
}

impl Reader<'_> {
    fn settings(&mut self) -> Result<Settings, SettingsError> {
        let development = self.flag("DEPUTY_DEV");
        let issuer = self.issuer(development)?;
        let base_url = self.base_url(development);
        let client_id = self.required("AUTH0_CLIENT_ID", "Copy it from the application in the Auth0 dashboard.");
        let client_key = self.client_key();
        let client = match client_key {
            Some(_) => Client::with_private_key(client_id, None),
            None => {
                let fix = "Copy it from the application in the Auth0 dashboard, or set AUTH0_CLIENT_PRIVATE_KEY.";
                Client::with_secret(client_id, Secret::new(self.required("AUTH0_CLIENT_SECRET", fix)))
            }
        };
        let audience =
            self.required("AUTH0_AUDIENCE", "Set it to the identifier of the agent's API in the Auth0 dashboard.");
        let keys = self.key_ring()?;
        let custom_api_client = self.client_pair("AUTH0_CUSTOM_API_CLIENT_ID", "AUTH0_CUSTOM_API_CLIENT_SECRET");
        let management_client = self.client_pair("AUTH0_MANAGEMENT_CLIENT_ID", "AUTH0_MANAGEMENT_CLIENT_SECRET");
        let allowed_clients = self.allowed_clients(&client, custom_api_client.as_ref());
        let offline = development && issuer.as_str().starts_with("http://");
        let userinfo = format!("{}userinfo", issuer.as_str());
        let providers = Providers::read(self, audience.clone(), userinfo);
        let connection_tools = self.connection_tools(&providers, offline);
        let tools = self.offered_tools(&providers, &connection_tools);
        Ok(Settings {
            tenant: Tenant {
                endpoints: Endpoints::auth0(&issuer),
                issuer,
                client,
                audience: Some(audience),
                redirect_uri: format!("{base_url}/auth/callback"),
            },
            client_key,
            custom_api_client,
            management_client,
            allowed_clients,
            approval_details_type: self.approval_details_type(),
            keys,
            allowed_origins: self.allowed_origins(&base_url),
            mcp: self.mcp(&base_url),
            base_url,
            model: self.model(),
            embeddings: self.embeddings(),
            fga: self.fga(),
            connection_tools,
            tools,
            providers,
            limits: self.limits(),
            logged: self.logged(),
            development,
            offline,
        })
    }

    fn logged(&mut self) -> Level {
        match self.optional("LOG_REQUESTS").as_deref() {
            None | Some("all") => Level::Info,
            Some("refused") => Level::Warn,
            Some("failed") => Level::Error,
            Some(_) => {
                self.invalid(
                    "LOG_REQUESTS",
                    "Set it to all, refused (those and what failed) or failed; without it all are written.",
                );
                Level::Info
            }
        }
    }

    fn issuer(&self, development: bool) -> Result<Issuer, SettingsError> {
        let (setting, result) = match self.optional("AUTH0_ISSUER") {
            Some(url) => ("AUTH0_ISSUER", Issuer::parse(&url, development)),
            None => ("AUTH0_DOMAIN", Issuer::from_domain(&self.optional("AUTH0_DOMAIN").unwrap_or_default())),
        };
        result.map_err(|error| SettingsError {
            setting,
            problem: match error {
                IssuerError::MissingDomain => SettingsProblem::Missing,
                IssuerError::NotSecure => SettingsProblem::Contradictory,
                _ => SettingsProblem::Invalid,
            },
            fix: error.developer_fix().into_owned().into(),
        })
    }

    fn base_url(&mut self, development: bool) -> String {
        let fix = "Set it to the app's origin, for example https://deputy.example.com or http://localhost:3000.";
        let url = self.required("BASE_URL", fix);
        let Some(origin) = origin(&url) else {
            self.invalid("BASE_URL", fix);
            return url;
        };
        if let Some(host) = origin.strip_prefix("http://")
            && !development
            && !["localhost", "127.0.0.1", "[::1]"]
                .iter()
                .any(|name| host.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')))
        {
            let fix =
                "Use https: without it session cookies are not safe. http is for this machine, or with DEPUTY_DEV=1.";
            self.refuse("BASE_URL", SettingsProblem::Contradictory, fix);
        }
        origin
    }

    fn allowed_origins(&mut self, base_url: &str) -> Vec<String> {
        let mut origins = vec![base_url.to_owned()];
        for entry in self.optional("ALLOWED_ORIGINS").unwrap_or_default().split(',').map(str::trim) {
            match origin(entry) {
                Some(origin) => origins.push(origin),
                None if entry.is_empty() => {}
                None => self.invalid(
                    "ALLOWED_ORIGINS",
                    "Write origins such as https://app.example.com, separated by commas, without paths.",
                ),
            }
        }
        origins
    }

    fn key_ring(&self) -> Result<KeyRing, SettingsError> {
        let setting = Secret::new(self.optional("AUTH0_SESSION_ENCRYPTION_KEY").unwrap_or_default());
        KeyRing::parse(&setting).map_err(|error| SettingsError {
            setting: "AUTH0_SESSION_ENCRYPTION_KEY",
            problem: if error == KeyRingError::Missing { SettingsProblem::Missing } else { SettingsProblem::Invalid },
            fix: error.developer_fix().into_owned().into(),
        })
    }

    fn client_key(&mut self) -> Option<PrivateKey> {
        let setting = "AUTH0_CLIENT_PRIVATE_KEY";
        let text = self.optional(setting)?;
        if self.optional("AUTH0_CLIENT_SECRET").is_some() {
            let fix = "Keep one of AUTH0_CLIENT_SECRET and AUTH0_CLIENT_PRIVATE_KEY.";
            self.refuse(setting, SettingsProblem::Contradictory, fix);
        }
        PrivateKey::parse(&Secret::new(text))
            .map_err(|error| self.invalid(setting, error.developer_fix().into_owned()))
            .ok()
    }

    /// A client's id and its secret: both or neither.
    pub(super) fn client_pair(&mut self, id: &'static str, secret: &'static str) -> Option<Client> {
        let missing = match (self.optional(id), self.optional(secret)) {
            (Some(id), Some(secret)) => return Some(Client::with_secret(id, Secret::new(secret))),
            (None, None) => return None,
            (Some(_), None) => secret,
            (None, Some(_)) => id,
        };
        self.refuse(missing, SettingsProblem::Contradictory, format!("Set both {id} and {secret}, or neither."));
        None
    }

    /// The list as it is written; without one, our own client and the Custom API Client.
    fn allowed_clients(&mut self, own: &Client, custom_api_client: Option<&Client>) -> Vec<String> {
        self.client_list("AUTH0_ALLOWED_CLIENTS").unwrap_or_else(|| {
            [Some(own), custom_api_client].into_iter().flatten().map(|client| client.client_id.clone()).collect()
        })
    }

    /// A list of client ids, if there is one.
    pub(super) fn client_list(&mut self, setting: &'static str) -> Option<Vec<String>> {
        let list = self.optional(setting)?;
        let clients: Vec<String> =
            list.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect();
        if clients.is_empty() || clients.iter().any(|id| id.contains(char::is_whitespace)) {
            self.invalid(setting, "Write client ids of the Auth0 dashboard, separated by commas.");
        }
        Some(clients)
    }

    fn approval_details_type(&mut self) -> String {
        const LONGEST: usize = 255;
        let setting = "AUTH0_APPROVAL_DETAILS_TYPE";
        let kind = self.text(setting, GUARDIAN_DETAILS_TYPE);
        if kind.len() > LONGEST || kind.contains(|c: char| c.is_whitespace() || c.is_control()) {
            let fix = "Set it to a type that is registered for the API (APIs, Permissions, Authorization Details), or leave it out for Guardian's schema.";
            self.invalid(setting, fix);
        }
        kind
    }

    /// The tools this repository ships, and those of the setting.
    fn connection_tools(&mut self, providers: &Providers, offline: bool) -> Vec<Rc<Definition>> {
        // Whoever is told of another setting first is not to find this one in the log.
        if self.is_refused() {
            return Vec::new();
        }
        let typed = tools::registry(providers, &ToolPorts::none());
        let setting = self.text("CONNECTION_TOOLS", "[]");
        let read = defined::read([defined::SHIPPED, &setting], &typed.names(), offline);
        read.unwrap_or_else(|error| {
            let line = Line::new(Level::Error, "connection_tools");
            Line { code: Some(error.problem.code()), detail: Some(&error.tool), ..line }.write();
            self.invalid("CONNECTION_TOOLS", error.problem.developer_fix().into_owned());
            Vec::new()
        })
    }

    fn limits(&mut self) -> Limits {
        let default = Limits::default();
        Limits {
            tool_calls_per_day: self.number("LIMIT_TOOL_CALLS_PER_DAY", default.tool_calls_per_day),
            approvals_per_hour: self.number("LIMIT_APPROVALS_PER_HOUR", default.approvals_per_hour),
            schedules: self.number("LIMIT_SCHEDULES", default.schedules),
            schedules_per_day: self.number("LIMIT_SCHEDULES_PER_DAY", default.schedules_per_day),
            tokens_per_day: self.number("LIMIT_TOKENS_PER_DAY", default.tokens_per_day),
            chats: self.number("LIMIT_CHATS", default.chats),
            chats_per_day: self.number("LIMIT_CHATS_PER_DAY", default.chats_per_day),
        }
    }
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
    use deputy_error::Explained as _;

    use crate::config::testing::settings;
    use crate::config::{Limits, SettingsProblem};
    use crate::connections::ApiSettings;
    use crate::platform::log::Level;

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
    fn lines_of_requests_are_chosen() {
        let logged = |value| settings(&[("LOG_REQUESTS", value)]).map(|settings| settings.logged);
        assert_eq!(logged("").ok(), Some(Level::Info));
        assert_eq!(logged("refused").ok(), Some(Level::Warn));
        assert_eq!(logged("failed").ok(), Some(Level::Error));
    }

    #[test]
    fn contradictions_are_named() {
        let error = settings(&[("AUTH0_CUSTOM_API_CLIENT_ID", "x")]).unwrap_err();
        assert_eq!((error.setting, error.problem), ("AUTH0_CUSTOM_API_CLIENT_SECRET", SettingsProblem::Contradictory));
        for (name, value) in [
            ("MODEL_API", "soap"),
            ("LOG_REQUESTS", "some"),
            ("LIMIT_CHATS", "many"),
            ("OPENAI_BASE_URL", "api.example"),
            ("BASE_URL", "https://a.b/path"),
            ("ALLOWED_ORIGINS", "https://a.b, x"),
            ("GOOGLE_CONNECTION_NAME", "my google"),
            ("SALESFORCE_CONNECTION", "a/b"),
            ("AUTH0_APPROVAL_DETAILS_TYPE", "tool call"),
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

    /// S-28, CF-07: whose access tokens are accepted.
    #[test]
    fn s_28_allowed_clients_default_to_our_own() {
        let clients = |change: &[(&str, &str)]| settings(change).unwrap().allowed_clients;
        assert_eq!(clients(&[]), ["client"]);
        let custom = [("AUTH0_CUSTOM_API_CLIENT_ID", "custom"), ("AUTH0_CUSTOM_API_CLIENT_SECRET", "s")];
        assert_eq!(clients(&custom), ["client", "custom"]);
        assert_eq!(clients(&[("AUTH0_ALLOWED_CLIENTS", " spa,client ,")]), ["spa", "client"]);
        for bad in [",", "spa client"] {
            let error = settings(&[("AUTH0_ALLOWED_CLIENTS", bad)]).unwrap_err();
            assert_eq!((error.setting, error.problem), ("AUTH0_ALLOWED_CLIENTS", SettingsProblem::Invalid), "{bad}");
        }
    }

    #[test]
    fn defaults_and_derived_values() {
        let read = settings(&[("ALLOWED_ORIGINS", "https://Other.example/ ,"), ("LIMIT_CHATS", "7")]).unwrap();
        assert_eq!(read.allowed_origins, ["http://localhost:3000", "https://other.example"]);
        assert_eq!(read.limits, Limits { chats: 7, ..Limits::default() });
        assert_eq!(read.tenant.redirect_uri, "http://localhost:3000/auth/callback");
        assert_eq!(read.model.config.model, "gpt-4o-2024-11-20");
        assert_eq!(read.approval_details_type, "urn:auth0:schemas:authorization-details:v1:tool-call");
        assert_eq!(read.tenant_origin(), "http://localhost:4400");
        let shown = format!("{read:?}");
        for secret in ["client-secret-value", "model-key-value", "0123456789abcdef"] {
            assert!(!shown.contains(secret), "{secret}");
        }
    }

    /// AA-23: the shop's and the exchange's address and audience are settings; the audiences have the documents' defaults.
    #[test]
    fn aa_23_shop_and_stock() {
        let plain = settings(&[]).unwrap().providers;
        let api =
            |url: Option<&str>, audience: &str| ApiSettings { url: url.map(str::to_owned), audience: audience.into() };
        assert_eq!(plain.api("shop"), api(None, "sample-shop-api"));
        assert_eq!(plain.api("stock"), api(None, "sample-stock-api"));
        let set = settings(&[
            ("SHOP_API_URL", "https://shop.example/orders"),
            ("SHOP_API_AUDIENCE", "https://api.shop-online-demo.com"),
            ("STOCK_API_URL", "https://stock.example/orders"),
            ("STOCK_API_AUDIENCE", "stock"),
        ]);
        let set = set.unwrap().providers;
        assert_eq!(set.api("shop"), api(Some("https://shop.example/orders"), "https://api.shop-online-demo.com"));
        assert_eq!(set.api("stock"), api(Some("https://stock.example/orders"), "stock"));
        let error = settings(&[("SHOP_API_URL", "shop")]).unwrap_err();
        assert_eq!((error.setting, error.problem), ("SHOP_API_URL", SettingsProblem::Invalid));
    }
}
