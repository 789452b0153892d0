use std::collections::BTreeMap;
use std::rc::Rc;

use deputy_agent::{Effect, RelationTemplate};
use deputy_http::{Method, json};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::input::{Schema, is_name, only};
use super::template::Template;
use super::{DefinitionError, DefinitionProblem};

/// One tool as its author wrote it, checked: everything that can be known before a call is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// The name the model calls.
    pub name: String,
    /// What the model reads.
    pub description: String,
    /// Auth0 connection whose token goes with the request. Any name: the tenant knows which there are.
    pub connection: String,
    /// Scopes; may be empty.
    pub scopes: Vec<String>,
    /// What the request does to the world.
    pub effect: Effect,
    /// Method.
    pub method: Method,
    /// Where it goes.
    pub url: Template,
    /// What the model must give, as it is checked.
    pub input: Schema,
    /// The same as it is shown to the model.
    pub parameters: Value,
    /// Inputs that make the JSON body, in this order.
    pub body: Vec<String>,
    /// Headers with fixed values.
    pub headers: BTreeMap<String, String>,
    /// JSON pointer to the part of the answer that is the result.
    pub result: Option<String>,
    /// The relation in which the user must stand. If it names no input, it also decides whether the tool is offered.
    pub relation: Option<RelationTemplate>,
}

/// A relation, as its author wrote it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRelation {
    relation: String,
    object: String,
    #[serde(default)]
    context: Map<String, Value>,
}

#[derive(Deserialize)]
struct Written {
    name: String,
    description: String,
    connection: String,
    scopes: Vec<String>,
    effect: Option<Effect>,
    method: String,
    url: String,
    #[serde(default)]
    hosts: Vec<String>,
    input: Option<Value>,
    #[serde(default)]
    body: Vec<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    result: Option<String>,
    relation: Option<WrittenRelation>,
}

const MEMBERS: [&str; 13] = [
    "name",
    "description",
    "connection",
    "scopes",
    "effect",
    "method",
    "url",
    "hosts",
    "input",
    "body",
    "headers",
    "result",
    "relation",
];

/// Reads JSON lists of definitions. `taken` are the names of other tools; `development` allows `http:` to this machine.
///
/// Errors: the first definition that is refused. Then none of the list may be used: half of what somebody wrote is not what they wrote.
pub fn read<'t>(
    texts: impl IntoIterator<Item = &'t str>,
    taken: &[&str],
    development: bool,
) -> Result<Vec<Rc<Definition>>, DefinitionError> {
    let unreadable =
        |place: usize| DefinitionError { tool: format!("#{place}"), problem: DefinitionProblem::Unreadable };
    let mut list = Vec::new();
    for text in texts {
        let more: Vec<Value> = json::read(text.as_bytes()).map_err(|_| unreadable(0))?;
        list.extend(more);
    }
    let mut definitions: Vec<Rc<Definition>> = Vec::new();
    for (place, value) in (1..).zip(list) {
        let written: Written = json::read_value(&value).map_err(|_| unreadable(place))?;
        if !only(&value, &MEMBERS) {
            return Err(unreadable(place));
        }
        let tool = if is_name(&written.name) { written.name.clone() } else { format!("#{place}") };
        let definition =
            written.check(development).map_err(|problem| DefinitionError { tool: tool.clone(), problem })?;
        if taken.contains(&tool.as_str()) || definitions.iter().any(|other| other.name == tool) {
            return Err(DefinitionError { tool, problem: DefinitionProblem::Taken });
        }
        definitions.push(Rc::new(definition));
    }
    Ok(definitions)
}

impl Written {
    fn check(self, development: bool) -> Result<Definition, DefinitionProblem> {
        let (method, effect) = self.request()?;
        let (url, input, parameters) = self.inputs(development)?;
        let relation = self.relation(&url, &input)?;
        Ok(Definition {
            name: self.name,
            description: self.description,
            connection: self.connection,
            scopes: self.scopes,
            effect,
            method,
            url,
            input,
            parameters,
            body: self.body,
            headers: self.headers,
            result: self.result,
            relation,
        })
    }

    /// The relation is to what the request is about: it names no input that is not sent, and none that may be missing.
    fn relation(&self, url: &Template, input: &Schema) -> Result<Option<RelationTemplate>, DefinitionProblem> {
        let Some(WrittenRelation { relation, object, context }) = &self.relation else { return Ok(None) };
        let relation =
            RelationTemplate::parse(relation, object, context.clone()).map_err(|_| DefinitionProblem::Relation)?;
        let sent = |name: &&str| url.inputs().contains(name) || self.body.iter().any(|sent| sent == name);
        let fits = relation.inputs().iter().all(sent) && relation.object_inputs().all(|name| input.is_required(name));
        if fits { Ok(Some(relation)) } else { Err(DefinitionProblem::Relation) }
    }

