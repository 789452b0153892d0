//! What the tools of a chat are made with, and what one tool call may use.

use std::cell::RefCell;
use std::rc::Rc;

use deputy_agent::{CallContext, NewSchedule, Schedule, ScheduleError, VerifiedUser};
use deputy_http::{Request, Response, TransportError};
use futures::future::LocalBoxFuture;

use super::ports::Platform;
use super::schedules::Schedules;
use crate::platform::intl::zone_name_is_plausible;
use crate::tools::ports;

/// One tool call.
pub struct ToolCall<'a, P> {
    /// The platform.
    pub platform: &'a P,
    /// Its id.
    pub call_id: &'a str,
    /// For whom it is made.
    pub user: Option<&'a VerifiedUser>,
}

impl<P: Platform> CallContext for ToolCall<'_, P> {
    fn send(&self, request: Request) -> LocalBoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.platform.send(request))
    }

    fn now(&self) -> u64 {
        self.platform.now()
    }

    fn call_id(&self) -> String {
        self.call_id.to_owned()
    }

    fn user(&self) -> Option<&VerifiedUser> {
        self.user
    }
}

impl<P: Platform> ports::Schedules for Schedules<P> {
    fn add<'a>(&'a self, new: NewSchedule, call_id: &'a str) -> LocalBoxFuture<'a, Result<Schedule, ScheduleError>> {
        Box::pin(Schedules::add(self, new, call_id))
    }

    fn list(&self) -> Vec<Schedule> {
        Schedules::list(self)
    }

    fn cancel<'a>(&'a self, id: &'a str) -> LocalBoxFuture<'a, Result<bool, ScheduleError>> {
        Box::pin(self.remove(id))
    }
}

/// Time zones, and which is the user's.
pub struct Zones<P> {
    platform: Rc<P>,
    of_user: RefCell<Option<String>>,
    /// The zone that the client named last and that nobody knows.
    refused: RefCell<Option<String>>,
}

impl<P: Platform> Zones<P> {
    /// Nothing is known of the user yet.
    pub fn new(platform: Rc<P>) -> Self {
        Self { platform, of_user: RefCell::default(), refused: RefCell::default() }
    }

    /// A turn begins for a user of this zone, if it is known.
    pub fn set_user(&self, time_zone: Option<String>) {
        *self.of_user.borrow_mut() = time_zone;
    }

    /// The client named this zone. True when there is such a zone; else what is used instead is said.
    pub fn named(&self, time_zone: &str) -> bool {
        let known = self.platform.zone_offset(time_zone, self.platform.now()).is_some();
        *self.refused.borrow_mut() = (!known).then(|| time_zone.to_owned());
        known
    }
}

impl<P: Platform> ports::TimeZones for Zones<P> {
    fn of_user(&self) -> String {
        self.of_user.borrow().clone().unwrap_or_else(|| "UTC".to_owned())
    }

    fn instead(&self) -> Option<String> {
        match (self.refused.borrow().as_deref(), self.of_user.borrow().is_some()) {
            (Some(zone), _) if zone_name_is_plausible(zone) => {
                Some(format!("the user's client says {zone}, which is not known here"))
            }
            (Some(_), _) => Some("what the user's client says is no time zone".to_owned()),
            (None, true) => None,
            (None, false) => Some("the user's own is not known".to_owned()),
        }
    }

    fn offset(&self, time_zone: &str, at: u64) -> Option<i32> {
        self.platform.zone_offset(time_zone, at)
    }
}
