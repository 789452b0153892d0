use deputy_models::ToolDefinition;

use super::Tool;
use super::erased::{Erased, ErasedTool};
use crate::{Effect, Relation};

/// A name that is no tool's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no tool named {0}")]
pub struct UnknownTool(pub String);

/// The tools of an agent, by name.
#[derive(Default)]
pub struct Registry {
    /// In the order of their names.
    tools: Vec<Box<dyn ErasedTool>>,
}

impl Registry {
    /// Adds a tool.
    #[must_use]
    pub fn with<T: Tool>(self, tool: T) -> Self {
        self.with_erased(Box::new(Erased::new(tool)))
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

    /// Leaves only the tools of these names.
    ///
    /// Errors: the first name that is no tool's.
    pub fn only(mut self, names: &[String]) -> Result<Self, UnknownTool> {
        if let Some(unknown) = names.iter().find(|name| self.get(name).is_none()) {
            return Err(UnknownTool(unknown.clone()));
        }
        self.tools.retain(|tool| names.iter().any(|name| name == tool.name()));
        Ok(self)
    }

    /// What the model is offered, in the order of the names: the same from turn to turn.
    pub fn definitions(&self) -> Vec<ToolDefinition> {
        self.tools.iter().map(|tool| tool.definition()).collect()
    }

    /// The same but for what is withheld, in the turn of a task that is due or another: a due task is done, so there is no tool to
    /// schedule it again.
    pub(crate) fn offered(&self, due: bool, withheld: &[String]) -> Vec<ToolDefinition> {
        let offered = self.tools.iter().filter(|tool| !(due && tool.schedules()));
        let offered = offered.filter(|tool| !withheld.iter().any(|name| name == tool.name()));
        offered.map(|tool| tool.definition()).collect()
    }

    /// What the system prompt says of the tools that are not withheld, a line each.
    pub(crate) fn instructions(&self, withheld: &[String]) -> String {
        let offered = self.tools.iter().filter(|tool| !withheld.iter().any(|name| name == tool.name()));
        let said = offered.map(|tool| tool.instructions()).filter(|said| !said.is_empty());
        said.flat_map(|said| ["\n", said]).collect()
    }

    /// Tools that are offered only to users who stand in a relation.
    pub(crate) fn offered_to(&self) -> Vec<(&str, Relation)> {
        self.tools.iter().filter_map(|tool| Some((tool.name(), tool.offered_to()?))).collect()
    }

    /// True for a tool that makes, shows or cancels schedules.
    pub fn schedules(&self, name: &str) -> bool {
        self.get(name).is_some_and(ErasedTool::schedules)
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
