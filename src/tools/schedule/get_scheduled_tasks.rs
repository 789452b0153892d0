use std::rc::Rc;

use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Schedule, Tool, ToolError, When};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::tools::ports::Schedules;

/// Lists what is scheduled in this chat (CF-22).
pub struct GetScheduledTasks(pub Rc<dyn Schedules>);

/// No input.
#[derive(Deserialize, JsonSchema)]
pub struct Input {}

impl Tool for GetScheduledTasks {
    type Input = Input;
    const NAME: &'static str = "getScheduledTasks";
    const DESCRIPTION: &'static str = "List all tasks that have been scheduled";
    const EFFECT: Effect = Effect::Reads;
    const UNTRUSTED: bool = false;

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        vec![Authority::None]
    }

    async fn call(
        &self,
        _input: Input,
        _permit: Permit,
        _grant: Grant,
        _context: &dyn CallContext,
    ) -> Result<Value, ToolError> {
        Ok(list(&self.0.list()))
    }
}

fn list(schedules: &[Schedule]) -> Value {
    if schedules.is_empty() {
        return Value::from("No scheduled tasks found.");
    }
    let mut list = Vec::new();
    for schedule in schedules {
        list.push(shown(schedule));
    }
    list.into()
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
    match &schedule.when {
        When::Scheduled { .. } => {}
        When::Delayed { seconds } => shown["delayInSeconds"] = json!(seconds),
        When::Cron { cron, time_zone } => {
            shown["cron"] = json!(cron);
            shown["timeZone"] = json!(time_zone);
        }
    }
    shown
}

#[cfg(test)]
mod tests {

    use super::*;

    /// CF-22: none, one, many.
    #[test]
    fn cf_22_list() {
        assert_eq!(list(&[]), "No scheduled tasks found.");
        let schedule =
            |id: &str, when: When| Schedule { id: id.into(), when, description: "x".into(), next_run: 5_000 };
        let cron = When::Cron { cron: "0 9 * * *".into(), time_zone: "Europe/Berlin".into() };
        let two = list(&[schedule("a", When::Delayed { seconds: 5 }), schedule("b", cron)]);
        assert_eq!(
            two,
            json!([
                {"id": "a", "callback": "executeTask", "payload": "x", "type": "delayed", "time": 5, "delayInSeconds": 5},
                {"id": "b", "callback": "executeTask", "payload": "x", "type": "cron", "time": 5, "cron": "0 9 * * *", "timeZone": "Europe/Berlin"}
            ])
        );
    }
}
