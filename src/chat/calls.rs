//! What the edge and the account ask of a chat ([`ChatCall`]).

use deputy_agent::{Decision, Driver, Ports};
use serde_json::{Value, json};

use super::call::ChatCall;
use super::frames;
use super::sockets::POLICY_VIOLATION;
use super::world::World;
use crate::platform::ports::Sql;

/// True when turns may go on after the call: the caller drives without waiting for it.
pub struct Answer {
    /// The reply.
    pub reply: Value,
    /// There is something to drive.
    pub goes_on: bool,
}

/// Carries out a call.
pub async fn handle(driver: &Driver<World>, call: ChatCall) -> Answer {
    let world = driver.ports();
    let mut goes_on = false;
    let mut reply = json!({});
    match call {
        ChatCall::ConnectionChanged { connection, connected: true } => {
            let waiting = driver.state().waiting_for(&connection);
            goes_on = go_on(driver, &waiting, true);
        }
        ChatCall::SignedIn { .. } => {
            let waiting = driver.state().waiting_for_session();
            goes_on = go_on(driver, &waiting, false);
        }
        // A cancelled consent is no answer: the card stays, with "Not now" on it.
        ChatCall::ConnectionChanged { connected: false, .. } => {}
        ChatCall::SessionEnded { session } => {
            world.sockets.close_where("Unauthorized", &|socket| socket.session.as_deref() == Some(session.as_str()));
        }
        ChatCall::Renamed { title } => world.show_title(&title),
        ChatCall::Erase {} => erase(driver).await,
        ChatCall::CancelSchedule { id } => {
            let cancelled = world.remove_schedule(&id).await.unwrap_or(false);
            reply = json!({"cancelled": cancelled});
        }
    }
    Answer { reply, goes_on }
}

/// What these calls waited for has happened: they are tried again. True if one of them is.
fn go_on(driver: &Driver<World>, waiting: &[String], consented: bool) -> bool {
    let world = driver.ports();
    let stream = world.id();
    let mut goes_on = false;
    for call_id in waiting {
        match driver.answer(call_id, &Decision::Continue { consented }, &stream, None) {
            Ok(_) => goes_on = true,
            Err(error) => world.log_failure(&error),
        }
    }
    goes_on
}

/// Drives after a call, without keeping the caller.
pub async fn drive(driver: &Driver<World>) {
    frames::drive(driver).await;
}

async fn erase(driver: &Driver<World>) {
    let world = driver.ports();
    if let Err(error) = driver.clear(None) {
        world.log_failure(&error);
    }
    for socket in world.sockets.all().iter() {
        socket.close(POLICY_VIOLATION, "This chat was deleted.");
    }
    for query in ["DELETE FROM schedules", "DELETE FROM meta WHERE key IN ('owner', 'chat', 'plain')"] {
        if let Err(error) = world.log.sql().exec(query, &[]) {
            world.log_failure(&deputy_agent::StoreError(error.0));
        }
    }
    world.owner.borrow_mut().take();
    world.alarm.borrow_mut().take();
    let _ = world.state.storage().delete_alarm().await;
}
