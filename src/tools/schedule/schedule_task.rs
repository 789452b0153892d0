use deputy_agent::fields::Text;
use deputy_agent::{Authority, CallContext, Effect, Grant, NewSchedule, Permit, Tool, ToolError, When};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::tools::moment;
use crate::tools::ports::{TimeZones, ToolPorts};

/// Schedules a task: at a time, after a delay, or by cron (CF-20, CF-21).
pub struct ScheduleTask(pub ToolPorts);

/// Input: the schema of the Agents SDK, in its flat form; the nested one fits as well.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    #[schemars(description = "A description of the task")]
    description: Text<1, 1_000>,
    when: WhenInput,
}

// No doc comment: it would be a description of the member.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct WhenInput {
    #[schemars(
        description = "at a date, after a delay, or again and again",
        extend("enum" = ["scheduled", "delayed", "cron", "no-schedule"])
    )]
    r#type: String,
    #[schemars(description = "date and time in ISO 8601 (only if type is scheduled)")]
    date: Option<String>,
    #[schemars(description = "delay in seconds (only if type is delayed)")]
    delay_in_seconds: Option<f64>,
    #[schemars(description = "five fields of cron, in the user's time zone (only if type is cron)")]
    cron: Option<String>,
}

impl Tool for ScheduleTask {
    type Input = Input;
    const NAME: &'static str = "scheduleTask";
    const DESCRIPTION: &'static str = "A tool to schedule a task to be executed at a later time";
    const TOPICS: &'static str = "schedule remind reminder later every daily weekly hourly minute second";
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
        context: &dyn CallContext,
    ) -> Result<Value, ToolError> {
        schedule(&input, &self.0, &context.call_id()).await
    }
}

async fn schedule(input: &Input, ports: &ToolPorts, call_id: &str) -> Result<Value, ToolError> {
    if input.when.r#type == "no-schedule" {
        return Ok(Value::from("Not a valid schedule input"));
    }
    let (when, shown) = read(&input.when, ports.zones.as_ref()).map_err(|problem| match problem {
        ScheduleInput::UnknownType => ToolError::Answer(problem.to_string()),
        other => failed(&other),
    })?;
    let zone = match &when {
        When::Delayed { .. } => None,
        When::Scheduled { .. } if has_offset(&shown) => None,
        When::Scheduled { .. } | When::Cron { .. } => zone_taken(ports.zones.as_ref()),
    };
    let kind = when.kind();
    let description = input.description.to_string();
    let added = ports.schedules.add(NewSchedule { when, description }, call_id).await;
    added.map_err(|error| failed(&error))?;
    Ok(Value::from(format!("Task scheduled for type \"{kind}\" : {shown}{}", zone.unwrap_or_default())))
}

/// The sentence of the documents (CF-21), as the failure that it is.
fn failed(problem: &impl std::fmt::Display) -> ToolError {
    ToolError::Answer(format!("Error scheduling task: {problem}"))
}

/// Behind the day stands an offset: the date is the same in every zone.
fn has_offset(date: &str) -> bool {
    date.trim().get(10..).is_some_and(|time| time.contains(['+', '-', 'Z', 'z', '\u{2212}']))
}

/// Which zone was taken, when it is not the user's own.
fn zone_taken(zones: &dyn TimeZones) -> Option<String> {
    let why = zones.instead()?;
    Some(format!(", in the time zone {}, because {why}. Tell the user so.", zones.of_user()))
}

/// Why an input is no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum ScheduleInput {
    #[error("not a valid schedule input")]
    UnknownType,
    #[error("the date is missing or not in ISO 8601")]
    Date,
    #[error("the delay is missing or not a positive number of seconds")]
    Delay,
    #[error("the cron expression is missing")]
    Cron,
    #[error("type is {kind}, and with it goes {member} alone: leave out {other}")]
    Contradictory { kind: &'static str, member: &'static str, other: &'static str },
}

/// The time, and the input as the answer repeats it.
fn read(input: &WhenInput, zones: &dyn TimeZones) -> Result<(When, String), ScheduleInput> {
    contradicts(input)?;
    match input.r#type.as_str() {
        "scheduled" => {
            let date = input.date.as_deref().ok_or(ScheduleInput::Date)?;
            let at = moment::parse(date, &zones.of_user(), zones).ok_or(ScheduleInput::Date)?;
            Ok((When::Scheduled { at }, date.to_owned()))
        }
        "delayed" => {
            let seconds =
                input.delay_in_seconds.filter(|seconds| (0.0..1e12).contains(seconds)).ok_or(ScheduleInput::Delay)?;
            // Truncation of a checked, non-negative number: fractions of a second are dropped.
            let seconds = seconds as u64;
            Ok((When::Delayed { seconds }, seconds.to_string()))
        }
        "cron" => {
            let cron =
                input.cron.as_deref().map(str::trim).filter(|cron| !cron.is_empty()).ok_or(ScheduleInput::Cron)?;
            Ok((When::Cron { cron: cron.to_owned(), time_zone: zones.of_user() }, cron.to_owned()))
        }
        _ => Err(ScheduleInput::UnknownType),
    }
}

