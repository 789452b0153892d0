use std::collections::BTreeMap;

use deputy_http::json::read_value;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::fault::Fault;
use super::needs;
use super::offer::{Answer, Client, InputRequired, Inputs, Offer, PromptCall, ResourceRead, Told, ToolCall};
use crate::protocol::{
    CacheHint, CallToolResult, CompletionRequest, InputResponse, Object, Page, Params, ReadResourceResult, Request,
    Revision, Tool, method,
};

/// What comes of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The result, as the client's revision has it.
    Done(Object),
    /// What the client can give, and has to give first.
    InputRequired(InputRequired),
}

/// Answers a request that every revision has.
///
/// Errors: the offer's, [`Fault::NoMethod`] for what the offer does not have, [`Fault::InvalidParams`].
pub async fn dispatch<O: Offer>(
    offer: &O,
    request: &Request,
    inputs: Inputs,
    client: &Client,
    told: &dyn Told,
) -> Result<Outcome, Fault> {
    let capabilities = offer.capabilities();
    let has = |there: bool| if there { Ok(()) } else { Err(Fault::NoMethod) };
    let params = &request.params;
    match request.method.as_str() {
        method::TOOLS_LIST => {
            has(capabilities.tools.is_some())?;
            let page = offer.tools(cursor(params)?).await?;
            let page = Page { items: tools_of(client.revision, page.items), ..page };
            list("tools", page, client.revision)
        }
        method::TOOLS_CALL => {
            has(capabilities.tools.is_some())?;
            let call = ToolCall {
                name: name(params)?,
                arguments: arguments(params)?,
                inputs,
                client: client.clone(),
                meta: member(params, "_meta")?.unwrap_or_default(),
            };
            let called = offer.call_tool(call, told).await.or_else(|fault| needs::in_words(fault, client.revision))?;
            answer(
                needs::fit_tool(called, client).or_else(|fault| needs::in_words(fault, client.revision))?,
                client.revision,
            )
        }
        method::RESOURCES_LIST => {
            has(capabilities.resources.is_some())?;
            list("resources", offer.resources(cursor(params)?).await?, client.revision)
        }
        method::TEMPLATES_LIST => {
            has(capabilities.resources.is_some())?;
            list("resourceTemplates", offer.resource_templates(cursor(params)?).await?, client.revision)
        }
        method::RESOURCES_READ => {
            has(capabilities.resources.is_some())?;
            let uri = required(params, "uri")?;
            let read = offer.read_resource(ResourceRead { uri, inputs, client: client.clone() }).await?;
            answer(needs::fit(read, client)?, client.revision)
        }
        method::PROMPTS_LIST => {
            has(capabilities.prompts.is_some())?;
            list("prompts", offer.prompts(cursor(params)?).await?, client.revision)
        }
        method::PROMPTS_GET => {
            has(capabilities.prompts.is_some())?;
            let arguments: BTreeMap<String, String> = member(params, "arguments")?.unwrap_or_default();
            let call = PromptCall { name: name(params)?, arguments, inputs, client: client.clone() };
            answer(needs::fit(offer.prompt(call).await?, client)?, client.revision)
        }
        method::COMPLETE => {
            has(capabilities.completions.is_some())?;
            let asked: CompletionRequest = read_value(&Value::Object(params.clone())).map_err(wrong)?;
            let mut completion = offer.complete(asked).await?;
            if completion.values.len() > MOST_COMPLETIONS {
                completion.values.truncate(MOST_COMPLETIONS);
                completion.has_more = Some(true);
            }
            done(&json!({ "completion": completion }))
        }
        _ => Err(Fault::NoMethod),
    }
}

const MOST_COMPLETIONS: usize = 100;

/// What a request of 2026-07-28 brings of what was asked for before.
///
/// Errors: it cannot be read.
pub(super) fn inputs_of(params: &Params) -> Result<Inputs, Fault> {
    let responses: BTreeMap<String, InputResponse> = match params.get("inputResponses") {
        None => BTreeMap::new(),
        Some(Value::Object(responses)) if responses.values().all(Value::is_object) => {
            responses.iter().map(|(name, response)| (name.clone(), InputResponse(response.clone()))).collect()
        }
        Some(_) => return Err(Fault::invalid("`inputResponses` has to be an object of responses.")),
    };
    Ok(Inputs { responses, state: member(params, "requestState")? })
}

