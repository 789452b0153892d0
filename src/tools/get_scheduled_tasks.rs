use deputy_agent::{Authority, Effect, Grant, Host, Permit, Schedule, Tool, ToolError, When};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

/// Lists what is scheduled in this chat (CF-22).
pub struct GetScheduledTasks;

/// No input.
#[derive(Deserialize, JsonSchema)]
pub struct Input {}

impl Tool for GetScheduledTasks {
    type Input = Input;
    const NAME: &'static str = "getScheduledTasks";
    const DESCRIPTION: &'static str = "List all tasks that have been scheduled";
    const EFFECT: Effect = Effect::Reads;

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        vec![Authority::None]
    }

    async fn call(&self, _input: Input, _permit: Permit, _grant: Grant, host: &dyn Host) -> Result<Value, ToolError> {
        let schedules = host.schedules();
        if schedules.is_empty() {
            return Ok(Value::from("No scheduled tasks found."));
        }
        Ok(schedules.iter().map(shown).collect())
    }
}

/// A schedule as the Agents SDK shows it: times in whole seconds.
fn shown(schedule: &Schedule) -> Value {
    let mut shown = json!({
        "id": schedule.id,
        "callback": "executeTask",
        "payload": schedule.description,
        "type": schedule.when.kind(),
        "time": schedule.next_run / 1000,
    });
    if let Some(object) = shown.as_object_mut() {
        match &schedule.when {
            When::Scheduled { .. } => {}
            When::Delayed { seconds } => {
                object.insert("delayInSeconds".into(), json!(seconds));
            }
            When::Cron { cron, time_zone } => {
                object.insert("cron".into(), json!(cron));
                object.insert("timeZone".into(), json!(time_zone));
            }
        }
    }
    shown
}
