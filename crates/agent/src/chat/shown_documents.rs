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
pub struct ShownDocuments(BTreeMap<String, BTreeSet<String>>);

impl State {
    /// The documents in results that a model is given.
    pub(crate) fn shown_documents(&self, tools: &Registry) -> ShownDocuments {
        let calls = self.messages.iter().chain(self.turn.iter().map(|turn| &turn.answer));
        let calls = calls.flat_map(|message| &message.parts).filter_map(|part| match part {
            Part::Tool(tool) if tools.shows_documents(&tool.tool) => shown_by(tool),
            Part::Tool(_) | Part::StepStart | Part::Text { .. } | Part::Reasoning { .. } | Part::Report { .. } => None,
        });
        ShownDocuments(calls.collect())
    }
}

fn shown_by(tool: &ToolPart) -> Option<(String, BTreeSet<String>)> {
    let ToolState::Output { output } = &tool.state else { return None };
    let mut documents = BTreeSet::new();
    collect(output, &mut documents);
    (!documents.is_empty()).then(|| (tool.call_id.clone(), documents))
}

impl ShownDocuments {
    /// Each document once.
    pub(crate) fn documents(&self) -> Vec<String> {
        self.0.values().flatten().collect::<BTreeSet<_>>().into_iter().cloned().collect()
    }

    /// The same without those that may be seen.
    pub(crate) fn without(mut self, visible: &[String]) -> Self {
        for documents in self.0.values_mut() {
            documents.retain(|document| !visible.contains(document));
        }
        self.0.retain(|_, documents| !documents.is_empty());
        self
    }

    /// A call's result without what is of one of these documents.
    pub(crate) fn taken_out_of(&self, call_id: &str, output: &Value) -> Value {
        self.0.get(call_id).map_or_else(|| output.clone(), |documents| without(output, documents))
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
