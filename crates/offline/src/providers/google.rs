//! Google: Calendar, Gmail and Tasks. Paths, checks and error bodies as their APIs document them.

mod agenda;
mod calendar;
mod error;
mod gmail;
mod paging;
mod tasks;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::world::World;

/// The routes below `/google`.
pub fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/google/calendar/v3/freeBusy", post(calendar::free_busy))
        .route("/google/calendar/v3/calendars/{calendar}/events", get(calendar::events))
        .route("/google/calendar/v3/users/me/calendarList", get(calendar::calendar_list))
        .route("/google/gmail/v1/users/{user}/messages", get(gmail::messages))
        .route("/google/gmail/v1/users/{user}/messages/{id}", get(gmail::message))
        .route("/google/gmail/v1/users/{user}/threads", get(gmail::threads))
        .route("/google/gmail/v1/users/{user}/threads/{id}", get(gmail::thread))
        .route("/google/gmail/v1/users/{user}/drafts", get(gmail::drafts).post(gmail::create_draft))
        .route("/google/tasks/v1/lists/{list}/tasks", get(tasks::list).post(tasks::create))
}
