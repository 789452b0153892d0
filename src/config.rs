//! Settings: read once per isolate, typed, and refused with name and fix when one is missing or contradicts another.

mod embeddings;
mod error;
mod fga;
mod mcp;
mod model;
mod offered_tools;
mod read;
mod reader;

use std::rc::Rc;

use deputy_agent::Registry;
use deputy_auth0::{Client, KeyRing, PrivateKey, Tenant};
use deputy_documents::embeddings::EmbeddingsConfig;
use deputy_models::ModelConfig;

use crate::connections::Providers;
use crate::platform::log::Level;
use crate::tools::defined::Definition;
use crate::tools::ports::ToolPorts;
use crate::tools::sample::greet::ApiOnBehalf;
use crate::tools::{registry_with, sample};

pub use error::{SettingsError, SettingsProblem};
pub use fga::{FOLDER_TYPE, FgaSettings};
pub use mcp::McpSettings;

/// Everything the Worker is told from outside. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The Auth0 tenant and the web application there.
    pub tenant: Tenant,
    /// `AUTH0_CLIENT_PRIVATE_KEY`: the web application signs assertions instead of sending a secret.
    pub client_key: Option<PrivateKey>,
    /// The client for access-token exchange (TV-05), if one is set.
    pub custom_api_client: Option<Client>,
    /// `AUTH0_MANAGEMENT_CLIENT_ID`: links log-ins of one user at the tenant (UA-25); without it that is not offered.
    pub management_client: Option<Client>,
    /// `AUTH0_ALLOWED_CLIENTS`: whose access tokens for the agent's API are accepted (S-28).
    pub allowed_clients: Vec<String>,
    /// `AUTH0_APPROVAL_DETAILS_TYPE`: the type of the details that a device shows with an approval (RFC 9396, AA-13).
    pub approval_details_type: String,
    /// Keys that seal cookies and tokens.
    pub keys: KeyRing,
    /// The app's origin, without a trailing slash.
    pub base_url: String,
    /// Origins whose pages may send unsafe requests and open sockets; `base_url` is the first.
    pub allowed_origins: Vec<String>,
    /// The language model.
    pub model: ModelSettings,
    /// The APIs the tools call.
    pub providers: Providers,
    /// The MCP server at `/mcp`, and what it calls in its callers' names.
    pub mcp: McpSettings,
    /// Who makes vectors of the documents' passages; without one they are searched by their words alone.
    pub embeddings: Option<EmbeddingsConfig>,
    /// Who decides what a user may see of the documents.
    pub fga: FgaSettings,
    /// Tools defined in data: those of this repository and those of `CONNECTION_TOOLS`.
    pub connection_tools: Vec<Rc<Definition>>,
    /// Names of the tools that are offered; none for all of them.
    pub tools: Option<Vec<String>>,
    /// What a user may use in a day, and own.
    pub limits: Limits,
    /// `LOG_REQUESTS`: of which requests a line is written, by how they ended. What is to be known later, such as the calls of MCP clients,
    /// is written in any case.
    pub logged: Level,
    /// `DEPUTY_DEV`: on a machine of whoever develops.
    pub development: bool,
    /// The tenant is on this machine and `DEPUTY_DEV` is set: the offline world.
    pub offline: bool,
}

/// Which model, and how to reach it.
#[derive(Debug, Clone)]
pub struct ModelSettings {
    /// `OPENAI_API_KEY`, `OPENAI_BASE_URL`, `MODEL`, `MODEL_API`, `MODEL_PROFILE`
    pub config: ModelConfig,
    /// `MODEL_TIMEOUT_SECONDS`: how long the first word may take, milliseconds.
    pub timeout_ms: u64,
}

impl ModelSettings {
    /// True for the script of the offline world, whose key is no secret and says what it is.
    pub fn is_scripted(&self) -> bool {
        self.config.api_key.expose() == "offline"
    }
}

/// Limits per user. A day is a UTC day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// `LIMIT_TOOL_CALLS_PER_DAY`
    pub tool_calls_per_day: u64,
    /// `LIMIT_APPROVALS_PER_HOUR`
    pub approvals_per_hour: u64,
    /// `LIMIT_SCHEDULES`
    pub schedules: u64,
    /// `LIMIT_SCHEDULES_PER_DAY`
    pub schedules_per_day: u64,
    /// `LIMIT_TOKENS_PER_DAY`
    pub tokens_per_day: u64,
    /// `LIMIT_CHATS`
    pub chats: u64,
    /// `LIMIT_CHATS_PER_DAY`
    pub chats_per_day: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tool_calls_per_day: 500,
            approvals_per_hour: 10,
            schedules: 50,
            schedules_per_day: 100,
            tokens_per_day: 2_000_000,
            chats: 1_000,
            chats_per_day: 200,
        }
    }
}

impl Settings {
    /// What calls the API that `greet` calls; none where it is not set up.
    pub fn api_on_behalf(&self) -> Option<ApiOnBehalf> {
        let (client, api) = self.mcp.client.clone().zip(self.mcp.protected_api.clone())?;
        let mcp::ProtectedApi { base_url, audience, grant, scope } = api;
        Some(ApiOnBehalf { tenant: self.tenant.clone(), client, grant, base_url, audience, scope })
    }

    /// Every tool that there is, of those that are offered: what a model may call, and what is there for programs alone.
    pub fn registry(&self, ports: &ToolPorts) -> Registry {
        let tools = registry_with(&self.providers, ports, &self.connection_tools, self.tools.as_deref());
        sample::with_samples(tools, &self.providers, self.api_on_behalf(), ports)
    }

    /// True when the app is served over https: cookie names and flags follow.
    pub fn secure(&self) -> bool {
        self.base_url.starts_with("https://")
    }

    /// The tenant's origin, without a trailing slash.
    pub fn tenant_origin(&self) -> &str {
        self.tenant.issuer.as_str().trim_end_matches('/')
    }
}

#[cfg(test)]
pub mod testing {
    //! Settings for tests.
    use super::Settings;

    /// Complete settings of an offline world; `change` overrides (or with an empty value removes) some.
    pub fn settings(change: &[(&str, &str)]) -> Result<Settings, super::SettingsError> {
        let base = [
            ("AUTH0_ISSUER", "http://localhost:4400/"),
            ("DEPUTY_DEV", "1"),
            ("AUTH0_CLIENT_ID", "client"),
            ("AUTH0_CLIENT_SECRET", "client-secret-value"),
            ("AUTH0_AUDIENCE", "https://deputy.example/api"),
            ("AUTH0_SESSION_ENCRYPTION_KEY", "0123456789abcdef0123456789abcdef"),
            ("BASE_URL", "http://localhost:3000"),
            ("OPENAI_API_KEY", "model-key-value"),
        ];
        Settings::read(&|name| {
            let pick = |list: &[(&str, &str)]| list.iter().find(|(key, _)| *key == name).map(|(_, v)| (*v).to_owned());
            pick(change).or_else(|| pick(&base))
        })
    }
}
