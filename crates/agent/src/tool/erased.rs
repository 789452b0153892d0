use std::cell::OnceCell;

use deputy_models::ToolDefinition;
use futures::future::LocalBoxFuture;
use serde_json::Value;

use super::input::{self, InputError};
use super::schema::{offered, parameters};
use super::topics::topics_of;
use super::{CallContext, Tool, ToolError};
use crate::{Authority, Effect, Grant, Permit, Relation};

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
    /// It makes, shows or cancels schedules: it is withheld in the turn of a task that is due.
    fn schedules(&self) -> bool {
        false
    }
    /// It is there for programs that call tools themselves, and for no model.
    fn programs_only(&self) -> bool {
        false
    }
    /// Words of a user that show that it may be needed, separated by blanks.
    fn topics(&self) -> String {
        let ToolDefinition { name, description, .. } = self.definition();
        topics_of(&name, &description)
    }
    /// True when [`ErasedTool::check`] can find out whether a call that was cut off has happened.
    fn checks(&self) -> bool {
        false
    }
    /// What the system prompt says of using it, where it is offered.
    fn instructions(&self) -> &str {
        ""
    }
    /// What the model is offered.
    fn definition(&self) -> ToolDefinition;
    /// The declared authority. Asked before anything else, so that nobody is asked for a call that could not be made.
    ///
    /// Errors: the input does not fit, or the tool cannot be used with the settings there are.
    fn authority(&self, input: &Value) -> Result<Vec<Authority>, Unfit>;
    /// The relation without which the tool is not even offered to the user.
    fn offered_to(&self) -> Option<Relation> {
        None
    }
    /// Everything a call needs: what is declared for its input, and what offering the tool takes.
    ///
    /// Errors: as [`ErasedTool::authority`].
    fn needs(&self, input: &Value) -> Result<Vec<Authority>, Unfit> {
        let mut needs = self.authority(input)?;
        let offered = self.offered_to().map(Authority::Relation).filter(|relation| !needs.contains(relation));
        needs.extend(offered);
        Ok(needs)
    }
    /// Does it.
    fn call<'a>(
        &'a self,
        input: Value,
        permit: Permit,
        grant: Grant,
        context: &'a dyn CallContext,
    ) -> LocalBoxFuture<'a, Result<Value, ToolError>>;
    /// Looks whether the call has happened; changes nothing.
    fn check<'a>(
        &'a self,
        _input: Value,
        _grant: Grant,
        _context: &'a dyn CallContext,
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

/// Why a call is not even begun: nobody was asked and nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The model may repair its call.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The tool cannot be used with the settings there are.
    #[error("{0}")]
    Unavailable(String),
}

impl Unfit {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Input(_) => "input_invalid",
            Self::Unavailable(_) => "tool_unavailable",
        }
    }
}

/// A tool with its schema, which is made when it is first needed.
pub(super) struct Erased<T: Tool> {
    tool: T,
    schema: OnceCell<Value>,
    /// The schema as the model is offered it.
    offered: OnceCell<Value>,
}

impl<T: Tool> Erased<T> {
    pub(super) fn new(tool: T) -> Self {
        Self { tool, schema: OnceCell::new(), offered: OnceCell::new() }
    }

    fn schema(&self) -> &Value {
        self.schema.get_or_init(parameters::<T::Input>)
    }

    /// What the call is made with. Whatever asked before: a tool that cannot be used is not called.
    fn read(&self, input: &Value) -> Result<T::Input, Unfit> {
        match self.tool.unavailable() {
            Some(why) => Err(Unfit::Unavailable(why)),
            None => {
                let read = input::read(T::NAME, self.schema(), input)?;
                match self.tool.misfit(&read) {
                    Some(problem) => Err(InputError { tool: T::NAME.to_owned(), problems: vec![problem] }.into()),
                    None => Ok(read),
                }
            }
        }
    }
}

impl<T: Tool> ErasedTool for Erased<T> {
    fn name(&self) -> &str {
        T::NAME
    }

    fn effect(&self) -> Effect {
        self.tool.effect()
    }

    fn untrusted(&self) -> bool {
        T::UNTRUSTED
    }

    fn schedules(&self) -> bool {
        T::SCHEDULES
    }

    fn programs_only(&self) -> bool {
        T::PROGRAMS_ONLY
    }

    fn topics(&self) -> String {
        if T::TOPICS.is_empty() { topics_of(T::NAME, T::DESCRIPTION) } else { T::TOPICS.to_owned() }
    }

    fn checks(&self) -> bool {
        T::CHECKS
    }

    fn instructions(&self) -> &str {
        T::INSTRUCTIONS
    }

    fn definition(&self) -> ToolDefinition {
        ToolDefinition {
            name: T::NAME.to_owned(),
            description: T::DESCRIPTION.to_owned(),
            parameters: self.offered.get_or_init(|| offered(self.schema())).clone(),
        }
    }

    fn authority(&self, input: &Value) -> Result<Vec<Authority>, Unfit> {
        self.read(input).map(|input| self.tool.authority(&input))
    }

    fn offered_to(&self) -> Option<Relation> {
        self.tool.offered_to()
    }

    fn call<'a>(
        &'a self,
        input: Value,
        permit: Permit,
        grant: Grant,
        context: &'a dyn CallContext,
    ) -> LocalBoxFuture<'a, Result<Value, ToolError>> {
        match self.read(&input) {
            Ok(input) => Box::pin(self.tool.call(input, permit, grant, context)),
            Err(why) => answered(why.to_string()),
        }
    }

    fn check<'a>(
        &'a self,
        input: Value,
        grant: Grant,
        context: &'a dyn CallContext,
    ) -> LocalBoxFuture<'a, Result<Option<Value>, ToolError>> {
        if !T::CHECKS {
            return cannot_check();
        }
        match self.read(&input) {
            Ok(input) => Box::pin(self.tool.check(input, grant, context)),
            Err(why) => answered(why.to_string()),
        }
    }
}
