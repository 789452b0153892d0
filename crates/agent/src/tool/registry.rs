use deputy_models::ToolDefinition;

use super::Tool;
use super::erased::{Erased, ErasedTool};
use super::topics::is_about;
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

    /// What the model is offered of one tool.
    pub(crate) fn definition(&self, name: &str) -> Option<ToolDefinition> {
        self.get(name).map(ErasedTool::definition)
    }

    /// What the system prompt says of these tools, a line each.
    pub(crate) fn instructions(&self, offered: &[&str]) -> String {
        let said = offered.iter().filter_map(|name| self.get(name)).map(ErasedTool::instructions);
        said.filter(|said| !said.is_empty()).flat_map(|said| ["\n", said]).collect()
    }

    /// Tools that are offered only to users who stand in a relation.
    pub fn offered_to(&self) -> Vec<(&str, Relation)> {
        self.tools.iter().filter_map(|tool| Some((tool.name(), tool.offered_to()?))).collect()
    }

    /// The tools that a text of the user may be about, in the order of their names.
    pub fn about(&self, text: &str) -> impl Iterator<Item = &str> {
        self.tools.iter().filter(move |tool| is_about(text, &tool.topics())).map(|tool| tool.name())
    }

    /// True for a tool that makes, shows or cancels schedules.
    pub fn schedules(&self, name: &str) -> bool {
        self.get(name).is_some_and(ErasedTool::schedules)
    }

    /// True for a tool that no model is offered.
    pub fn programs_only(&self, name: &str) -> bool {
        self.get(name).is_some_and(ErasedTool::programs_only)
    }

    /// The name, if it is a tool's.
    pub(crate) fn known(&self, name: &str) -> Option<&str> {
        self.get(name).map(ErasedTool::name)
    }

    /// The names, in their order.
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
