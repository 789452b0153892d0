//! Google: Calendar. Paths, checks and error bodies as the Calendar API v3 documents them.

mod agenda;
mod calendar;
mod error;

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
}
