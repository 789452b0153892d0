//! A small offer with a tool of every kind.

use std::cell::Cell;
use std::future::pending;

use deputy_mcp::protocol::{
    CallToolResult, CreateMessageRequest, ElicitRequest, Implementation, InputRequest, ListChanged, LoggingLevel,
    Object, Page, Progress, Resources, ServerCapabilities, Tool,
};
use deputy_mcp::server::{Answer, Change, Fault, InputRequired, Offer, Told, ToolCall};
use serde_json::{Value, json};

pub struct Desk;

thread_local! {
    /// Calls of `never` that were dropped.
    pub static DROPPED: Cell<u32> = const { Cell::new(0) };
}

struct Running;

impl Drop for Running {
    fn drop(&mut self) {
        DROPPED.set(DROPPED.get() + 1);
    }
}

impl Offer for Desk {
    fn implementation(&self) -> Implementation {
        Implementation::new("desk", "1")
    }

    fn capabilities(&self) -> ServerCapabilities {
        ServerCapabilities {
            tools: Some(ListChanged { list_changed: Some(true) }),
            resources: Some(Resources { subscribe: Some(true), list_changed: None }),
            logging: Some(Object::new()),
            ..ServerCapabilities::default()
        }
    }

    async fn tools(&self, page: Option<&str>) -> Result<Page<Tool>, Fault> {
        let tool =
            |name: &str| Tool { name: name.to_owned(), input_schema: json!({ "type": "object" }), ..Tool::default() };
        match page {
            None => Ok(Page { next: Some("2".to_owned()), ..Page::all(vec![tool("echo")]) }),
            Some("2") => Ok(Page::all(vec![Tool { output_schema: Some(json!({ "type": "array" })), ..tool("list") }])),
            Some(_) => Err(Fault::no_such_page()),
        }
    }

    async fn mirrored_schema(&self, tool: &str) -> Result<Option<Value>, Fault> {
        let region = json!({ "type": "string", "x-mcp-header": "Region" });
        Ok((tool == "mirrored").then(|| json!({ "type": "object", "properties": { "region": region } })))
    }

    async fn call_tool(&self, call: ToolCall, told: &dyn Told) -> Result<Answer<CallToolResult>, Fault> {
        let ask = |name: &str, request| {
            let requests = [(name.to_owned(), request)].into();
            Ok(InputRequired { requests, state: Some("page 7".to_owned()) }.into())
        };
        match call.name.as_str() {
            "echo" | "mirrored" => text(Value::Object(call.arguments).to_string()),
            "list" => {
                Ok(Answer::Done(CallToolResult { structured_content: Some(json!([1])), ..CallToolResult::text("1") }))
            }
            "big" => text("x".repeat(1 << 20)),
            "never" => {
                let _running = Running;
                pending().await
            }
            "hollow" => Ok(InputRequired { requests: Default::default(), state: Some("page 7".to_owned()) }.into()),
            "away" => {
                told.hang_up();
                told.progress(Progress { progress: 1.0, ..Progress::default() });
                text("done")
            }
            "loud" => {
                told.progress(Progress { progress: 0.5, ..Progress::default() });
                told.log(LoggingLevel::Debug, Some("desk"), json!("small"));
                told.log(LoggingLevel::Error, None, json!("large"));
                told.changed(Change::Tools);
                text("said")
            }
            "ask" => match call.inputs.responses.get("name").and_then(|response| response.elicitation().ok()) {
                Some(answer) => text(format!("{:?} {:?} {:?}", answer.action, answer.content, call.inputs.state)),
                None => {
                    ask("name", InputRequest::Elicitation(ElicitRequest::form("Who?", json!({ "type": "object" }))))
                }
            },
            "visit" => {
                let visit = ElicitRequest::url("Please look there.", "https://desk.example/c/1", None);
                ask("visit", InputRequest::Elicitation(visit))
            }
            "think" => match call.inputs.responses.get("thought").and_then(|response| response.sampling().ok()) {
                Some(thought) => text(thought.model),
                None => {
                    let request = CreateMessageRequest { max_tokens: 5, ..CreateMessageRequest::default() };
                    ask("thought", InputRequest::Sampling(Box::new(request)))
                }
            },
            "forbidden" => Err(Fault::Forbidden { challenge: "Bearer error=\"insufficient_scope\"".to_owned() }),
            _ => Err(Fault::NotThere { name: call.name }),
        }
    }
}

fn text(text: impl Into<String>) -> Result<Answer<CallToolResult>, Fault> {
    Ok(Answer::Done(CallToolResult::text(text)))
}
