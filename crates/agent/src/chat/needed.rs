//! Which tools a conversation needs: what a small model is offered. Every tool that it is offered and does not need costs it more than a
//! large one: it reads slowly, and it calls what it sees.

use deputy_wire::{Message, Part, Role};

use super::accept::message_text;
use super::state::State;
use crate::tool::Registry;

/// Before the task in the message of a schedule (CF-24).
pub const DUE: &str = "Running scheduled task: ";

impl State {
    /// The tools that the user's words are about, and those that were called: in the order in which the conversation came to need them,
    /// so that what it had stands first and a prompt cache holds. Where the words tell nothing, all of them.
    pub(crate) fn needed_tools<'a>(&self, tools: &'a Registry) -> Vec<&'a str> {
        let mut needed = Vec::new();
        for message in self.told_messages() {
            for tool in needed_for(message, tools) {
                if !needed.contains(&tool) {
                    needed.push(tool);
                }
            }
        }
        if needed.is_empty() { tools.names() } else { needed }
    }
}

fn needed_for<'a>(message: &Message, tools: &'a Registry) -> Vec<&'a str> {
    match message.role {
        Role::User => {
            let text = message_text(message);
            tools.about(text.strip_prefix(DUE).unwrap_or(&text)).collect()
        }
        Role::Assistant => message.parts.iter().filter_map(|part| called(part, tools)).collect(),
    }
}

fn called<'a>(part: &Part, tools: &'a Registry) -> Option<&'a str> {
    match part {
        Part::Tool(tool) => tools.known(&tool.tool),
        Part::StepStart | Part::Text { .. } | Part::Reasoning { .. } | Part::Report { .. } => None,
    }
}
