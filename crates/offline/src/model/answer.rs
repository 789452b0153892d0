//! What the script answers to a conversation. Pure: nothing is remembered between requests, and nothing is known but the request.

use std::collections::BTreeMap;

use serde_json::Value;

use super::conversation::{Conversation, ToolOutcome};
use super::error::ModelError;
use super::script::{CallTemplate, Case, ErrorTemplate, Kind, Rule, Script};
use super::template::{self, Context};

/// The model's answer, before it is written as JSON or events.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reply {
    /// What the model thought before; empty where it shows nothing of that.
    pub thoughts: String,
    /// The text; may be empty when there are calls.
    pub text: String,
    /// Tool calls, in order: name and arguments.
    pub calls: Vec<(String, Value)>,
    /// Milliseconds before the first byte.
    pub delay_ms: u64,
    /// Milliseconds after every delta.
    pub per_token_delay_ms: u64,
    /// What goes wrong on purpose.
    pub fault: Option<Fault>,
}

/// A fault that the script asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The stream turns into garbage.
    Malformed,
    /// The stream ends in the middle, without finish reason and `[DONE]`.
    EndEarly,
    /// An HTTP error instead of an answer.
    Error(ModelError),
    /// The error within the stream of an answer that began well.
    ErrorInStream(ModelError),
}

impl Script {
    /// Answers: the first rule whose pattern fits the last user message and whose tools are on offer.
    pub fn answer(&self, conversation: &Conversation) -> Reply {
        let examples = self.examples(conversation);
        let mut absent = None;
        for rule in &self.rules {
            let Some(captures) = captures(rule, &conversation.user) else { continue };
            let missing = rule.if_tools.iter().find(|tool| !conversation.tools.contains(*tool));
            if let Some(tool) = missing {
                absent.get_or_insert(tool);
                continue;
            }
            return self.timed(self.follow(rule, &captures, conversation, &examples), Some(rule));
        }
        let reply = match absent {
            _ if !conversation.results.is_empty() => self.settle(&[], &BTreeMap::new(), conversation, &examples),
            Some(tool) => {
                let captures = BTreeMap::from([("tool".to_owned(), tool.clone())]);
                self.say(&self.without_tool, &captures, conversation, &examples)
            }
            None => self.say(&self.fallback, &BTreeMap::new(), conversation, &examples),
        };
        self.timed(reply, None)
    }

    fn follow(
        &self,
        rule: &Rule,
        captures: &BTreeMap<String, String>,
        chat: &Conversation,
        examples: &[String],
    ) -> Reply {
        let context = self.context(captures, chat, None, examples);
        if let Some(call) = &rule.loop_call {
            let calls = render_calls(std::slice::from_ref(call), &context);
            return Reply { calls: calls.unwrap_or_default(), ..Reply::default() };
        }
        if !chat.results.is_empty() {
            return self.settle(&rule.then, captures, chat, examples);
        }
        let rendered = render_calls(&rule.call, &context).and_then(|calls| {
            let thoughts = render_say(rule.think.as_deref(), &context)?;
            Ok((calls, thoughts, render_say(rule.say.as_deref(), &context)?))
        });
        let (calls, thoughts, text) = match rendered {
            Ok(rendered) => rendered,
            Err(why) => {
                let unable = format!("I did not understand that: {why}.");
                let otherwise = rule.otherwise.as_deref().and_then(|text| template::text(text, &context).ok());
                return Reply { text: otherwise.unwrap_or(unable), ..Reply::default() };
            }
        };
        Reply { thoughts, text, calls, fault: fault(rule), ..Reply::default() }
    }

    /// One sentence (or further call) for each tool result: problems first, then the rule's own cases, then the general ones.
    fn settle(
        &self,
        own: &[Case],
        captures: &BTreeMap<String, String>,
        chat: &Conversation,
        examples: &[String],
    ) -> Reply {
        let mut texts = Vec::new();
        let mut calls = Vec::new();
        for outcome in &chat.results {
            let context = self.context(captures, chat, Some(outcome), examples);
            let cases = self.problems.iter().chain(own).chain(&self.results).filter(|case| fits(case, outcome));
            let rendered = |case: &Case| {
                let text = render_say(case.say.as_deref(), &context).ok()?;
                Some((text, render_calls(&case.call, &context).ok()?))
            };
            let (text, more) = cases.into_iter().find_map(rendered).unwrap_or_default();
            texts.push(text);
            calls.extend(more);
        }
        texts.retain(|text| !text.is_empty());
        Reply { text: texts.join("\n\n"), calls, ..Reply::default() }
    }

