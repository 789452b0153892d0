//! How much of a prompt the tools are.

use serde_json::{Value, json};

use super::ports::ToolPorts;
use super::registry;
use super::testing::providers;

/// The tools as chat completions are sent them.
fn sent() -> String {
    let tools = registry(&providers(&[]), &ToolPorts::none()).definitions().into_iter();
    let tool = |tool: deputy_models::ToolDefinition| {
        json!({"type": "function", "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters}})
    };
    Value::from_iter(tools.map(tool)).to_string()
}

#[test]
fn the_tools_are_a_small_part_of_a_prompt() {
    let sent = sent();
    println!("{sent}");
    assert!(sent.len() <= 1, "{} bytes", sent.len());
}
