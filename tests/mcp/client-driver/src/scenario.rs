//! What each scenario of the runner wants a client to do.

use std::collections::BTreeMap;

use deputy_mcp::client::{Client, ClientError, HostAnswer, Outcome, ToolCall};
use deputy_mcp::protocol::{CallToolResult, InputRequest, InputResponse, Object, Tool};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::network::LocalNetwork;
use crate::user::{Agreeable, Browser, agree};

/// A client of the runner's server, with a user.
pub struct Scenario {
    /// The client.
    pub client: Client<LocalNetwork, Agreeable>,
    /// The user's browser.
    pub browser: Browser,
    /// What the runner tells.
    pub context: Value,
}

impl Scenario {
    /// Plays the scenario of that name.
    pub async fn play(&self, name: &str) -> Result<(), Failure> {
        let tools = self.retried(async || Ok(self.client.tools().await?.tools)).await?;
        match name {
            "json-schema-ref-no-deref" | "request-metadata" => {}
            "http-custom-headers" => self.calls_of_the_context(&tools).await?,
            "http-standard-headers" => {
                self.call_first(&tools).await?;
                self.read_everything().await?;
            }
            "http-invalid-tool-headers" => {
                for tool in &tools {
                    self.call(tool, arguments_of(tool)).await?;
                }
            }
            "json-schema-2020-12-preservation" => {
                let schema = find(&tools, "json_schema_2020_12_tool")?.input_schema.clone();
                let arguments = Object::from_iter([("schema".to_owned(), schema)]);
                self.call(find(&tools, "json_schema_echo")?, arguments).await?;
            }
            "sep-2322-client-request-state" => self.two_at_a_time(&tools).await?,
            _ => self.call_first(&tools).await?,
        }
        self.client.close().await;
        Ok(())
    }

    async fn call_first(&self, tools: &[Tool]) -> Result<(), Failure> {
        match tools.first() {
            Some(tool) => self.call(tool, arguments_of(tool)).await.map(drop),
            None => Ok(()),
        }
    }

    async fn calls_of_the_context(&self, tools: &[Tool]) -> Result<(), Failure> {
        let calls = self.context.get("toolCalls").and_then(Value::as_array);
        for call in calls.into_iter().flatten() {
            let name = call.get("name").and_then(Value::as_str).unwrap_or_default();
            let arguments = call.get("arguments").and_then(Value::as_object).cloned().unwrap_or_default();
            self.call(find(tools, name)?, arguments).await?;
        }
        Ok(())
    }

    async fn read_everything(&self) -> Result<(), Failure> {
        for resource in self.retried(async || self.client.resources().await).await? {
            self.retried(async || self.client.read_resource(&resource.uri).await).await?;
        }
        for prompt in self.retried(async || self.client.prompts().await).await? {
            self.retried(async || self.client.get_prompt(&prompt.name, Object::new()).await).await?;
        }
        Ok(())
    }

    /// Leaves a call open, makes another, and goes on with the first.
    async fn two_at_a_time(&self, tools: &[Tool]) -> Result<(), Failure> {
        let first = find(tools, "test_mrtr_echo_state")?;
        self.client.host().thinks_it_over.set(true);
        let Outcome::InputRequired(open) = self.call(first, Object::new()).await? else {
            return Err(Failure::NotAsked);
        };
        self.client.host().thinks_it_over.set(false);
        self.call(find(tools, "test_mrtr_unrelated")?, Object::new()).await?;
        let answers = open.requests.iter().filter_map(|(name, request)| Some((name.clone(), answer_to(request)?)));
        let answers: BTreeMap<String, InputResponse> = answers.collect();
        let call = ToolCall { answers, state: open.state, ..ToolCall::new(first, Object::new()) };
        self.retried(async || self.client.call_tool(call.clone()).await).await?;
        for name in ["test_mrtr_no_state", "test_mrtr_no_result_type"] {
            self.call(find(tools, name)?, Object::new()).await?;
        }
        Ok(())
    }

    async fn call(&self, tool: &Tool, arguments: Object) -> Result<Outcome<CallToolResult>, Failure> {
        let call = ToolCall::new(tool, arguments);
        self.retried(async || self.client.call_tool(call.clone()).await).await
    }

    /// Logs in where the server wants it, as often as the client allows.
    async fn retried<T>(&self, attempt: impl AsyncFn() -> Result<T, ClientError>) -> Result<T, Failure> {
        const MOST_LOG_INS: usize = 4;
        for _ in 0..MOST_LOG_INS {
            match attempt().await {
                Ok(done) => {
                    self.browser.settle();
                    return Ok(done);
                }
                Err(ClientError::Unauthorized(challenge) | ClientError::InsufficientScope(challenge)) => {
                    let token = self.browser.log_in(&challenge).await?;
                    self.client.set_access_token(Some(token));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(Failure::NotLetIn)
    }
}

fn find<'a>(tools: &'a [Tool], name: &str) -> Result<&'a Tool, Failure> {
    tools.iter().find(|tool| tool.name == name).ok_or_else(|| Failure::NoTool { name: name.to_owned() })
}

fn answer_to(request: &InputRequest) -> Option<InputResponse> {
    if let HostAnswer::Given(answer) = agree(request) { Some(answer) } else { None }
}

/// Something for each parameter.
fn arguments_of(tool: &Tool) -> Object {
    let properties = tool.input_schema.get("properties").and_then(Value::as_object);
    let value = |schema: &Value| match schema.get("type").and_then(Value::as_str) {
        Some("integer" | "number") => json!(2),
        Some("boolean") => json!(true),
        _ => json!("text"),
    };
    properties.into_iter().flatten().map(|(name, schema)| (name.clone(), value(schema))).collect()
}
