use deputy_agent::Effect;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the user has said of a tool's calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Nothing: its annotations decide.
    #[default]
    Default,
    /// Yes to all of them.
    Allow,
    /// Each is asked for.
    Ask,
    /// None is made, and the tool is not offered.
    Block,
}

/// How calls of a tool are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manner {
    /// What it does to the world.
    pub effect: Effect,
    /// The user says yes to each call.
    pub asks: bool,
    /// The user has said yes to all calls.
    pub allowed: bool,
}

impl Manner {
    /// Annotations (MCP, `ToolAnnotations`) are a server's word about itself, so they may only make a tool that says it reads run without a
    /// question; a tool that says nothing, that may destroy, or that reaches further than the server, asks. None for a blocked tool.
    pub fn of(annotations: &Value, policy: Policy) -> Option<Self> {
        let says = |hint: &str| annotations.get(hint).and_then(Value::as_bool);
        let reads = says("readOnlyHint") == Some(true) && says("destructiveHint") != Some(true);
        let effect = if reads { Effect::Reads } else { Effect::Writes };
        let asks = !reads || says("openWorldHint") == Some(true);
        match policy {
            Policy::Default => Some(Self { effect, asks, allowed: false }),
            Policy::Ask => Some(Self { effect, asks: true, allowed: false }),
            Policy::Allow => Some(Self { effect, asks: false, allowed: true }),
            Policy::Block => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Issue 13: destructive, open-world or unannotated tools need a yes; read-only ones do not.
    #[test]
    fn only_what_says_it_reads_runs_without_a_question() {
        let (reads, writes) = (Effect::Reads, Effect::Writes);
        for (annotations, effect, asks) in [
            (json!(null), writes, true),
            (json!({}), writes, true),
            (json!({"title": "x"}), writes, true),
            (json!({"readOnlyHint": true}), reads, false),
            (json!({"readOnlyHint": true, "openWorldHint": false}), reads, false),
            (json!({"readOnlyHint": true, "openWorldHint": true}), reads, true),
            (json!({"readOnlyHint": true, "destructiveHint": true}), writes, true),
            (json!({"readOnlyHint": "true"}), writes, true),
            (json!({"readOnlyHint": false, "destructiveHint": false, "openWorldHint": false}), writes, true),
            (json!({"destructiveHint": false}), writes, true),
            (json!([true]), writes, true),
        ] {
            let manner = Manner::of(&annotations, Policy::Default).unwrap();
            assert_eq!((manner.effect, manner.asks, manner.allowed), (effect, asks, false), "{annotations}");
        }
    }

    #[test]
    fn what_the_user_says_goes_before_annotations() {
        let read_only = json!({"readOnlyHint": true});
        assert_eq!(Manner::of(&read_only, Policy::Block), None);
        assert!(Manner::of(&read_only, Policy::Ask).is_some_and(|manner| manner.asks));
        let allowed = Manner::of(&json!(null), Policy::Allow).unwrap();
        assert_eq!((allowed.effect, allowed.asks, allowed.allowed), (Effect::Writes, false, true), "it still writes");
    }
}
