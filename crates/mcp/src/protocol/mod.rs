//! What is on the wire, of every revision that is spoken. A type has the members of all revisions; what a revision lacks is left out by
//! whoever writes for it. Members that no type knows are passed over.

mod annotations;
mod capabilities;
mod content;
mod error;
mod id;
mod implementation;
mod input;
mod logging;
mod message;
pub mod meta;
pub mod method;
mod page;
mod prompt;
mod resource;
mod revision;
mod sampling;
mod tool;

pub use annotations::{Annotations, Role};
pub use capabilities::{ClientCapabilities, Elicitation, ListChanged, Resources, Roots, Sampling, ServerCapabilities};
pub use content::Content;
pub use error::{RpcError, code};
pub use id::Id;
pub use implementation::{Icon, Implementation};
pub use input::{
    ElicitAction, ElicitRequest, ElicitResult, InputRequest, InputResponse, ListRootsResult, Root, UrlMode,
};
pub use logging::{LoggingLevel, Progress, ProgressToken};
pub use message::{Message, Notification, Params, Request, Response, Unreadable};
pub use page::{CacheHint, CacheScope, Page};
pub use prompt::{
    Completion, CompletionArgument, CompletionContext, CompletionRequest, GetPromptResult, Prompt, PromptArgument,
    PromptMessage, Reference,
};
pub use resource::{ReadResourceResult, Resource, ResourceContents, ResourceTemplate};
pub use revision::{Revision, UnknownRevision};
pub use sampling::{CreateMessageRequest, CreateMessageResult, OneOrMany, SamplingContent, SamplingMessage};
pub use tool::{CallToolResult, Tool, ToolAnnotations, ToolExecution};

/// A JSON object whose members nobody fixes: `_meta`, experimental capabilities, extensions.
pub type Object = serde_json::Map<String, serde_json::Value>;
