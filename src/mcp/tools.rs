//! Which tools a caller sees: those of the samples by a scope each, those of the agent by one (MC-07, MC-08).

use deputy_agent::{Effect, Registry};
use deputy_mcp::authorization::Access;
use deputy_mcp::protocol::{Tool, ToolAnnotations};
use deputy_mcp::server::Fault;
use deputy_models::ToolDefinition;
use serde_json::json;

use super::caller::McpCaller;
use super::product::Product;
use crate::library;
use crate::library::library_name;
use crate::library::requests::{CheckRelation, Person};
use crate::tools::ports::ToolPorts;

/// The scope of everything the agent can do, and of the user's documents.
pub const AGENT: &str = "agent:tools";

/// A tool that needs no chat: it is answered from what is known of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Simple {
    /// `get_current_time`, also called `get_datetime`.
    GetCurrentTime,
    /// `whoami`
    WhoAmI,
}

impl Simple {
    const ALL: [Self; 2] = [Self::GetCurrentTime, Self::WhoAmI];

    /// The tool of that name.
    pub fn named(name: &str) -> Option<Self> {
        let name = if name == "get_datetime" { "get_current_time" } else { name };
        Self::ALL.into_iter().find(|simple| simple.name() == name)
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GetCurrentTime => "get_current_time",
            Self::WhoAmI => "whoami",
        }
    }

    fn tool(self) -> Tool {
        let description = match self {
            Self::GetCurrentTime => "Get the current date and time in UTC, in ISO 8601",
            Self::WhoAmI => "Get the identity behind the access token of this connection: user, client, scopes",
        };
        Tool {
            name: self.name().to_owned(),
            description: Some(description.to_owned()),
            input_schema: json!({"type": "object", "properties": {}, "additionalProperties": false}),
            annotations: Some(annotations(Effect::Reads, false)),
            ..Tool::default()
        }
    }
}

/// The scopes that a tool needs.
pub fn scopes_of(tool: &str) -> &'static [&'static str] {
    match (Simple::named(tool), tool) {
        (Some(Simple::GetCurrentTime), _) => &[],
        (Some(Simple::WhoAmI), _) => &["tool:whoami"],
        (None, "greet") => &["tool:greet"],
        (None, _) => &[AGENT],
    }
}

/// What a caller may be shown.
pub async fn listed(product: &Product) -> Result<Vec<Tool>, Fault> {
    let registry = product.settings.registry(&ToolPorts::none());
    let mut tools = shown(&product.caller, &registry);
    let withheld = withheld(product, &registry).await;
    tools.retain(|tool| !withheld.contains(&tool.name));
    Ok(tools)
}

/// All tools but those that no token of this user could open.
fn shown(caller: &McpCaller, registry: &Registry) -> Vec<Tool> {
    let agents = registry.definitions().into_iter().map(|definition| tool(definition, registry));
    let all = Simple::ALL.into_iter().map(Simple::tool).chain(agents);
    all.filter(|tool| caller.may(scopes_of(&tool.name)).is_listed()).collect()
}

/// Tools that are offered to users who stand in a relation alone, and not to this one. Nobody can tell: not offered.
async fn withheld(product: &Product, registry: &Registry) -> Vec<String> {
    let caller = &product.caller;
    let mut withheld = Vec::new();
    if caller.may(&[AGENT]) != Access::Allowed {
        return withheld;
    }
    for (name, relation) in registry.offered_to() {
        let request = CheckRelation {
            who: Person::of(&caller.subject, &caller.identity),
            relation: relation.relation.clone(),
            object: relation.object.clone(),
            context: Some(relation.context.clone()).filter(|context| !context.is_empty()),
        };
        let checked = library::ask(&product.env, &library_name(&caller.identity), &request).await;
        if !checked.is_ok_and(|checked| checked.allowed) {
            withheld.push(name.to_owned());
        }
    }
    withheld
}

fn tool(definition: ToolDefinition, registry: &Registry) -> Tool {
    let effect = registry.effect(&definition.name).unwrap_or(Effect::Spends);
    let reaches_out = registry.untrusted(&definition.name);
    Tool {
        description: Some(definition.description),
        input_schema: definition.parameters,
        annotations: Some(annotations(effect, reaches_out)),
        name: definition.name,
        ..Tool::default()
    }
}

/// What a client may think of a tool by what it does to the world.
fn annotations(effect: Effect, reaches_out: bool) -> ToolAnnotations {
    ToolAnnotations {
        read_only_hint: Some(effect == Effect::Reads),
        // What was sent or spent is not taken back.
        destructive_hint: Some(matches!(effect, Effect::Sends | Effect::Spends)),
        idempotent_hint: Some(effect == Effect::Reads),
        open_world_hint: Some(reaches_out && effect != Effect::Own),
        title: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mcp::caller::testing::caller;

    fn names(scopes: &[&str], permissions: Option<&[&str]>) -> Vec<String> {
        let registry = crate::config::testing::settings(&[]).unwrap().registry(&ToolPorts::none());
        shown(&caller(scopes, permissions), &registry).into_iter().map(|tool| tool.name).collect()
    }

    /// MC-07, MC-08: admin, user and nobody see three lists; nobody sees exactly the free one.
    #[test]
    fn mc_07_mc_08_three_roles_see_three_lists() {
        let all = ["tool:whoami", "tool:greet", AGENT];
        assert_eq!(names(&all, Some(&[])), ["get_current_time"]);
        assert_eq!(names(&all, Some(&["tool:whoami"])), ["get_current_time", "whoami"]);
        let admin = names(&all, Some(&all));
        for tool in ["get_current_time", "whoami", "greet", "calendar_summary", "buyStock", "get_context_documents"] {
            assert!(admin.iter().any(|name| name == tool), "{tool}: {admin:?}");
        }
        assert_eq!(names(&[], Some(&["tool:greet"])), ["get_current_time", "greet"], "a step-up can grant it");
    }

    #[test]
    fn every_tool_says_what_it_does() {
        let registry = crate::config::testing::settings(&[]).unwrap().registry(&ToolPorts::none());
        let all = shown(&caller(&[AGENT, "tool:whoami", "tool:greet"], None), &registry);
        let hints = |name: &str| {
            let found = all.iter().find(|tool| tool.name == name).unwrap();
            let said = found.annotations.clone().unwrap();
            assert_eq!(found.input_schema["type"], "object", "{name}");
            (said.read_only_hint.unwrap(), said.destructive_hint.unwrap(), said.open_world_hint.unwrap())
        };
        assert_eq!(hints("get_current_time"), (true, false, false));
        assert_eq!(hints("checkUsersCalendar"), (true, false, true));
        assert_eq!(hints("createTasksTool"), (false, false, true));
        assert_eq!(hints("buyStock"), (false, true, true));
        assert_eq!(hints("scheduleTask"), (false, false, false));
    }

    #[test]
    fn an_alias_is_called_and_not_listed() {
        assert_eq!(Simple::named("get_datetime"), Some(Simple::GetCurrentTime));
        assert!(!names(&[], None).contains(&"get_datetime".to_owned()));
        assert_eq!(scopes_of("no_such_tool"), [AGENT]);
    }
}
