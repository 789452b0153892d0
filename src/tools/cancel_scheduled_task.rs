use deputy_agent::{Authority, Effect, Grant, Host, Permit, Tool, ToolError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// Cancels a schedule of this chat (CF-23).
pub struct CancelScheduledTask;

/// Input.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    #[schemars(description = "The ID of the task to cancel")]
    task_id: String,
}

impl Tool for CancelScheduledTask {
    type Input = Input;
    const NAME: &'static str = "cancelScheduledTask";
    const DESCRIPTION: &'static str = "Cancel a scheduled task using its ID";
    const EFFECT: Effect = Effect::Own;

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        vec![Authority::None]
    }

    async fn call(&self, input: Input, _permit: Permit, _grant: Grant, host: &dyn Host) -> Result<Value, ToolError> {
        let id: String = input.task_id.chars().take(100).collect();
        Ok(Value::from(match host.cancel_schedule(&id).await {
            Ok(true) => format!("Task {id} has been successfully canceled."),
            Ok(false) => format!("Error canceling task {id}: there is no such task"),
            Err(error) => format!("Error canceling task {id}: {error}"),
        }))
    }
}
