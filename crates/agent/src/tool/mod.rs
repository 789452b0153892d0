//! A tool, as its author writes it.

mod erased;
mod error;
pub mod fields;
mod input;
mod number;
mod registry;
mod relation_template;
mod rule;
mod schema;
mod topics;

use deputy_http::{Request, Response, TransportError};
use futures::future::LocalBoxFuture;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Authority, Effect, Grant, Permit, Relation, VerifiedUser};

pub use erased::{ErasedTool, Unfit};
pub use error::ToolError;
pub use input::{InputError, InputProblem, fitted as fitted_input, problems as input_problems, read as read_input};
pub use registry::{Registry, UnknownTool};
pub use relation_template::{NoRelation, RelationTemplate};
pub use schema::parameters;

/// One thing the agent can do. One file each; the registry lists them.
///
/// `call` takes a [`Permit`] and a [`Grant`], which only the engine can make: a tool cannot be reached past policy
/// (`tests/authority` holds programs that try, and the compiler's reasons).
///
/// ```no_run
/// # use deputy_agent::{Grant, CallContext, Permit, Tool};
/// async fn with_proof<T: Tool>(tool: &T, input: T::Input, permit: Permit, grant: Grant, context: &dyn CallContext) {
///     let _ = tool.call(input, permit, grant, context).await;
/// }
/// ```
#[allow(async_fn_in_trait, reason = "workers have one thread; nothing here is Send")]
pub trait Tool: 'static {
    /// What the model must give. `schemars` makes the schema the model sees, serde checks what it sends; [`fields`] has members
    /// that carry their rule for both.
    type Input: DeserializeOwned + JsonSchema;
    /// The name the model calls; no `-` (old clients split there).
    const NAME: &'static str;
    /// What the model reads.
    const DESCRIPTION: &'static str;
    /// What the tool does to the world.
    const EFFECT: Effect;
    /// Its results may hold text that others wrote, so the model is given them marked. False only for a tool that says nothing
    /// but what Deputy itself knows.
    const UNTRUSTED: bool = true;

    /// What the system prompt says of using it, where it is offered; empty when its description says enough.
    const INSTRUCTIONS: &'static str = "";

    /// It makes, shows or cancels schedules: it is withheld in the turn of a task that is due, which is to be done and not scheduled.
    const SCHEDULES: bool = false;

    /// It is there for programs that call tools themselves: no model is offered it, and a model that calls it is told that there is no
    /// such tool.
    const PROGRAMS_ONLY: bool = false;

    /// Words of a user that show that it may be needed, separated by blanks: a small model is offered the tools that the conversation
    /// needs. Where they are empty, the words of name and description count.
    const TOPICS: &'static str = "";

    /// Why no call can be made at all with the settings there are, in words. Nobody is asked for anything then.
    fn unavailable(&self) -> Option<String> {
        None
    }

    /// What is wrong with an input that fits its type: what takes knowledge of the tool, such as its settings or the time zones
    /// there are. Nobody is asked for anything then.
    fn misfit(&self, _input: &Self::Input) -> Option<InputProblem> {
        None
    }

    /// What the tool does to the world with the settings there are: never more than [`Tool::EFFECT`].
    fn effect(&self) -> Effect {
        Self::EFFECT
    }

    /// The authority this call needs: a floor that policy may raise, never lower.
    fn authority(&self, input: &Self::Input) -> Vec<Authority>;

    /// The relation without which the tool is not even offered to the user. Every call needs it too.
    fn offered_to(&self) -> Option<Relation> {
        None
    }

    /// Does it.
    async fn call(
        &self,
        input: Self::Input,
        permit: Permit,
        grant: Grant,
        context: &dyn CallContext,
    ) -> Result<Value, ToolError>;

    /// True when [`Tool::check`] can find out whether a call that was cut off has happened.
    const CHECKS: bool = false;

    /// Looks whether the call of this id ([`CallContext::call_id`]) has happened: its result, or none when it has not. Changes
    /// nothing; an approval is not at hand.
    async fn check(
        &self,
        _input: Self::Input,
        _grant: Grant,
        _context: &dyn CallContext,
    ) -> Result<Option<Value>, ToolError> {
        Err(ToolError::Answer("This tool cannot look whether it happened.".to_owned()))
    }
}

/// What a tool may use of the world for the length of one call. What else it needs it was given when it was made.
pub trait CallContext {
    /// Sends a request to a provider or to one of our own APIs.
    fn send(&self, request: Request) -> LocalBoxFuture<'_, Result<Response, TransportError>>;
    /// Now, milliseconds.
    fn now(&self) -> u64;
    /// Id of the call being made: the idempotency key of its effect.
    fn call_id(&self) -> String;
    /// The user for whom it is made, as the tenant has verified them; none without a session. Never what a model says (RG-21).
    fn user(&self) -> Option<&VerifiedUser>;
}
