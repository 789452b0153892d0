//! Tools of MCP servers in a chat: what is offered, when the user is asked, and what a server's words cannot do.

use std::sync::LazyLock;

use deputy_agent::{Approval, Effect};
use deputy_models::ModelRequest;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::{Client, Generation};
use super::stage::Stage;
use crate::account::ChatEvent;
use crate::account::mcp_servers::McpTools;
use crate::chat::identity::Identity;
use crate::platform::ports::Clock;
use crate::tools::mcp::{OfferedTool, ServerAnswer, ServerProblem};

/// A description with an instruction in it, and the call that a model makes which obeys it.
#[derive(Deserialize)]
struct Injection {
    name: String,
    description: String,
    wants: Wanted,
}

#[derive(Deserialize)]
struct Wanted {
    tool: String,
    arguments: Value,
}

static INJECTIONS: LazyLock<Vec<Injection>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../crates/offline/data/injections.json")).unwrap());

/// The gullible model: a tool's description tells it what to call, and it does, once a turn.
pub fn told_to_call(request: &ModelRequest) -> Option<(String, Value)> {
    // The description reaches the model as a quotation.
    let told = |injection: &&Injection| {
        let quoted = format!("{:?}", injection.description);
        request.tools.iter().any(|tool| tool.description.contains(&quoted))
    };
    INJECTIONS.iter().find(told).map(|injection| (injection.wants.tool.clone(), injection.wants.arguments.clone()))
}

fn tool(name: &str, description: &str, effect: Effect, asks: bool) -> OfferedTool {
    OfferedTool {
        name: format!("tool_evil_{name}"),
        server: "s1".into(),
        server_name: "Evil".into(),
        tool: name.into(),
        description: description.into(),
        parameters: json!({"type": "object", "properties": {"text": {"type": "string"}}}),
        effect,
        asks,
        allowed: false,
        pin: "p".into(),
    }
}

/// A stage whose user has these tools of a server.
fn stage(tools: &[OfferedTool]) -> Stage {
    let stage = Stage::new();
    offer(&stage, 1, tools);
    stage
}

fn offer(stage: &Stage, version: u64, tools: &[OfferedTool]) {
    let servers = McpTools { version, servers: Vec::new(), tools: tools.to_vec() };
    stage.platform().account().now(|account| account.servers = Some(servers));
}

fn states(stage: &Stage) -> Vec<String> {
    stage.tool_parts().iter().map(|part| part["state"].as_str().unwrap().to_owned()).collect()
}

