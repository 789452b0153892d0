use std::rc::Rc;

use chrono::{DateTime, SecondsFormat};
use deputy_agent::fields::Line;
use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Tool, ToolError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::tools::ports::TimeZones;

/// Local time of a zone (CF-19).
pub struct GetLocalTime(pub Rc<dyn TimeZones>);

/// Input.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    #[schemars(description = "IANA time zone name")]
    time_zone: Line<1, 60>,
}

impl Tool for GetLocalTime {
    type Input = Input;
    const NAME: &'static str = "getLocalTime";
    const DESCRIPTION: &'static str = "get the local time for a specified location";
    const TOPICS: &'static str = "time clock hour";
    const EFFECT: Effect = Effect::Reads;
    const UNTRUSTED: bool = false;

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
        local_time(&input.time_zone, context.now(), self.0.as_ref())
            .map(Value::from)
            .ok_or_else(|| ToolError::Answer(format!("\"{}\" is not an IANA time zone name.", input.time_zone)))
    }
}

/// `yyyy-MM-dd HH:mm:ssXXX`
fn local_time(zone: &str, now: u64, zones: &dyn TimeZones) -> Option<String> {
    let offset = zones.offset(zone, now)?;
    let wall = i64::try_from(now / 1000).ok()?.checked_add(i64::from(offset))?;
    let wall = DateTime::from_timestamp(wall, 0)?.to_rfc3339_opts(SecondsFormat::Secs, true);
    let (date, time) = wall.trim_end_matches('Z').split_once('T')?;
    Some(format!("{date} {time}{}", offset_text(offset)))
}

fn offset_text(seconds: i32) -> String {
    if seconds == 0 {
        return "Z".to_owned();
    }
    let minutes = seconds.unsigned_abs() / 60;
    format!("{}{:02}:{:02}", if seconds < 0 { '-' } else { '+' }, minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::testing::{NOW, TestZones};

    #[test]
    fn cf_19_offset_as_xxx() {
        assert_eq!(local_time("Asia/Tokyo", NOW, &TestZones).unwrap(), "2026-11-23 16:00:00+09:00");
        assert_eq!(local_time("UTC", NOW, &TestZones).unwrap(), "2026-11-23 07:00:00Z");
        assert_eq!(local_time("America/St_Johns", NOW, &TestZones).unwrap(), "2026-11-23 03:30:00-03:30");
        assert_eq!(local_time("Mars/Base", NOW, &TestZones), None);
    }
}
