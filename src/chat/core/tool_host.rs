//! What a tool may use of the world, for the length of one call.

use deputy_agent::{Host, NewSchedule, Schedule, ScheduleError, TurnContext};
use deputy_http::{Request, Response, TransportError};
use futures::future::LocalBoxFuture;

use super::ports::Platform;
use super::schedules::Schedules;

/// The host of one tool call.
pub struct ToolHost<'a, P> {
    /// The platform.
    pub platform: &'a P,
    /// The schedules of the chat.
    pub schedules: &'a Schedules<P>,
    /// For whom the turn runs.
    pub context: &'a TurnContext,
    /// The tool call.
    pub call_id: &'a str,
}

impl<P: Platform> Host for ToolHost<'_, P> {
    fn send(&self, request: Request) -> LocalBoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.platform.send(request))
    }

    fn now(&self) -> u64 {
        self.platform.now()
    }

    fn zone_offset(&self, time_zone: &str, at: u64) -> Option<i32> {
        self.platform.zone_offset(time_zone, at)
    }

    fn time_zone(&self) -> String {
        self.context.time_zone.clone()
    }

    fn call_id(&self) -> String {
        self.call_id.to_owned()
    }

    fn schedule(&self, schedule: NewSchedule) -> LocalBoxFuture<'_, Result<Schedule, ScheduleError>> {
        Box::pin(self.schedules.add(schedule, self.call_id))
    }

    fn schedules(&self) -> Vec<Schedule> {
        self.schedules.list()
    }

    fn cancel_schedule<'b>(&'b self, id: &'b str) -> LocalBoxFuture<'b, Result<bool, ScheduleError>> {
        Box::pin(self.schedules.remove(id))
    }
}
