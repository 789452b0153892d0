use serde::Serialize;
use worker::Response;

use super::identity;
use super::reply;
use super::visit::Visit;
use crate::account::chats::{IndexedSchedule, ListSchedules, ScheduleSummary};
use crate::chat::{self, CancelSchedule};
use crate::objects::Refusal;

/// `GET /api/schedules`
pub async fn list(visit: &mut Visit) -> Result<Response, Refusal> {
    let holder = identity::holder(visit).await?;
    let schedules = holder.ask(visit, &ListSchedules {}).await?;
    reply::json(&schedules.into_iter().map(ScheduleJson::from).collect::<Vec<_>>())
}

/// `DELETE /api/schedules/:id`: the chat that holds it cancels it, and reports its schedules to the account.
pub async fn cancel(visit: &mut Visit, id: &str) -> Result<Response, Refusal> {
    let holder = identity::holder(visit).await?;
    let unknown = || Refusal::new(404, "schedule_unknown", "There is no such schedule.");
    let all = holder.ask(visit, &ListSchedules {}).await?;
    let found = all.into_iter().find(|indexed| indexed.schedule.id == id).ok_or_else(unknown)?;
    let cancelled = chat::ask(&visit.env, &found.chat, &CancelSchedule { id: id.to_owned() }).await?;
    if cancelled { reply::no_content() } else { Err(unknown()) }
}

/// A schedule and the chat it is in.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ScheduleJson {
    id: String,
    chat_id: String,
    description: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cron: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<String>,
    next_run: u64,
}

impl From<IndexedSchedule> for ScheduleJson {
    fn from(IndexedSchedule { chat, schedule }: IndexedSchedule) -> Self {
        let ScheduleSummary { id, description, kind, cron, time_zone, next_run } = schedule;
        Self { id, chat_id: chat, description, kind, cron, time_zone, next_run }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_schedule_has_not_is_left_out() {
        let schedule = ScheduleSummary {
            id: "s".into(),
            description: "d".into(),
            kind: "cron".into(),
            cron: Some("0 9 * * *".into()),
            time_zone: None,
            next_run: 1,
        };
        let shown = serde_json::to_value(ScheduleJson::from(IndexedSchedule { chat: "c".into(), schedule })).unwrap();
        let expected =
            json!({ "id": "s", "chatId": "c", "description": "d", "type": "cron", "cron": "0 9 * * *", "nextRun": 1 });
        assert_eq!(shown, expected);
    }
}