fn cursor(params: &Params) -> Result<Option<&str>, Fault> {
    match params.get("cursor") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(cursor)) => Ok(Some(cursor)),
        Some(_) => Err(Fault::invalid("`cursor` has to be a text.")),
    }
}

fn name(params: &Params) -> Result<String, Fault> {
    required(params, "name")
}

fn required(params: &Params, member: &str) -> Result<String, Fault> {
    match params.get(member) {
        Some(Value::String(text)) => Ok(text.clone()),
        _ => Err(Fault::invalid(format!("`{member}` has to be a text."))),
    }
}

fn arguments(params: &Params) -> Result<Object, Fault> {
    Ok(member(params, "arguments")?.unwrap_or_default())
}

/// A member that may be absent or null.
pub(super) fn member<T: DeserializeOwned>(params: &Params, name: &str) -> Result<Option<T>, Fault> {
    match params.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => read_value(value).map(Some).map_err(|_| Fault::invalid(format!("`{name}` has another type."))),
    }
}

fn wrong(error: deputy_http::JsonError) -> Fault {
    Fault::invalid(format!("{error}."))
}

/// What the results of a list and of a read have besides.
trait Shape: Serialize {
    /// Takes away what the revision does not have, and adds what it must have.
    fn shape(_result: &mut Object, _revision: Revision) {}
}

impl Shape for CallToolResult {
    fn shape(result: &mut Object, revision: Revision) {
        // Only since 2026-07-28 it may be anything but an object.
        if revision.has_sessions() && !result.get("structuredContent").is_none_or(Value::is_object) {
            result.remove("structuredContent");
        }
    }
}

impl Shape for ReadResourceResult {
    fn shape(result: &mut Object, revision: Revision) {
        if revision.has_sessions() {
            result.remove("ttlMs");
            result.remove("cacheScope");
        } else if !result.contains_key("ttlMs") {
            add_cache(result, CacheHint::NONE);
        }
    }
}

impl Shape for crate::protocol::GetPromptResult {}

fn answer<T: Shape>(answer: Answer<T>, revision: Revision) -> Result<Outcome, Fault> {
    match answer {
        Answer::Done(result) => {
            let mut result = object(&result);
            T::shape(&mut result, revision);
            Ok(Outcome::Done(result))
        }
        Answer::InputRequired(required) => Ok(Outcome::InputRequired(required)),
    }
}

fn list<T: Serialize>(name: &str, page: Page<T>, revision: Revision) -> Result<Outcome, Fault> {
    let mut result = Object::new();
    result.insert(name.to_owned(), json!(page.items));
    if let Some(next) = page.next {
        result.insert("nextCursor".to_owned(), next.into());
    }
    if !revision.has_sessions() {
        add_cache(&mut result, page.cache.unwrap_or(CacheHint::NONE));
    }
    Ok(Outcome::Done(result))
}

pub(super) fn add_cache(result: &mut Object, hint: CacheHint) {
    result.extend(object(&hint));
}

fn done(result: &Value) -> Result<Outcome, Fault> {
    Ok(Outcome::Done(object(result)))
}

pub(super) fn object(value: &impl Serialize) -> Object {
    match serde_json::to_value(value) {
        Ok(Value::Object(object)) => object,
        _ => Object::new(),
    }
}

/// Tools as a revision has them: before 2026-07-28 an output schema describes an object.
fn tools_of(revision: Revision, tools: Vec<Tool>) -> Vec<Tool> {
    let is_object = |schema: &Value| schema.get("type").and_then(Value::as_str) == Some("object");
    let fit = |tool: Tool| match tool.output_schema {
        Some(ref schema) if revision.has_sessions() && !is_object(schema) => Tool { output_schema: None, ..tool },
        _ => tool,
    };
    tools.into_iter().map(fit).collect()
}