    /// Names, method and effect.
    fn request(&self) -> Result<(Method, Effect), DefinitionProblem> {
        use DefinitionProblem as Problem;
        if !is_name(&self.name) {
            return Err(Problem::Name);
        }
        // A scope with a blank in it would be asked for for ever: it comes back as two.
        if !is_word(&self.connection)
            || !self.scopes.iter().all(|scope| is_word(scope))
            || self.description.trim().is_empty()
        {
            return Err(Problem::Unreadable);
        }
        let (method, may_read, has_body) = match self.method.as_str() {
            "GET" => (Method::GET, true, false),
            "POST" => (Method::POST, true, true),
            "PUT" => (Method::PUT, false, true),
            "PATCH" => (Method::PATCH, false, true),
            "DELETE" => (Method::DELETE, false, false),
            _ => return Err(Problem::Method),
        };
        // Its own notes are not elsewhere; what spends needs an approval whose words only code can make.
        let effect = self.effect.filter(|effect| match effect {
            Effect::Reads => may_read,
            Effect::Writes | Effect::Sends => true,
            Effect::Own | Effect::Spends => false,
        });
        let effect = effect.ok_or(Problem::Effect)?;
        if !has_body && !self.body.is_empty() {
            return Err(Problem::Method);
        }
        Ok((method, effect))
    }

