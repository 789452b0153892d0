use deputy_agent::fields::Line;
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
    task_id: Line<1, 100>,
}

impl Tool for CancelScheduledTask {
    type Input = Input;
    const NAME: &'static str = "cancelScheduledTask";
    const DESCRIPTION: &'static str = "Cancel a scheduled task using its ID";
    const EFFECT: Effect = Effect::Own;
    const UNTRUSTED: bool = false;

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        vec![Authority::None]
    }

    async fn call(&self, input: Input, _permit: Permit, _grant: Grant, host: &dyn Host) -> Result<Value, ToolError> {
        Ok(Value::from(cancel(&input, host).await))
    }
}

async fn cancel(input: &Input, host: &dyn Host) -> String {
    let id = &input.task_id;
    match host.cancel_schedule(id).await {
        Ok(true) => format!("Task {id} has been successfully canceled."),
        Ok(false) => format!("Error canceling task {id}: there is no such task"),
        Err(error) => format!("Error canceling task {id}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use deputy_agent::{Schedule, When};
    use futures::executor::block_on;
    use serde_json::json;

    use super::*;
    use crate::tools::testing::{TestHost, input};

    /// CF-23: by id, once.
    #[test]
    fn cf_23_cancel() {
        let host = TestHost::default();
        let when = When::Delayed { seconds: 5 };
        host.schedules.borrow_mut().push(Schedule { id: "s1".into(), when, description: "x".into(), next_run: 1 });
        let run = || block_on(cancel(&input::<CancelScheduledTask>(json!({"taskId": "s1"})).unwrap(), &host));
        assert_eq!(run(), "Task s1 has been successfully canceled.");
        assert!(host.schedules.borrow().is_empty());
        assert_eq!(run(), "Error canceling task s1: there is no such task");
    }
}
