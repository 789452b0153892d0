//! What some tools need besides sending, the time and their call's id: they are given it when they are made.

use std::rc::Rc;

use deputy_agent::{NewSchedule, Schedule, ScheduleError, VerifiedUser};
use futures::future::{LocalBoxFuture, ready};

use super::documents::library::{Answer, Document, Documents, Library, NoAnswer, Passages};

/// The schedules of the chat.
pub trait Schedules {
    /// Adds one; the same call id adds it once.
    fn add<'a>(&'a self, new: NewSchedule, call_id: &'a str) -> LocalBoxFuture<'a, Result<Schedule, ScheduleError>>;
    /// All of them, the next one first.
    fn list(&self) -> Vec<Schedule>;
    /// Cancels one. False when there is none of that id.
    fn cancel<'a>(&'a self, id: &'a str) -> LocalBoxFuture<'a, Result<bool, ScheduleError>>;
}

/// Clocks on walls.
pub trait TimeZones {
    /// The user's own IANA zone, `UTC` when it is not known.
    fn of_user(&self) -> String;
    /// Why [`TimeZones::of_user`] is not the zone that the user is in, in words; none when it is.
    fn instead(&self) -> Option<String> {
        None
    }
    /// Offset of an IANA zone from UTC at an instant (milliseconds), in seconds; none for an unknown zone.
    fn offset(&self, time_zone: &str, at: u64) -> Option<i32>;
}

/// What the tools of a chat are made with.
#[derive(Clone)]
pub struct ToolPorts {
    /// The schedules of the chat.
    pub schedules: Rc<dyn Schedules>,
    /// Clocks on walls.
    pub zones: Rc<dyn TimeZones>,
    /// The documents of the user's tenant or organisation.
    pub library: Rc<dyn Library>,
}

impl ToolPorts {
    /// For tools that are listed and never called.
    pub fn none() -> Self {
        Self { schedules: Rc::new(Nothing), zones: Rc::new(Nothing), library: Rc::new(Nothing) }
    }
}

struct Nothing;

impl Schedules for Nothing {
    fn add(&self, _new: NewSchedule, _call_id: &str) -> LocalBoxFuture<'_, Result<Schedule, ScheduleError>> {
        Box::pin(ready(Err(ScheduleError::Storage)))
    }

    fn list(&self) -> Vec<Schedule> {
        Vec::new()
    }

    fn cancel<'a>(&'a self, _id: &'a str) -> LocalBoxFuture<'a, Result<bool, ScheduleError>> {
        Box::pin(ready(Ok(false)))
    }
}

impl TimeZones for Nothing {
    fn of_user(&self) -> String {
        "UTC".to_owned()
    }

    fn offset(&self, _time_zone: &str, _at: u64) -> Option<i32> {
        None
    }
}

impl Library for Nothing {
    fn search<'a>(&'a self, _user: &'a VerifiedUser, _question: &'a str, _wanted: usize) -> Answer<'a, Passages> {
        missing()
    }

    fn list<'a>(&'a self, _user: &'a VerifiedUser) -> Answer<'a, Documents> {
        missing()
    }

    fn add<'a>(
        &'a self,
        _user: &'a VerifiedUser,
        _id: &'a str,
        _title: &'a str,
        _text: &'a str,
    ) -> Answer<'a, Document> {
        missing()
    }

    fn find<'a>(&'a self, _user: &'a VerifiedUser, _id: &'a str) -> Answer<'a, Option<Document>> {
        missing()
    }
}

fn missing<'a, T: 'a>() -> Answer<'a, T> {
    Box::pin(ready(Err(NoAnswer::Missing)))
}
