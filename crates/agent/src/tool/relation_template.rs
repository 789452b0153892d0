use serde_json::{Map, Value};

use super::input::InputProblem;
use crate::Relation;

/// A relation whose object names inputs of a call: `doc:{documentId}`. The type of the object is literal, so no input changes it, and
/// an input fills the id of one object or is refused.
#[derive(Debug, Clone, PartialEq)]
pub struct RelationTemplate {
    relation: String,
    /// Type and `:`, then what makes the id.
    kind: String,
    id: Vec<Piece>,
    context: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Input(String),
}

/// Something that is no relation to one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not the relation to one object")]
pub struct NoRelation;

/// What an id made of an input must be.
const RULE: &str = "must be the id of one object, without blanks, \":\", \"#\" and \"*\"";

impl RelationTemplate {
    /// Reads a relation, its object (`type:id`, with `{input}` in the id) and its context, in which a text that is just `{input}` stands
    /// for the input's value.
    ///
    /// Errors: the object is not one, whatever the inputs are.
    pub fn parse(relation: &str, object: &str, context: Map<String, Value>) -> Result<Self, NoRelation> {
        let (kind, id) = object.split_once(':').ok_or(NoRelation)?;
        let well =
            context.values().all(|value| value.as_str().is_none_or(|text| whole(text).is_some() || !has_brace(text)));
        let template = Self { relation: relation.to_owned(), kind: kind.to_owned(), id: pieces(id)?, context };
        // With any plain id in the place of its inputs it is one object.
        let sample: Map<String, Value> = template.object_inputs().map(|name| (name.to_owned(), "x".into())).collect();
        if well && !has_brace(kind) && template.expand(&sample).is_ok() { Ok(template) } else { Err(NoRelation) }
    }

