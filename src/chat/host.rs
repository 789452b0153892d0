//! What a tool may use of the world, for the length of one call.

use deputy_agent::{Host, NewSchedule, Schedule, ScheduleError, TurnContext};
use deputy_http::{Request, Response, TransportError};
use futures::future::LocalBoxFuture;

use super::world::World;
use crate::platform::{clock, fetch, intl};

/// The host of one call.
pub struct CallHost<'a> {
    /// The chat's world.
    pub world: &'a World,
    /// For whom the turn runs.
    pub context: &'a TurnContext,
    /// The call.
    pub call_id: &'a str,
}

impl Host for CallHost<'_> {
    fn send(&self, request: Request) -> LocalBoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(fetch::send(request, fetch::Limits::default()))
    }

    fn now(&self) -> u64 {
        clock::now_ms()
    }

    fn zone_offset(&self, time_zone: &str, at: u64) -> Option<i32> {
        intl::zone_name_is_plausible(time_zone)
            .then(|| intl::zone_offset_minutes(time_zone, at).ok())
            .flatten()
            .map(|minutes| minutes.saturating_mul(60))
    }

    fn time_zone(&self) -> String {
        self.context.time_zone.clone()
    }

    fn call_id(&self) -> String {
        self.call_id.to_owned()
    }

    fn schedule(&self, schedule: NewSchedule) -> LocalBoxFuture<'_, Result<Schedule, ScheduleError>> {
        Box::pin(self.world.add_schedule(schedule, self.call_id))
    }

    fn schedules(&self) -> Vec<Schedule> {
        self.world.list_schedules()
    }

    fn cancel_schedule<'b>(&'b self, id: &'b str) -> LocalBoxFuture<'b, Result<bool, ScheduleError>> {
        Box::pin(self.world.remove_schedule(id))
    }
}
