//! A tool, as its author writes it, and the registry that erases its types.

use deputy_http::{FromJsonOwned, Request, Response, TransportError};
use deputy_models::ToolDefinition;
use futures::future::LocalBoxFuture;
use schemars::JsonSchema;
use serde_json::Value;

use crate::input_schema::parameters;
use crate::schedule::{NewSchedule, Schedule, ScheduleError};
use crate::{Authority, Effect, Grant, Permit};

/// One thing the agent can do. One file each; the registry lists them.
///
/// `call` takes a [`Permit`] and a [`Grant`], which only the engine can make: a tool cannot be reached past policy
/// (`tests/authority` holds programs that try, and the compiler's reasons).
///
/// ```no_run
/// # use deputy_agent::{Grant, Host, Permit, Tool};
/// async fn with_proof<T: Tool>(tool: &T, input: T::Input, permit: Permit, grant: Grant, host: &dyn Host) {
///     let _ = tool.call(input, permit, grant, host).await;
/// }
/// ```
#[allow(async_fn_in_trait, reason = "workers have one thread; nothing here is Send")]
pub trait Tool: 'static {
    /// What the model must give. `schemars` makes the schema the model sees, `FromJson` checks what it sends.
    type Input: FromJsonOwned + JsonSchema;
    /// The name the model calls; no `-` (old clients split there).
    const NAME: &'static str;
    /// What the model reads.
    const DESCRIPTION: &'static str;
    /// What the tool does to the world.
    const EFFECT: Effect;
    /// Its results may hold text that others wrote, so the model is given them marked. False only for a tool that says nothing
    /// but what Deputy itself knows.
    const UNTRUSTED: bool = true;

    /// The authority this call needs: a floor that policy may raise, never lower.
    fn authority(&self, input: &Self::Input) -> Vec<Authority>;

    /// Does it.
    async fn call(&self, input: Self::Input, permit: Permit, grant: Grant, host: &dyn Host)
    -> Result<Value, ToolError>;

    /// True when [`Tool::check`] can find out whether a call that was cut off has happened.
    const CHECKS: bool = false;

    /// Looks whether the call of this id ([`Host::call_id`]) has happened: its result, or none when it has not. Changes
    /// nothing; an approval is not at hand.
    async fn check(&self, _input: Self::Input, _grant: Grant, _host: &dyn Host) -> Result<Option<Value>, ToolError> {
        Err(ToolError::Answer("This tool cannot look whether it happened.".to_owned()))
    }
}

/// What a tool may use of the world.
pub trait Host {
    /// Sends a request to a provider or to one of our own APIs.
    fn send(&self, request: Request) -> LocalBoxFuture<'_, Result<Response, TransportError>>;
    /// Now, milliseconds.
    fn now(&self) -> u64;
    /// Offset of an IANA zone from UTC at an instant, in seconds; none for an unknown zone.
    fn zone_offset(&self, time_zone: &str, at: u64) -> Option<i32>;
    /// The user's own zone, `UTC` when it is not known.
    fn time_zone(&self) -> String;
    /// Base URL of a provider or API, without a trailing slash.
    fn base_url(&self, api: Api) -> Option<String>;
    /// Id of the call being made: the idempotency key of its effect.
    fn call_id(&self) -> String;
    /// Adds a schedule; the same call id adds it once.
    fn schedule(&self, schedule: NewSchedule) -> LocalBoxFuture<'_, Result<Schedule, ScheduleError>>;
    /// The schedules of this chat.
    fn schedules(&self) -> Vec<Schedule>;
    /// Cancels one. False when there is none of that id.
    fn cancel_schedule<'a>(&'a self, id: &'a str) -> LocalBoxFuture<'a, Result<bool, ScheduleError>>;
}

/// APIs whose address is a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// The tenant (`/userinfo`).
    Tenant,
    /// Google.
    Google,
    /// GitHub.
    GitHub,
    /// Slack.
    Slack,
    /// Salesforce.
    Salesforce,
}

/// Why a tool gave no result.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ToolError {
    /// The provider refused the token: it is dropped, exchanged once more, and then the user is asked to connect.
    #[error("{message}")]
    Unauthorized {
        /// Connection whose token was refused.
        connection: String,
        /// What the card says.
        message: String,
    },
    /// An answer the model should read as it stands; the requirement fixes the words.
    #[error("{0}")]
    Answer(String),
    /// The request was sent and its answer was lost: nobody knows whether the effect happened, so the user is asked.
    #[error("{0}")]
    OutcomeUnknown(String),
    /// The provider or API could not be reached.
    #[error("{0}")]
    Transport(#[from] TransportError),
}

impl ToolError {
    /// The stable code of a call that ends like this.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unauthorized { .. } => "provider_unauthorized",
            Self::Answer(_) => "tool_failed",
            Self::OutcomeUnknown(_) => "outcome_unknown",
            Self::Transport(_) => "provider_unreachable",
        }
    }
}

/// A tool without its types: what [`Tool`] becomes in the registry, and what a tool that is known only at run time (defined
/// in data) is from the start. It takes the same two proofs.
pub trait ErasedTool {
    /// The name the model calls.
    fn name(&self) -> &str;
    /// What the tool does to the world.
    fn effect(&self) -> Effect;
    /// Its results may hold text that others wrote: the model is given them marked.
    fn untrusted(&self) -> bool {
        true
    }
    /// True when [`ErasedTool::check`] can find out whether a call that was cut off has happened.
    fn checks(&self) -> bool {
        false
    }
    /// What the model is offered.
    fn definition(&self) -> ToolDefinition;
    /// The declared authority, or why the input does not fit.
    fn authority(&self, input: &Value) -> Result<Vec<Authority>, String>;
    /// Does it.
    fn call<'a>(
        &'a self,
        input: Value,
        permit: Permit,
        grant: Grant,
        host: &'a dyn Host,
    ) -> LocalBoxFuture<'a, Result<Value, ToolError>>;
    /// Looks whether the call has happened; changes nothing.
    fn check<'a>(
        &'a self,
        _input: Value,
        _grant: Grant,
        _host: &'a dyn Host,
    ) -> LocalBoxFuture<'a, Result<Option<Value>, ToolError>> {
        cannot_check()
    }
}

