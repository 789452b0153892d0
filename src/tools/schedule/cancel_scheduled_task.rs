use std::rc::Rc;

use deputy_agent::fields::Line;
use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Tool, ToolError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::tools::ports::Schedules;

/// Cancels a schedule of this chat (CF-23).
pub struct CancelScheduledTask(pub Rc<dyn Schedules>);

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
    const TOPICS: &'static str = "cancel unschedule remove";
    const EFFECT: Effect = Effect::Own;
    const UNTRUSTED: bool = false;
    const SCHEDULES: bool = true;

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        vec![Authority::None]
    }

    async fn call(
        &self,
        input: Input,
        _permit: Permit,
        _grant: Grant,
        _context: &dyn CallContext,
    ) -> Result<Value, ToolError> {
        cancel(&input, self.0.as_ref()).await.map(Value::from)
    }
}

/// The sentences of the documents (CF-23); an error is one.
async fn cancel(input: &Input, schedules: &dyn Schedules) -> Result<String, ToolError> {
    let id = &input.task_id;
    match schedules.cancel(id).await {
        Ok(true) => Ok(format!("Task {id} has been successfully canceled.")),
        Ok(false) => Err(ToolError::Answer(format!("Error canceling task {id}: there is no such task"))),
        Err(error) => Err(ToolError::Answer(format!("Error canceling task {id}: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use deputy_agent::{Schedule, When};
    use futures::executor::block_on;
    use serde_json::json;

    use super::*;
    use crate::tools::testing::{TestSchedules, input};

    /// CF-23: by id, once.
    #[test]
    fn cf_23_cancel() {
        let schedules = TestSchedules::default();
        let when = When::Delayed { seconds: 5 };
        schedules.0.borrow_mut().push(Schedule { id: "s1".into(), when, description: "x".into(), next_run: 1 });
        let run = || block_on(cancel(&input::<CancelScheduledTask>(json!({"taskId": "s1"})).unwrap(), &schedules));
        assert_eq!(run().unwrap(), "Task s1 has been successfully canceled.");
        assert!(schedules.0.borrow().is_empty());
        let none = ToolError::Answer("Error canceling task s1: there is no such task".to_owned());
        assert_eq!(run(), Err(none));
    }
}