/// A member that belongs to another type says that the model meant something else. An empty text and a delay of nothing say nothing.
fn contradicts(input: &WhenInput) -> Result<(), ScheduleInput> {
    let said = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
    let members = [
        ("scheduled", "date", said(&input.date)),
        ("delayed", "delayInSeconds", input.delay_in_seconds.is_some_and(|seconds| seconds != 0.0)),
        ("cron", "cron", said(&input.cron)),
    ];
    let Some((kind, member, _)) = members.into_iter().find(|(kind, ..)| *kind == input.r#type) else { return Ok(()) };
    match members.into_iter().find(|(other, _, said)| *said && *other != kind) {
        Some((_, other, _)) => Err(ScheduleInput::Contradictory { kind, member, other }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use futures::executor::block_on;
    use serde_json::json;

    use super::*;
    use crate::tools::testing::{NOW, TestSchedules, TestZones, input};

    fn run(when: Value) -> (Result<Value, ToolError>, Rc<TestSchedules>) {
        let schedules = Rc::new(TestSchedules::default());
        let (kept, zones) = (Rc::<TestSchedules>::clone(&schedules), Rc::new(TestZones));
        let ports = ToolPorts { schedules: kept, zones, ..ToolPorts::none() };
        let input = input::<ScheduleTask>(json!({"description": "stretch", "when": when})).unwrap();
        (block_on(schedule(&input, &ports, "call_1")), schedules)
    }

    /// CF-20, CF-21: three kinds, stored with their description; the answers are fixed.
    #[test]
    fn cf_20_cf_21_three_kinds() {
        for (when, answer, next_run) in [
            (json!({"type": "delayed", "delayInSeconds": 5}), "Task scheduled for type \"delayed\" : 5", NOW + 5_000),
            (
                json!({"type": "scheduled", "date": "2026-11-23T09:00:00+01:00"}),
                "Task scheduled for type \"scheduled\" : 2026-11-23T09:00:00+01:00",
                NOW + 3_600_000,
            ),
            (
                json!({"type": "cron", "cron": "0 9 * * *"}),
                "Task scheduled for type \"cron\" : 0 9 * * *",
                NOW + 3_600_000,
            ),
        ] {
            let (result, schedules) = run(when);
            assert_eq!(result.unwrap(), answer);
            let stored = schedules.0.borrow();
            assert_eq!((stored[0].description.as_str(), stored[0].next_run), ("stretch", next_run));
        }
    }

    /// CF-21: what cannot be scheduled is said, and nothing is stored.
    #[test]
    fn cf_21_refusals() {
        assert_eq!(run(json!({"type": "no-schedule"})).0.unwrap(), "Not a valid schedule input");
        assert_eq!(run(json!({"type": "never"})).0, Err(ToolError::Answer("not a valid schedule input".into())));
        for when in [
            json!({"type": "scheduled", "date": "yesterday"}),
            json!({"type": "scheduled", "date": "2020-01-01T00:00:00Z"}),
            json!({"type": "scheduled"}),
            json!({"type": "delayed", "delayInSeconds": -5}),
            json!({"type": "delayed"}),
            json!({"type": "delayed", "delayInSeconds": 1e300}),
            json!({"type": "cron", "cron": "every day"}),
            json!({"type": "cron", "cron": "* * * * * *"}),
            json!({"type": "cron"}),
            json!({"type": "scheduled", "date": "2026-11-24T09:00:00+01:00", "delayInSeconds": 60}),
            json!({"type": "delayed", "delayInSeconds": 60, "cron": "0 9 * * *"}),
            json!({"type": "cron", "cron": "0 9 * * *", "date": "2026-11-24"}),
        ] {
            let (result, schedules) = run(when.clone());
            let Err(ToolError::Answer(text)) = result else { panic!("{when}: {result:?}") };
            assert!(text.starts_with("Error scheduling task: "), "{when}: {text}");
            assert!(schedules.0.borrow().is_empty());
        }
    }
}