fn cannot_check<'a>() -> LocalBoxFuture<'a, Result<Option<Value>, ToolError>> {
    answered("This tool cannot look whether it happened.".to_owned())
}

/// What the model reads instead of a result.
fn answered<'a, T: 'a>(text: String) -> LocalBoxFuture<'a, Result<T, ToolError>> {
    Box::pin(std::future::ready(Err(ToolError::Answer(text))))
}

#[inline(never)]
fn does_not_fit(tool: &str, error: &deputy_http::JsonError) -> String {
    format!("The input of {tool} does not fit: {error}.")
}

struct Erased<T: Tool>(T);

impl<T: Tool> Erased<T> {
    fn parse(input: &Value) -> Result<T::Input, String> {
        deputy_http::read_json_value(input).map_err(|error| does_not_fit(T::NAME, &error))
    }
}

impl<T: Tool> ErasedTool for Erased<T> {
    fn name(&self) -> &str {
        T::NAME
    }

    fn effect(&self) -> Effect {
        T::EFFECT
    }

    fn untrusted(&self) -> bool {
        T::UNTRUSTED
    }

    fn checks(&self) -> bool {
        T::CHECKS
    }

    fn definition(&self) -> ToolDefinition {
        ToolDefinition {
            name: T::NAME.to_owned(),
            description: T::DESCRIPTION.to_owned(),
            parameters: parameters::<T::Input>(),
        }
    }

    fn authority(&self, input: &Value) -> Result<Vec<Authority>, String> {
        Self::parse(input).map(|input| self.0.authority(&input))
    }

    fn call<'a>(
        &'a self,
        input: Value,
        permit: Permit,
        grant: Grant,
        host: &'a dyn Host,
    ) -> LocalBoxFuture<'a, Result<Value, ToolError>> {
        match Self::parse(&input) {
            Ok(input) => Box::pin(self.0.call(input, permit, grant, host)),
            Err(why) => answered(why),
        }
    }

    fn check<'a>(
        &'a self,
        input: Value,
        grant: Grant,
        host: &'a dyn Host,
    ) -> LocalBoxFuture<'a, Result<Option<Value>, ToolError>> {
        if !T::CHECKS {
            return cannot_check();
        }
        match Self::parse(&input) {
            Ok(input) => Box::pin(self.0.check(input, grant, host)),
            Err(why) => answered(why),
        }
    }
}

/// The tools of an agent, by name.
#[derive(Default)]
pub struct Registry {
    /// In the order of their names.
    tools: Vec<Box<dyn ErasedTool>>,
    schemas: Value,
}

impl Registry {
    /// Adds a tool.
    #[must_use]
    pub fn with<T: Tool>(self, tool: T) -> Self {
        self.with_erased(Box::new(Erased(tool)))
    }

    /// Takes the schemas of inputs from a JSON object by the names of the tools, instead of having them made. In the Worker
    /// they must come from there: it has no generator.
    #[must_use]
    pub fn with_schemas(mut self, schemas: &str) -> Self {
        self.schemas = deputy_http::read_json(schemas.as_bytes()).unwrap_or_default();
        self
    }

    /// Adds a tool that has no type of its own. The name must be free: a tool that is there is kept.
    #[must_use]
    pub fn with_erased(mut self, tool: Box<dyn ErasedTool>) -> Self {
        if let Err(place) = self.find(tool.name()) {
            self.tools.insert(place, tool);
        }
        self
    }

    pub(crate) fn get(&self, name: &str) -> Option<&dyn ErasedTool> {
        self.tools.get(self.find(name).ok()?).map(AsRef::as_ref)
    }

    /// Where the tool of this name is, or would be.
    fn find(&self, name: &str) -> Result<usize, usize> {
        self.tools.binary_search_by(|tool| tool.name().cmp(name))
    }

    /// What the model is offered, in the order of the names.
    pub fn definitions(&self) -> Vec<ToolDefinition> {
        let definition = |tool: &dyn ErasedTool| {
            let mut definition = tool.definition();
            if let Some(schema) = self.schemas.get(tool.name()) {
                definition.parameters = schema.clone();
            }
            definition
        };
        self.tools.iter().map(|tool| definition(tool.as_ref())).collect()
    }

    /// The names, for tests and pages.
    pub fn names(&self) -> Vec<&str> {
        self.tools.iter().map(|tool| tool.name()).collect()
    }

    /// Whether a tool's results may hold text that others wrote. So may those of a tool that is no longer here.
    pub fn untrusted(&self, name: &str) -> bool {
        self.get(name).is_none_or(ErasedTool::untrusted)
    }

    /// True when the tool can find out whether a call that was cut off has happened.
    pub fn checks(&self, name: &str) -> bool {
        self.get(name).is_some_and(ErasedTool::checks)
    }

    /// The declared effect of a tool.
    pub fn effect(&self, name: &str) -> Option<Effect> {
        self.get(name).map(ErasedTool::effect)
    }
}