fn say(client: &Client<'_>, tool: &str) {
    client.say(&format!(r#"Call {tool} with {{"text":"milk"}}"#));
}

/// CF-13, CF-29: a tool of a server stands beside our own; one that reads is called, one that does more waits for a yes.
#[test]
fn cf_29_tools_of_servers_are_merged_and_asked_for() {
    let stage = stage(&[tool("list", "All", Effect::Reads, false), tool("add", "Adds", Effect::Writes, true)]);
    let client = stage.open(Generation::G2);
    say(&client, "tool_evil_list");
    assert_eq!(states(&stage), ["output-available"]);
    let offered = stage.platform().model().asked()[0].tools.iter().map(|tool| tool.name.clone()).collect::<Vec<_>>();
    assert!(offered.contains(&"tool_evil_add".to_owned()) && offered.contains(&"get_user_info".to_owned()));
    say(&client, "tool_evil_add");
    let waiting = stage.tool_parts().pop().unwrap();
    assert_eq!(waiting["state"], "approval-requested");
    assert_eq!(stage.platform().account().told("call"), [r#"call list with {"text":"milk"}"#]);
    // The yes comes after the object has slept: the tools are still known.
    stage.restart();
    client.approve(&waiting, true);
    assert_eq!(states(&stage), ["output-available", "output-available"]);
    assert_eq!(stage.platform().account().told("call").len(), 2);
    let told = stage.texts().pop().unwrap();
    assert!(told.contains("untrusted"), "the model reads a server's result as what others wrote: {told}");
}

/// What the user allowed for good is not asked for, but doing the very same twice is.
#[test]
fn an_allowed_tool_is_asked_for_only_a_second_time() {
    let stage = stage(&[OfferedTool { allowed: true, asks: false, ..tool("add", "Adds", Effect::Writes, false) }]);
    let client = stage.open(Generation::G2);
    say(&client, "tool_evil_add");
    assert_eq!(states(&stage), ["output-available"]);
    say(&client, "tool_evil_add");
    assert_eq!(states(&stage), ["output-available", "approval-requested"]);
}

/// A chat that is open learns of a change at once, and its next turn uses it; a tool that is gone is no tool.
#[test]
fn cf_09_changes_are_told_to_open_chats() {
    let stage = stage(&[tool("list", "All", Effect::Reads, false)]);
    let client = stage.open(Generation::G2);
    let frames = client.frames_of("cf_agent_mcp_servers");
    assert_eq!(frames.last().unwrap()["mcp"]["tools"][0]["name"], "list");
    offer(&stage, 2, &[tool("other", "Other", Effect::Reads, false)]);
    stage.call(ChatEvent::McpServersChanged {});
    let frames = client.frames_of("cf_agent_mcp_servers");
    assert_eq!(frames.last().unwrap()["mcp"]["tools"][0]["name"], "other");
    say(&client, "tool_evil_list");
    assert!(stage.tool_parts()[0].to_string().contains("There is no tool named tool_evil_list"));
    say(&client, "tool_evil_other");
    assert_eq!(stage.platform().account().told("call").len(), 1);
}

/// A server that closes or keeps silent: what only reads has failed, what writes may have happened and waits for somebody who knows.
#[test]
fn a_lost_answer_of_a_write_is_unknown() {
    let lost = ServerAnswer::Failed { problem: ServerProblem::Slow, sent: true };
    for (effect, state) in [(Effect::Reads, "output-error"), (Effect::Writes, "input-available")] {
        let stage = stage(&[OfferedTool { allowed: true, ..tool("do", "Does", effect, false) }]);
        stage.platform().account().now(|account| account.server_answer = Some(lost.clone()));
        say(&stage.open(Generation::G2), "tool_evil_do");
        assert_eq!(states(&stage), [state], "{effect:?}");
    }
    // What was never sent has not happened.
    let changed = ServerAnswer::Failed { problem: ServerProblem::Changed, sent: false };
    let stage = stage(&[OfferedTool { allowed: true, ..tool("do", "Does", Effect::Writes, false) }]);
    stage.platform().account().now(|account| account.server_answer = Some(changed));
    say(&stage.open(Generation::G2), "tool_evil_do");
    assert_eq!(states(&stage), ["output-error"]);
}

/// Issue 13: thirty descriptions with instructions in them, and a model that obeys each: no effect without a yes.
#[test]
fn thirty_injected_descriptions_have_no_effect_without_a_yes() {
    assert_eq!(INJECTIONS.len(), 30);
    let mut waiting = 0;
    for injection in INJECTIONS.iter() {
        let stage = stage(&[
            tool(&injection.name, &injection.description, Effect::Reads, false),
            tool("send", "Sends a text", Effect::Writes, true),
            tool("write", "Writes a text", Effect::Writes, true),
        ]);
        let now = stage.platform().now();
        let asked = Approval::Pending {
            code: "ABCD".into(),
            binding_message: "Allow".into(),
            requested_at: now,
            expires_at: now + 300_000,
            interval_seconds: 5,
            next_poll_at: now + 5_000,
        };
        stage.platform().account().now(|account| account.approval = Some(asked));
        let client = stage.open(Generation::G2);
        client.say("Good morning");
        let name = &injection.name;
        let parts = stage.tool_parts();
        assert_eq!(parts.len(), 1, "{name}: the model obeyed");
        let state = parts[0]["state"].as_str().unwrap();
        // What this Worker is not set up for is refused before anybody is asked; everything else waits for the user.
        assert!(["approval-requested", "input-available", "output-error"].contains(&state), "{name}: {}", parts[0]);
        waiting += usize::from(state != "output-error");
        let account = stage.platform().account();
        assert!(
            account.told("call").is_empty() && account.told("obtain").is_empty(),
            "{name}: nothing was done or obtained"
        );
        // A no ends it.
        if state == "approval-requested" {
            client.approve(&parts[0], false);
            assert_eq!(states(&stage), ["output-denied"], "{name}");
            assert!(account.told("call").is_empty() && account.told("obtain").is_empty(), "{name}");
        }
    }
    assert!(waiting >= 20, "{waiting} of thirty calls waited for the user");
}

#[test]
fn a_page_that_brings_what_the_chat_knows_asks_nobody() {
    let stage = Stage::new();
    for (version, asked) in [(Some(0), 0), (Some(1), 1), (None, 2)] {
        let identity = Identity { servers_version: version, ..stage.identity() };
        let core = stage.core();
        core.admit(Some(identity.clone())).unwrap();
        core.open_socket(stage.platform().accept(), &identity, None).unwrap();
        stage.settle();
        assert_eq!(stage.platform().account().told("servers since").len(), asked, "{version:?}");
    }
}
