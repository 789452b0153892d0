use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Map, Value};

/// What an endpoint refuses or needs beyond what its API's reference says. Data: `profiles.json`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    /// As `MODEL_PROFILE` names it.
    pub name: String,
    /// Hosts it is chosen for: `host` (its subdomains too) or `host:port`.
    pub hosts: Vec<String>,
    /// The API that is spoken there, as `MODEL_API` names it; chat completions unless said.
    pub api: Option<String>,
    /// The header that has the key; `Authorization: Bearer` unless said.
    pub key_header: Option<String>,
    /// Further headers, which hold no secret.
    pub headers: BTreeMap<String, String>,
    /// Members of the request that are not sent, by name: of the body, or of a tool.
    pub omit: BTreeSet<String>,
    /// Members that are added to the body.
    pub add: Map<String, Value>,
    /// The member that bounds the answer in chat completions.
    pub token_limit: TokenLimit,
    /// Which JSON Schema the tools' inputs are written in.
    pub schema: SchemaDialect,
    /// The reasoning that is wanted back with the calls it led to; none unless said.
    pub reasoning: Option<ReasoningBack>,
    /// Members of a call which the provider wants and has not said itself, because another model made the call.
    pub call_filler: Map<String, Value>,
    /// Calls go back under the provider's own ids; if not, under nine letters and digits, which every provider takes.
    pub own_ids: bool,
    /// The server knows no system prompt: it stands before the first message of the user.
    pub system_as_user: bool,
    /// A message that is nothing but calls has an empty text; `null` unless said.
    pub empty_content: bool,
    /// Results that others may have written in are marked for the model.
    pub marks: bool,
    /// The model is small: it is offered fewer tools.
    pub small: bool,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            name: String::new(),
            hosts: Vec::new(),
            api: None,
            key_header: None,
            headers: BTreeMap::new(),
            omit: BTreeSet::new(),
            add: Map::new(),
            token_limit: TokenLimit::default(),
            schema: SchemaDialect::default(),
            reasoning: None,
            call_filler: Map::new(),
            own_ids: true,
            system_as_user: false,
            empty_content: false,
            marks: true,
            small: false,
        }
    }
}

/// Reasoning that goes back to who said it, with the calls it led to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasoningBack {
    /// The member of the assistant's message.
    pub member: String,
    /// With every call of the conversation; if not, only since the user spoke last.
    #[serde(default)]
    pub always: bool,
    /// What stands there when there was none, because another model made the call.
    #[serde(default)]
    pub filler: Option<String>,
}

/// The name of the bound of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenLimit {
    /// The old name, which every server knows but OpenAI's reasoning models.
    #[default]
    MaxTokens,
    /// OpenAI's new name.
    MaxCompletionTokens,
}

/// Which JSON Schema an endpoint reads.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SchemaDialect {
    /// Keywords that are left out.
    pub omit: BTreeSet<String>,
    /// `$ref` is replaced by what it means.
    pub inline: bool,
    /// The only values of `format` that are sent; all but those of Rust's types unless said.
    pub formats: Option<BTreeSet<String>>,
}

impl Profile {
    /// The profile of that name.
    pub fn named(name: &str) -> Option<Self> {
        known().iter().find(|profile| profile.name == name).cloned()
    }

    /// The names, for whoever wrote one that is not among them.
    pub fn names() -> impl Iterator<Item = &'static str> {
        known().iter().map(|profile| profile.name.as_str())
    }

    /// The profile of a host (`host` or `host:port`); the plain one where none is known.
    pub fn of_host(authority: &str) -> Self {
        let authority = authority.to_ascii_lowercase();
        let host = authority.split(':').next().unwrap_or_default();
        let same = |known: &str| {
            known == authority
                || host.strip_suffix(known).is_some_and(|subdomain| subdomain.is_empty() || subdomain.ends_with('.'))
        };
        known().iter().find(|profile| profile.hosts.iter().any(|known| same(known))).cloned().unwrap_or_default()
    }

    /// True unless the member is not to be sent.
    pub fn sends(&self, member: &str) -> bool {
        !self.omit.contains(member)
    }
}

fn known() -> &'static [Profile] {
    static KNOWN: OnceLock<Vec<Profile>> = OnceLock::new();
    // A test reads them all: what is shipped can be read.
    KNOWN.get_or_init(|| serde_json::from_str(include_str!("../profiles.json")).unwrap_or_default())
}
