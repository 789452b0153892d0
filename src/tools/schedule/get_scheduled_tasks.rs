use std::rc::Rc;

use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Schedule, Tool, ToolError, When};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
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
    const TOPICS: &'static str = "scheduled schedules reminders pending";
    const EFFECT: Effect = Effect::Reads;
    const UNTRUSTED: bool = false;
    const SCHEDULES: bool = true;

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
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    id: &'a str,
    callback: &'static str,
    payload: &'a str,
    r#type: &'static str,
    time: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_in_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cron: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<&'a str>,
}

fn shown(schedule: &Schedule) -> Value {
    let (delay_in_seconds, cron, time_zone) = match &schedule.when {
        When::Scheduled { .. } => (None, None, None),
        When::Delayed { seconds } => (Some(*seconds), None, None),
        When::Cron { cron, time_zone } => (None, Some(cron.as_str()), Some(time_zone.as_str())),
    };
    json!(Shown {
        id: &schedule.id,
        callback: "executeTask",
        payload: &schedule.description,
        r#type: schedule.when.kind(),
        time: schedule.next_run / 1000,
        delay_in_seconds,
        cron,
        time_zone,
    })
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
