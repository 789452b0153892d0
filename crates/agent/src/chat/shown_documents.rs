//! Documents in results: an earlier result may show what the user may not see any more.

use std::collections::{BTreeMap, BTreeSet};

use deputy_wire::{Part, ToolPart, ToolState};
use serde_json::{Value, json};

use super::state::State;
use crate::tool::{DOCUMENT_ID, Registry};

/// What the model reads instead of what is not for the user any more.
const TAKEN_OUT: &str =
    "This is from a document that the user may not see any more, so it was taken out. Do not use what it said.";

/// Documents by the id of the call whose result shows them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShownDocuments {
    calls: BTreeMap<String, BTreeSet<String>>,
    /// Those of the results that the model is given now.
    given: BTreeSet<String>,
}

impl State {
    /// The documents in results. A long chat gives the model its end: what comes before is not asked for, and is as what may not be seen,
    /// should it be given yet.
    pub(crate) fn shown_documents(&self, tools: &Registry) -> ShownDocuments {
        let calls = self.messages.iter().chain(self.turn.iter().map(|turn| &turn.answer));
        let calls = calls.flat_map(|message| &message.parts).filter_map(|part| match part {
            Part::Tool(tool) if tools.shows_documents(&tool.tool) => shown_by(tool),
            Part::Tool(_) | Part::StepStart | Part::Text { .. } | Part::Reasoning { .. } | Part::Report { .. } => None,
        });
        let calls: BTreeMap<_, _> = calls.collect();
        let given = self.given_calls().into_iter().filter_map(|tool| calls.get(&tool.call_id));
        ShownDocuments { given: given.flatten().cloned().collect(), calls }
    }
}

fn shown_by(tool: &ToolPart) -> Option<(String, BTreeSet<String>)> {
    let ToolState::Output { output } = &tool.state else { return None };
    let mut documents = BTreeSet::new();
    collect(output, &mut documents);
    (!documents.is_empty()).then(|| (tool.call_id.clone(), documents))
}

impl ShownDocuments {
    /// Each document that the model is given something of, once.
    pub(crate) fn documents(&self) -> Vec<String> {
        self.given.iter().cloned().collect()
    }

    /// The same without those that may be seen.
    pub(crate) fn without(mut self, visible: &[String]) -> Self {
        for documents in self.calls.values_mut() {
            documents.retain(|document| !visible.contains(document));
        }
        self.calls.retain(|_, documents| !documents.is_empty());
        self
    }

    /// A call's result without what is of one of these documents.
    pub(crate) fn taken_out_of(&self, call_id: &str, output: &Value) -> Value {
        self.calls.get(call_id).map_or_else(|| output.clone(), |documents| without(output, documents))
    }
}

fn document_of(value: &Value) -> Option<&str> {
    value.get(DOCUMENT_ID).and_then(Value::as_str)
}

fn collect(value: &Value, documents: &mut BTreeSet<String>) {
    documents.extend(document_of(value).map(str::to_owned));
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, documents)),
        Value::Object(members) => members.values().for_each(|member| collect(member, documents)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn without(value: &Value, documents: &BTreeSet<String>) -> Value {
    if document_of(value).is_some_and(|document| documents.contains(document)) {
        return json!({ "note": TAKEN_OUT });
    }
    match value {
        Value::Array(items) => items.iter().map(|item| without(item, documents)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, member)| (name.clone(), without(member, documents))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use deputy_wire::{Message, Role};

    use super::*;
    use crate::chat::Marks;

    fn message(id: &str, role: Role, parts: Vec<Part>) -> Message {
        Message { id: id.into(), role, parts, created_at: 0, told: None, metadata: None }
    }

    fn result(call_id: &str) -> Part {
        let output = json!({ DOCUMENT_ID: call_id, "content": format!("The words of {call_id}.") });
        Part::Tool(Box::new(ToolPart {
            call_id: call_id.into(),
            tool: "look_up".into(),
            input: json!({}),
            state: ToolState::Output { output },
            status: None,
            provided: None,
        }))
    }

    /// RG-13: of a long chat it is asked for what the model is given, also by a report of an older call; the rest stays hidden.
    #[test]
    fn rg_13_only_what_the_model_is_given_is_asked_for() {
        let text = |text: String| vec![Part::Text { id: "t".into(), text }];
        let state = State {
            messages: vec![
                message("1", Role::User, text("Look up.".into())),
                message("2", Role::Assistant, vec![result("old"), result("told"), result("older")]),
                message("3", Role::User, text("x".repeat(200_000))),
                message("4", Role::Assistant, vec![Part::Report { call_id: "told".into() }, result("new")]),
            ],
            ..State::default()
        };
        let shown = state.shown_documents(&Registry::default());
        assert_eq!(shown.documents(), ["new", "told"]);
        let given =
            |hidden: &ShownDocuments| format!("{:?}", state.conversation(&Registry::default(), Marks::Member, hidden));
        let all = given(&ShownDocuments::default());
        let words = ["old", "older", "told", "new"].map(|id| all.contains(&format!("The words of {id}.")));
        assert_eq!(words, [false, false, true, true]);
        let hidden = shown.without(&["new".to_owned()]);
        let seen = given(&hidden);
        assert!(seen.contains("The words of new.") && !seen.contains("The words of told."), "{seen}");
        let Part::Tool(old) = result("old") else { return };
        let ToolState::Output { output } = &old.state else { return };
        assert_eq!(hidden.taken_out_of("old", output), json!({ "note": TAKEN_OUT }), "nobody was asked for it");
    }
}