    /// Where it goes, with which inputs, and what is left to be checked.
    fn inputs(&self, development: bool) -> Result<(Template, Schema, Value), DefinitionProblem> {
        use DefinitionProblem as Problem;
        let url = Template::parse(&self.url, &self.hosts, development)?;
        let (input, parameters) = Schema::read(self.input.clone())?;
        let mut used = url.inputs();
        used.extend(self.body.iter().map(String::as_str));
        // What the user says yes to is what is sent: no input without a use, no use without an input.
        if !input.are_all(&used) || !url.path_inputs().iter().all(|name| input.is_required(name)) {
            return Err(Problem::Input);
        }
        if !self.headers.iter().all(|(name, value)| is_own_header(name, value)) {
            return Err(Problem::Header);
        }
        if self.result.as_ref().is_some_and(|pointer| !pointer.is_empty() && !pointer.starts_with('/')) {
            return Err(Problem::Unreadable);
        }
        Ok((url, input, parameters))
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 256
        && !text.contains([',', '"'])
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// Names in lower case. Credentials come from the vault alone; the rest is the request's own business.
fn is_own_header(name: &str, value: &str) -> bool {
    const NOT: [&str; 9] = [
        "authorization",
        "cookie",
        "proxy-authorization",
        "host",
        "content-length",
        "content-type",
        "connection",
        "transfer-encoding",
        "idempotency-key",
    ];
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    plain && !NOT.contains(&name) && value.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

#[cfg(test)]
mod tests {
    use deputy_error::Explained as _;
    use serde_json::json;

    use super::*;

    fn example() -> Value {
        json!({
            "name": "figmaComments", "description": "Comments of a file", "connection": "figma",
            "scopes": ["file_comments:read"], "effect": "reads", "method": "GET",
            "url": "https://api.figma.com/v1/files/{file}/comments?limit={limit}", "hosts": ["api.figma.com"],
            "input": {"type": "object", "required": ["file"],
                "properties": {"file": {"type": "string"}, "limit": {"type": "integer"}}}
        })
    }

    fn with(change: Value) -> Result<Vec<Rc<Definition>>, DefinitionError> {
        let mut tool = example();
        for (name, value) in change.as_object().unwrap() {
            match value {
                Value::Null => drop(tool.as_object_mut().unwrap().remove(name)),
                value => tool[name] = value.clone(),
            }
        }
        read([json!([tool]).to_string().as_str()], &["getLocalTime"], false)
    }

    #[test]
    fn a_good_definition_is_read() {
        let tools = with(json!({"headers": {"x-api-version": "2"}, "result": "/comments"})).unwrap();
        let [tool] = tools.as_slice() else { panic!("one tool") };
        assert_eq!(
            (tool.name.as_str(), tool.connection.as_str(), tool.effect),
            ("figmaComments", "figma", Effect::Reads)
        );
        assert_eq!(tool.parameters, example()["input"]);
    }

    /// Refused when it is loaded, not when it is called: without an effect, without hosts, when it can leave its host.
    #[test]
    fn a_bad_definition_is_refused_when_it_is_loaded() {
        use DefinitionProblem as Problem;
        for (change, problem) in [
            (json!({"effect": null}), Problem::Effect),
            (json!({"effect": "own"}), Problem::Effect),
            (json!({"effect": "spends"}), Problem::Effect),
            (json!({"effect": "harmless"}), Problem::Unreadable),
            (json!({"method": "DELETE"}), Problem::Effect),
            (json!({"method": "PUT"}), Problem::Effect),
            (json!({"hosts": null}), Problem::Hosts),
            (json!({"hosts": []}), Problem::Hosts),
            (json!({"hosts": ["*.figma.com"]}), Problem::Hosts),
            (json!({"hosts": ["www.figma.com"]}), Problem::LeavesHost),
            (json!({"url": "https://{file}/{limit}"}), Problem::LeavesHost),
            (json!({"url": "http://api.figma.com/{file}?limit={limit}"}), Problem::LeavesHost),
            (json!({"url": "https://api.figma.com/../{file}?limit={limit}"}), Problem::Url),
            (json!({"url": "https://api.figma.com/{file}"}), Problem::Input),
            (json!({"url": "https://api.figma.com/{file}/{limit}"}), Problem::Input),
            (json!({"input": null}), Problem::Input),
            (json!({"method": "TRACE"}), Problem::Method),
            (json!({"body": ["limit"]}), Problem::Method),
            (json!({"name": "figma-comments"}), Problem::Name),
            (json!({"name": ""}), Problem::Name),
            (json!({"name": "getLocalTime"}), Problem::Taken),
            (json!({"connection": " "}), Problem::Unreadable),
            (json!({"scopes": null}), Problem::Unreadable),
            (json!({"scopes": ["a b"]}), Problem::Unreadable),
            (json!({"scopes": ["a,b"]}), Problem::Unreadable),
            (json!({"scopes": [""]}), Problem::Unreadable),
            (json!({"connection": "a\nb"}), Problem::Unreadable),
            (json!({"host": ["api.figma.com"]}), Problem::Unreadable),
            (json!({"headers": {"authorization": "Bearer x"}}), Problem::Header),
            (json!({"headers": {"Cookie": "x"}}), Problem::Header),
            (json!({"headers": {"accept": "a\r\nb: c"}}), Problem::Header),
            (json!({"result": "comments"}), Problem::Unreadable),
            (json!({"relation": "can_view"}), Problem::Unreadable),
            (
                json!({"relation": {"relation": "can_view", "object": "doc:7", "user": "user:{file}"}}),
                Problem::Unreadable,
            ),
            (json!({"relation": {"relation": "can_view", "object": "{file}:7"}}), Problem::Relation),
            (json!({"relation": {"relation": "can_view", "object": "doc:*"}}), Problem::Relation),
            (json!({"relation": {"relation": "can_view", "object": "doc:{other}"}}), Problem::Relation),
            (json!({"relation": {"relation": "can_view", "object": "doc:{limit}"}}), Problem::Relation),
        ] {
            let error = with(change.clone()).unwrap_err();
            assert_eq!(error.problem, problem, "{change}");
            assert!(!error.problem.developer_fix().is_empty() && error.problem.code().starts_with("definition_"));
        }
    }

    #[test]
    fn one_bad_definition_spoils_the_list_and_is_named() {
        let mut second = example();
        second["name"] = json!("other");
        second["hosts"] = json!([]);
        let error = read([json!([example(), second]).to_string().as_str()], &[], false).unwrap_err();
        assert_eq!(error.to_string(), "tool other: names no host");
        let twice = read([json!([example()]).to_string().as_str(); 2], &[], false).unwrap_err();
        assert_eq!(twice.problem, DefinitionProblem::Taken);
        for text in ["", "{}", "[1]", "[", "[{}]", "null"] {
            assert_eq!(read([text], &[], false).unwrap_err().problem, DefinitionProblem::Unreadable, "{text}");
        }
    }

    /// What the documentation shows is what is read, and it names every member.
    #[test]
    fn the_example_of_the_documentation_is_good() {
        let page = include_str!("../../../docs/data-tools.md");
        let example = page.split("```json").nth(1).unwrap().split("```").next().unwrap();
        let tools = read([example], &[], false).unwrap();
        assert_eq!(tools[0].name, "figmaComments");
        assert!(MEMBERS.iter().all(|member| page.contains(&format!("`{member}`"))));
    }

    #[test]
    fn the_shipped_definitions_are_good() {
        let typed =
            crate::tools::registry(&crate::tools::testing::providers(&[]), &crate::tools::ports::ToolPorts::none());
        assert!(read([super::super::SHIPPED], &typed.names(), false).is_ok());
    }
}