    fn say(&self, text: &str, captures: &BTreeMap<String, String>, chat: &Conversation, examples: &[String]) -> Reply {
        let context = self.context(captures, chat, None, examples);
        Reply { text: template::text(text, &context).unwrap_or_else(|why| why.to_string()), ..Reply::default() }
    }

    fn context<'a>(
        &'a self,
        captures: &'a BTreeMap<String, String>,
        chat: &'a Conversation,
        outcome: Option<&'a ToolOutcome>,
        examples: &'a [String],
    ) -> Context<'a> {
        Context {
            user: &chat.user,
            captures,
            result: outcome.map(|outcome| (outcome.tool.as_str(), &outcome.arguments, &outcome.content)),
            clock: &chat.clock,
            tables: &self.tables,
            texts: &self.texts,
            examples,
        }
    }

    fn examples(&self, chat: &Conversation) -> Vec<String> {
        let offered = |rule: &&Rule| rule.if_tools.iter().all(|tool| chat.tools.contains(tool));
        self.rules.iter().filter(offered).filter_map(|rule| rule.example.clone()).collect()
    }

    fn timed(&self, reply: Reply, rule: Option<&Rule>) -> Reply {
        Reply {
            delay_ms: rule.and_then(|rule| rule.delay_ms).unwrap_or(self.defaults.delay_ms),
            per_token_delay_ms: rule
                .and_then(|rule| rule.per_token_delay_ms)
                .unwrap_or(self.defaults.per_token_delay_ms),
            ..reply
        }
    }
}

fn captures(rule: &Rule, user: &str) -> Option<BTreeMap<String, String>> {
    let found = rule.when.captures(user)?;
    let named = rule.when.capture_names().flatten();
    Some(named.filter_map(|name| Some((name.to_owned(), found.name(name)?.as_str().trim().to_owned()))).collect())
}

fn fault(rule: &Rule) -> Option<Fault> {
    let error = |error: &ErrorTemplate| ModelError::Scripted {
        status: error.status,
        code: error.code.clone(),
        message: error.message.clone().unwrap_or_else(|| "The script answers with an error.".to_owned()),
        retry_after: error.retry_after,
    };
    match (&rule.error, rule.malformed, rule.end_early) {
        (Some(template), _, _) if template.in_stream => Some(Fault::ErrorInStream(error(template))),
        (Some(template), _, _) => Some(Fault::Error(error(template))),
        (None, true, _) => Some(Fault::Malformed),
        (None, false, true) => Some(Fault::EndEarly),
        (None, false, false) => None,
    }
}

fn render_say(say: Option<&str>, context: &Context<'_>) -> Result<String, template::TemplateError> {
    say.map_or_else(|| Ok(String::new()), |say| template::text(say, context))
}

fn render_calls(
    calls: &[CallTemplate],
    context: &Context<'_>,
) -> Result<Vec<(String, Value)>, template::TemplateError> {
    let render = |call: &CallTemplate| {
        let arguments = template::json(&call.arguments, context)?;
        let arguments = if arguments.is_null() { Value::Object(serde_json::Map::new()) } else { arguments };
        Ok((call.tool.clone(), arguments))
    };
    calls.iter().map(render).collect()
}

fn fits(case: &Case, outcome: &ToolOutcome) -> bool {
    let value = outcome.content.pointer(&case.pointer);
    let text = || value.filter(|value| value.is_string() || value.is_number()).map(template::plain);
    case.tool.as_ref().is_none_or(|tool| *tool == outcome.tool)
        && case.equals.as_ref().is_none_or(|wanted| value == Some(wanted))
        && case.matches.as_ref().is_none_or(|pattern| text().is_some_and(|text| pattern.is_match(&text)))
        && case.is.is_none_or(|kind| is_kind(value, kind))
}

fn is_kind(value: Option<&Value>, kind: Kind) -> bool {
    let Some(value) = value.filter(|value| !value.is_null()) else { return kind == Kind::Missing };
    match kind {
        Kind::Missing => false,
        Kind::Present => true,
        Kind::String => value.is_string(),
        Kind::Number => value.is_number(),
        Kind::Boolean => value.is_boolean(),
        Kind::Array => value.is_array(),
        Kind::Object => value.is_object(),
        Kind::Empty => match value {
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(members) => members.is_empty(),
            _ => false,
        },
    }
}
