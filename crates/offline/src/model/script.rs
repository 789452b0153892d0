//! A script: ordered rules read from a data file and checked when loaded. `data/README.md` is the manual of the format.

use std::collections::BTreeMap;
use std::path::Path;

use regex::{Regex, RegexBuilder};
use serde::Deserialize;
use serde_json::Value;

/// The rules of the model, in the order they are tried.
#[derive(Debug, Clone, Default)]
pub struct Script {
    pub(super) defaults: Timing,
    pub(super) rules: Vec<Rule>,
    pub(super) problems: Vec<Case>,
    pub(super) results: Vec<Case>,
    pub(super) fallback: String,
    pub(super) without_tool: String,
    pub(super) tables: BTreeMap<String, BTreeMap<String, String>>,
    pub(super) texts: BTreeMap<String, String>,
}

/// Why a script was not accepted; the one in force stays.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The file cannot be read.
    #[error("the script {path:?} cannot be read: {source}")]
    File {
        /// The path given.
        path: String,
        /// The system's answer.
        source: std::io::Error,
    },
    /// Not JSON of the documented shape.
    #[error("the script does not have the documented shape: {0}")]
    Shape(#[from] serde_json::Error),
    /// A pattern that is no regular expression.
    #[error("the pattern of {rule:?} is no regular expression: {source}")]
    Pattern {
        /// The rule's name.
        rule: String,
        /// What is wrong with it.
        source: Box<regex::Error>,
    },
    /// A rule that could never answer.
    #[error("the rule {0:?} has nothing to say, call or do")]
    Idle(String),
}

/// Delays in milliseconds: before the first byte and after every delta.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timing {
    #[serde(default)]
    pub delay_ms: u64,
    #[serde(default)]
    pub per_token_delay_ms: u64,
}

/// One rule, compiled.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub name: String,
    pub when: Regex,
    pub example: Option<String>,
    pub if_tools: Vec<String>,
    pub think: Option<String>,
    pub say: Option<String>,
    pub call: Vec<CallTemplate>,
    pub then: Vec<Case>,
    pub otherwise: Option<String>,
    pub loop_call: Option<CallTemplate>,
    pub delay_ms: Option<u64>,
    pub per_token_delay_ms: Option<u64>,
    pub malformed: bool,
    pub end_early: bool,
    pub error: Option<ErrorTemplate>,
}

/// A tool call whose arguments are templates.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CallTemplate {
    pub tool: String,
    #[serde(default)]
    pub arguments: Value,
}

/// The HTTP error that a rule answers with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ErrorTemplate {
    pub status: u16,
    pub code: String,
    pub message: Option<String>,
    pub retry_after: Option<u32>,
    /// It comes within an answer that began well, with status 200.
    #[serde(default)]
    pub in_stream: bool,
}

/// What to make of one tool result, compiled.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub tool: Option<String>,
    pub pointer: String,
    pub equals: Option<Value>,
    pub matches: Option<Regex>,
    pub is: Option<Kind>,
    pub say: Option<String>,
    pub call: Vec<CallTemplate>,
}

/// The kinds of JSON value that a case can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    String,
    Number,
    Boolean,
    Array,
    Object,
    Empty,
    Missing,
    Present,
}

impl Script {
    /// The script that ships with the program.
    ///
    /// # Errors
    /// Never for the shipped file; a test loads it.
    fn shipped() -> Result<Self, RulesError> {
        Self::read(serde_json::from_str(include_str!("../../data/script.json"))?)
    }

    /// The shipped script with the rules of a file tried first, if there is one.
    ///
    /// # Errors
    /// [`RulesError`] names the file or the rule at fault.
    pub fn load(path: Option<&Path>) -> Result<Self, RulesError> {
        let shipped = Self::shipped()?;
        let Some(path) = path else { return Ok(shipped) };
        let text = std::fs::read_to_string(path)
            .map_err(|source| RulesError::File { path: path.display().to_string(), source })?;
        shipped.with(&serde_json::from_str(&text)?)
    }

    /// This script with another tried first; `{"replace": true, …}` drops this one. A bare list counts as rules.
    ///
    /// # Errors
    /// [`RulesError`] names the rule at fault.
    pub fn with(&self, json: &Value) -> Result<Self, RulesError> {
        let mut json = if json.is_array() { serde_json::json!({"rules": json}) } else { json.clone() };
        let replace = json.as_object_mut().and_then(|members| members.remove("replace"));
        let script = Self::read(json)?;
        Ok(if replace == Some(Value::Bool(true)) { script } else { self.extended(script) })
    }

    /// Compiles one script file.
    fn read(json: Value) -> Result<Self, RulesError> {
        ScriptFile::deserialize(json)?.compile()
    }

    /// This script with another's rules tried first; tables and texts are merged, cases and sentences of the other win.
    fn extended(&self, other: Self) -> Self {
        let replaced = |rule: &&Rule| !other.rules.iter().any(|newer| newer.name == rule.name);
        let kept = self.rules.iter().filter(replaced).cloned().collect::<Vec<_>>();
        let mut tables = self.tables.clone();
        for (name, table) in other.tables {
            tables.entry(name).or_default().extend(table);
        }
        let or = |new: String, old: &String| if new.is_empty() { old.clone() } else { new };
        Self {
            defaults: self.defaults,
            fallback: or(other.fallback, &self.fallback),
            without_tool: or(other.without_tool, &self.without_tool),
            rules: other.rules.into_iter().chain(kept).collect(),
            problems: other.problems.into_iter().chain(self.problems.iter().cloned()).collect(),
            results: other.results.into_iter().chain(self.results.iter().cloned()).collect(),
            texts: self.texts.clone().into_iter().chain(other.texts).collect(),
            tables,
        }
    }
}