    /// Inputs without which there is no object.
    pub fn object_inputs(&self) -> impl Iterator<Item = &str> {
        self.id.iter().filter_map(|piece| match piece {
            Piece::Input(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// All inputs that it names.
    pub fn inputs(&self) -> Vec<&str> {
        let context = self.context.values().filter_map(|value| whole(value.as_str()?));
        self.object_inputs().chain(context).collect()
    }

    /// The relation, if it names no input: then it is the same for every call.
    pub fn fixed(&self) -> Option<Relation> {
        self.inputs().is_empty().then(|| self.expand(&Map::new()).ok()).flatten()
    }

    /// The relation of a call.
    ///
    /// Errors: an input is missing, or would make another object than the one of its place.
    pub fn expand(&self, input: &Map<String, Value>) -> Result<Relation, InputProblem> {
        let mut id = String::new();
        for piece in &self.id {
            match piece {
                Piece::Text(text) => id.push_str(text),
                Piece::Input(name) => id.push_str(&of_id(name, input.get(name))?),
            }
        }
        let mut relation = Relation::of(&*self.relation, &self.kind, &id);
        if !relation.is_of_one_object() {
            return Err(unfit(self.object_inputs().next().unwrap_or_default()));
        }
        for (key, value) in &self.context {
            let value = match value.as_str().and_then(whole) {
                Some(name) => input.get(name).filter(|value| !value.is_null()),
                None => Some(value),
            };
            relation.context.extend(value.map(|value| (key.clone(), value.clone())));
        }
        Ok(relation)
    }
}

fn of_id(name: &str, value: Option<&Value>) -> Result<String, InputProblem> {
    match value {
        Some(Value::String(text)) if !text.is_empty() && !text.contains([':', '#', '*']) => Ok(text.clone()),
        Some(Value::Number(number)) if !number.is_f64() => Ok(number.to_string()),
        _ => Err(unfit(name)),
    }
}

fn unfit(input: &str) -> InputProblem {
    InputProblem { path: input.to_owned(), rule: RULE.to_owned() }
}

fn pieces(mut rest: &str) -> Result<Vec<Piece>, NoRelation> {
    let mut pieces = Vec::new();
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or(NoRelation)?;
        pieces.extend((!before.is_empty()).then(|| Piece::Text(before.to_owned())));
        pieces.push(Piece::Input(whole(&format!("{{{name}}}")).ok_or(NoRelation)?.to_owned()));
        rest = after;
    }
    pieces.extend((!rest.is_empty()).then(|| Piece::Text(rest.to_owned())));
    let plain = |piece: &Piece| !matches!(piece, Piece::Text(text) if has_brace(text));
    if pieces.iter().all(plain) { Ok(pieces) } else { Err(NoRelation) }
}

/// The input's name, of a text that is just `{name}`.
fn whole(text: &str) -> Option<&str> {
    let name = text.strip_prefix('{')?.strip_suffix('}')?;
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name.then_some(name)
}

fn has_brace(text: &str) -> bool {
    text.contains(['{', '}'])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn template(object: &str, context: Value) -> Result<RelationTemplate, NoRelation> {
        RelationTemplate::parse("can_view", object, context.as_object().unwrap().clone())
    }

    fn expand(object: &str, input: Value) -> Result<String, String> {
        let relation = template(object, json!({})).unwrap().expand(input.as_object().unwrap());
        relation.map(|relation| relation.object).map_err(|problem| format!("{} {}", problem.path, problem.rule))
    }

    #[test]
    fn what_is_no_relation_to_one_object_is_refused_when_it_is_read() {
        for object in [
            "",
            "doc",
            "doc:",
            ":7",
            "{kind}:7",
            "doc{x}:7",
            "doc:*",
            "doc:7#owner",
            "doc:a:b",
            "doc:a b",
            "doc:{",
            "doc:{}",
            "doc:{a-b}",
            "doc:}",
            "doc:{a}}",
            "doc:{{a}}",
        ] {
            assert_eq!(template(object, json!({})), Err(NoRelation), "{object}");
        }
        assert_eq!(RelationTemplate::parse("", "doc:7", Map::new()), Err(NoRelation));
        assert_eq!(template("doc:7", json!({"amount": "{amount} euros"})), Err(NoRelation));
    }

    /// SD-10, RG-21: an input names the object of its place and nothing else.
    #[test]
    fn sd_10_an_input_fills_its_place_and_never_leaves_it() {
        assert_eq!(expand("doc:{id}", json!({"id": "7"})).unwrap(), "doc:7");
        assert_eq!(expand("repo:{owner}/{name}", json!({"owner": "ana", "name": 5})).unwrap(), "repo:ana/5");
        assert_eq!(expand("doc:{id}", json!({"id": "{id}"})).unwrap(), "doc:{id}", "what an input says is text");
        for id in [
            json!("*"),
            json!("7#owner"),
            json!("folder:7"),
            json!(""),
            json!(" "),
            json!("a b"),
            json!("a\n"),
            json!("\u{2028}"),
            json!(null),
            json!([7]),
            json!({"id": 7}),
            json!(true),
            json!(1.5),
            json!("x".repeat(300)),
        ] {
            assert!(expand("doc:{id}", json!({"id": id})).unwrap_err().starts_with("id must be"), "{id}");
        }
        assert!(expand("doc:{id}", json!({})).is_err());
        assert!(expand("repo:{owner}/{name}", json!({"owner": "*", "name": "x"})).is_err());
    }

    #[test]
    fn the_context_takes_values_of_inputs() {
        let template =
            template("account:{id}", json!({"amount": "{amount}", "note": "{note}", "channel": "chat"})).unwrap();
        let relation = template.expand(json!({"id": "a", "amount": 12.5}).as_object().unwrap()).unwrap();
        assert_eq!(json!(relation.context), json!({"amount": 12.5, "channel": "chat"}));
        assert_eq!(template.inputs(), ["id", "amount", "note"]);
        assert_eq!(template.fixed(), None);
    }

    #[test]
    fn a_relation_that_names_no_input_is_the_same_for_every_call() {
        let fixed = template("team:finance", json!({"channel": "chat"})).unwrap().fixed().unwrap();
        assert_eq!((fixed.object.as_str(), json!(fixed.context)), ("team:finance", json!({"channel": "chat"})));
    }
}
