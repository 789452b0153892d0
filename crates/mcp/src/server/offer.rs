use std::collections::BTreeMap;

use serde_json::Value;

use super::fault::Fault;
use crate::protocol::{
    CallToolResult, ClientCapabilities, Completion, CompletionRequest, GetPromptResult, Implementation, InputRequest,
    InputResponse, LoggingLevel, Object, Page, Progress, Prompt, ReadResourceResult, Resource, ResourceTemplate,
    Revision, ServerCapabilities, Tool,
};

/// What a server offers to one caller: everything that this crate does not know. Made for each request, with the caller in it; what it
/// answers is the same for every revision of the protocol, and this crate makes of it what the caller's revision has.
///
/// A tool (prompt, resource) that needs something of the user, of the client's model or of the client answers [`Answer::InputRequired`];
/// the call is made again, with what it asked for in [`Inputs::responses`] and with its own [`InputRequired::state`]. Between the two
/// anything may lie: minutes, a restart, another Worker. The state passes through the client: whoever reads it back checks that it is
/// its own and the caller's ([`Fault::StateRefused`]). Answers may be missing, or be to something else than was asked: then ask again.
#[allow(async_fn_in_trait, reason = "workers have one thread; nothing here is Send")]
pub trait Offer {
    /// Who answers.
    fn implementation(&self) -> Implementation;

    /// What is there. Methods of what is not said here are not found. `listChanged` and `subscribe` are promises to tell by
    /// [`Told::changed`], or by the shell's way for changes that come from elsewhere.
    fn capabilities(&self) -> ServerCapabilities;

    /// How the tools belong together, for models.
    fn instructions(&self) -> Option<String> {
        None
    }

    /// A page of the tools that this caller may see, in an order that stays. `page` is a [`Page::next`] of before, or anything a
    /// client made up ([`Fault::InvalidParams`]).
    async fn tools(&self, page: Option<&str>) -> Result<Page<Tool>, Fault>;

    /// Calls a tool. What the model can mend, or should tell the user, is a [`CallToolResult::failed`]; a [`Fault`] is for the client.
    async fn call_tool(&self, call: ToolCall, told: &dyn Told) -> Result<Answer<CallToolResult>, Fault>;

    /// The input schema of a tool some of whose parameters are in headers too (`x-mcp-header`, 2026-07-28): who has such tools gives it,
    /// and the headers are compared.
    async fn mirrored_schema(&self, _tool: &str) -> Result<Option<Value>, Fault> {
        Ok(None)
    }

    /// A page of resources.
    async fn resources(&self, page: Option<&str>) -> Result<Page<Resource>, Fault> {
        first_page_of_nothing(page)
    }

    /// A page of templates of resources.
    async fn resource_templates(&self, page: Option<&str>) -> Result<Page<ResourceTemplate>, Fault> {
        first_page_of_nothing(page)
    }

    /// Reads a resource.
    async fn read_resource(&self, read: ResourceRead) -> Result<Answer<ReadResourceResult>, Fault> {
        Err(Fault::NoResource { uri: read.uri })
    }

    /// A page of prompts.
    async fn prompts(&self, page: Option<&str>) -> Result<Page<Prompt>, Fault> {
        first_page_of_nothing(page)
    }

    /// Fills a prompt in.
    async fn prompt(&self, call: PromptCall) -> Result<Answer<GetPromptResult>, Fault> {
        Err(Fault::NotThere { name: call.name })
    }

    /// Completes an argument of a prompt or of a resource template.
    async fn complete(&self, _request: CompletionRequest) -> Result<Completion, Fault> {
        Ok(Completion::default())
    }
}

fn first_page_of_nothing<T>(page: Option<&str>) -> Result<Page<T>, Fault> {
    match page {
        None => Ok(Page::all(Vec::new())),
        Some(_) => Err(Fault::no_such_page()),
    }
}

/// A call of a tool.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolCall {
    /// Of the tool.
    pub name: String,
    /// Empty where there are none.
    pub arguments: Object,
    /// What was asked for before.
    pub inputs: Inputs,
    /// Who calls.
    pub client: Client,
    /// `_meta` of the request.
    pub meta: Object,
}

/// A prompt to fill in.
#[derive(Debug, Clone, PartialEq)]
pub struct PromptCall {
    /// Of the prompt.
    pub name: String,
    /// By name.
    pub arguments: BTreeMap<String, String>,
    /// What was asked for before.
    pub inputs: Inputs,
    /// Who asks.
    pub client: Client,
}

/// A resource to read.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceRead {
    /// Its address.
    pub uri: String,
    /// What was asked for before.
    pub inputs: Inputs,
    /// Who reads.
    pub client: Client,
}

/// What an [`InputRequired`] of before asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inputs {
    /// By the name that the request had.
    pub responses: BTreeMap<String, InputResponse>,
    /// [`InputRequired::state`], if the client is honest.
    pub state: Option<String>,
}

/// Who calls, as far as the client says.
#[derive(Debug, Clone, PartialEq)]
pub struct Client {
    /// In which revision.
    pub revision: Revision,
    /// What it can.
    pub capabilities: ClientCapabilities,
    /// Who it says it is; nothing to rely on.
    pub implementation: Option<Implementation>,
}

/// What comes of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer<T> {
    /// It is done.
    Done(T),
    /// Something is needed first.
    InputRequired(InputRequired),
}

/// What comes of the call of a tool.
pub type ToolAnswer = Answer<CallToolResult>;

/// What a call needs before it can go on: one of `requests` and `state` at least.
///
/// What the client cannot: an address to visit is given in words, in a result that failed; anything else is
/// [`Fault::MissingCapability`]. An address to visit, in a session of 2025-11-25, ends the call with the error
/// `URL_ELICITATION_REQUIRED`, and the client makes a new one, without answers and state.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InputRequired {
    /// By a name of the server's own.
    pub requests: BTreeMap<String, InputRequest>,
    /// What the next call is given back.
    pub state: Option<String>,
}

impl<T> From<InputRequired> for Answer<T> {
    fn from(required: InputRequired) -> Self {
        Self::InputRequired(required)
    }
}

/// Where a call tells what happens while it runs.
pub trait Told {
    /// How far it is; goes nowhere if the client did not ask.
    fn progress(&self, progress: Progress);

    /// A log message; goes nowhere if the client does not want that level.
    fn log(&self, level: LoggingLevel, logger: Option<&str>, data: Value);

    /// Something that was offered is another now: told to those of the caller's clients that asked to be told.
    fn changed(&self, change: Change);

    /// Ends the connection, not the call: the client comes back for the rest (2025-11-25; nothing in other revisions).
    fn hang_up(&self);
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The list of tools.
    Tools,
    /// The list of prompts.
    Prompts,
    /// The list of resources.
    Resources,
    /// The resource at that address.
    Resource(String),
}