/// A text, or its lines.
#[derive(Deserialize)]
#[serde(untagged)]
enum Lines {
    One(String),
    Many(Vec<String>),
}

impl Lines {
    fn join(self) -> String {
        match self {
            Self::One(text) => text,
            Self::Many(lines) => lines.join("\n"),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptFile {
    #[serde(default)]
    defaults: Timing,
    #[serde(default)]
    rules: Vec<RuleFile>,
    #[serde(default)]
    problems: Vec<CaseFile>,
    #[serde(default)]
    results: Vec<CaseFile>,
    fallback: Option<Lines>,
    without_tool: Option<Lines>,
    #[serde(default)]
    tables: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    texts: BTreeMap<String, Lines>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    name: String,
    when: String,
    example: Option<String>,
    #[serde(default)]
    if_tools: Vec<String>,
    think: Option<Lines>,
    say: Option<Lines>,
    #[serde(default)]
    call: Vec<CallTemplate>,
    #[serde(default)]
    then: Vec<CaseFile>,
    otherwise: Option<Lines>,
    loop_call: Option<CallTemplate>,
    delay_ms: Option<u64>,
    per_token_delay_ms: Option<u64>,
    #[serde(default)]
    malformed: bool,
    #[serde(default)]
    end_early: bool,
    error: Option<ErrorTemplate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    tool: Option<String>,
    #[serde(default)]
    pointer: String,
    equals: Option<Value>,
    matches: Option<String>,
    is: Option<Kind>,
    say: Option<Lines>,
    #[serde(default)]
    call: Vec<CallTemplate>,
}

impl ScriptFile {
    fn compile(self) -> Result<Script, RulesError> {
        Ok(Script {
            defaults: self.defaults,
            rules: self.rules.into_iter().map(RuleFile::compile).collect::<Result<_, _>>()?,
            problems: compile_cases(self.problems, "problems")?,
            results: compile_cases(self.results, "results")?,
            fallback: self.fallback.map(Lines::join).unwrap_or_default(),
            without_tool: self.without_tool.map(Lines::join).unwrap_or_default(),
            tables: self.tables.into_iter().map(|(name, table)| (name, lower_keys(table))).collect(),
            texts: self.texts.into_iter().map(|(name, text)| (name, text.join())).collect(),
        })
    }
}

impl RuleFile {
    fn compile(self) -> Result<Rule, RulesError> {
        let acts = self.malformed || self.end_early || self.error.is_some() || self.loop_call.is_some();
        if self.say.is_none() && self.call.is_empty() && !acts {
            return Err(RulesError::Idle(self.name));
        }
        let called = self.call.iter().chain(&self.loop_call).map(|call| call.tool.clone());
        Ok(Rule {
            when: pattern(&self.when, &self.name)?,
            if_tools: self.if_tools.into_iter().chain(called).collect(),
            then: compile_cases(self.then, &self.name)?,
            name: self.name,
            example: self.example,
            think: self.think.map(Lines::join),
            say: self.say.map(Lines::join),
            call: self.call,
            otherwise: self.otherwise.map(Lines::join),
            loop_call: self.loop_call,
            delay_ms: self.delay_ms,
            per_token_delay_ms: self.per_token_delay_ms,
            malformed: self.malformed,
            end_early: self.end_early,
            error: self.error,
        })
    }
}

fn compile_cases(cases: Vec<CaseFile>, rule: &str) -> Result<Vec<Case>, RulesError> {
    let compile = |case: CaseFile| {
        Ok(Case {
            matches: case.matches.map(|text| pattern(&text, rule)).transpose()?,
            tool: case.tool,
            pointer: case.pointer,
            equals: case.equals,
            is: case.is,
            say: case.say.map(Lines::join),
            call: case.call,
        })
    };
    cases.into_iter().map(compile).collect()
}

fn pattern(text: &str, rule: &str) -> Result<Regex, RulesError> {
    let compiled = RegexBuilder::new(text).case_insensitive(true).build();
    compiled.map_err(|source| RulesError::Pattern { rule: rule.to_owned(), source: Box::new(source) })
}

fn lower_keys(table: BTreeMap<String, String>) -> BTreeMap<String, String> {
    table.into_iter().map(|(key, value)| (key.to_lowercase(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_shipped_script_loads() {
        assert!(Script::shipped().unwrap().rules.len() > 20);
    }

    #[test]
    fn a_bad_script_is_refused_with_the_rule_named() {
        let read = |json| Script::read(json).unwrap_err().to_string();
        assert!(read(json!({"rules": [{"name": "r", "when": "(", "say": "x"}]})).contains("\"r\""));
        assert!(read(json!({"rules": [{"name": "r", "when": "x"}]})).contains("nothing to say"));
        assert!(read(json!({"rulez": []})).contains("rulez"));
    }

    #[test]
    fn newer_rules_come_first_and_replace_their_namesakes() {
        let rule = |name: &str, say: &str| json!({"name": name, "when": "x", "say": say});
        let old = Script::read(json!({"rules": [rule("a", "1"), rule("b", "1")], "fallback": "old"})).unwrap();
        let new = old.extended(Script::read(json!({"rules": [rule("b", "2")]})).unwrap());
        let said = new.rules.iter().map(|rule| (rule.name.as_str(), rule.say.as_deref().unwrap())).collect::<Vec<_>>();
        assert_eq!(said, [("b", "2"), ("a", "1")]);
        assert_eq!(new.fallback, "old");
    }
}
