use serde::Deserialize;
use worker::Response;

use super::identity;
use super::reply;
use super::visit::Visit;
use crate::account::call::{AccountCall, Refusal, ScheduleEntry};
use crate::chat::call::ChatCall;
use crate::platform::object;

/// `GET /api/schedules`
pub async fn list(visit: &mut Visit) -> Result<Response, Refusal> {
    let caller = identity::caller(visit, None).await?;
    reply::json_text(caller.ask(visit, AccountCall::ListSchedules {}).await?)
}

/// `DELETE /api/schedules/:id`: the chat that holds it cancels it, and reports its schedules to the account.
pub async fn cancel(visit: &mut Visit, id: &str) -> Result<Response, Refusal> {
    let caller = identity::caller(visit, None).await?;
    let unknown = || Refusal::new(404, "schedule_unknown", "There is no such schedule.");
    let all: Vec<ScheduleEntry> = object::read(&caller.ask(visit, AccountCall::ListSchedules {}).await?)?;
    let schedule = all.into_iter().find(|schedule| schedule.id == id).ok_or_else(unknown)?;
    let stub = object::stub(&visit.env, "CHAT", &schedule.chat_id)?;
    let Cancelled { cancelled } = object::call(&stub, &ChatCall::CancelSchedule { id: id.to_owned() }).await?;
    if cancelled { reply::no_content() } else { Err(unknown()) }
}

#[derive(Deserialize)]
struct Cancelled {
    cancelled: bool,
}
