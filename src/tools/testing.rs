//! What a call may use, for tests of tools: answers are given, requests are kept.

use std::cell::RefCell;
use std::collections::VecDeque;

use deputy_agent::{
    CallContext, NewSchedule, Schedule, ScheduleError, Tool, VerifiedUser, first_run, parameters, read_input,
};
use deputy_http::{Request, Response, TransportError};
use deputy_models::ToolDefinition;
use futures::FutureExt;
use futures::future::{LocalBoxFuture, ready};
use serde_json::Value;

use crate::connections::Providers;
use crate::tools::ports::{Schedules, TimeZones, ToolPorts};
use crate::tools::provider::Provider;

/// The settings of the providers, each on a host of its own, with some changed.
pub fn providers(change: &[(&str, &str)]) -> Providers {
    let hosts = [
        ("AUTH0_ISSUER", "https://tenant.test/"),
        ("GOOGLE_API_BASE_URL", "https://google.test"),
        ("GITHUB_API_BASE_URL", "https://github.test"),
        ("SLACK_API_BASE_URL", "https://slack.test"),
        ("SALESFORCE_INSTANCE_URL", "https://salesforce.test"),
    ];
    let change: Vec<_> = change.iter().chain(&hosts).copied().collect();
    crate::config::testing::settings(&change).map(|settings| settings.providers).unwrap()
}

/// A provider with these settings.
pub fn provider(id: &str) -> Provider {
    Provider::of(&providers(&[]), id)
}

/// An input as a tool reads it from what the model gave, or what the model is told.
pub fn input<T: Tool>(given: Value) -> Result<T::Input, String> {
    read_input(T::NAME, &parameters::<T::Input>(), &given).map_err(|error| error.to_string())
}

/// The user of a session.
pub fn user() -> VerifiedUser {
    VerifiedUser { subject: "auth0|ana".into(), ..VerifiedUser::default() }
}

/// A tool as the model is offered it.
pub fn tool(name: &str) -> ToolDefinition {
    let tools = crate::tools::registry(&providers(&[]), &ToolPorts::none()).definitions();
    tools.into_iter().find(|tool| tool.name == name).unwrap()
}

/// 2026-11-23T07:00:00Z
pub const NOW: u64 = 1_795_417_200_000;

/// 2026-11-01T06:00:00Z: the end of summer time in New York.
const SUMMER_ENDS: u64 = 1_793_512_800_000;

/// See the module.
#[derive(Default)]
pub struct TestContext {
    /// The next answers; after the last nobody answers.
    pub answers: RefCell<VecDeque<Result<Response, TransportError>>>,
    /// What was sent.
    pub sent: RefCell<Vec<Request>>,
}

impl TestContext {
    /// One whose next answer is this one.
    pub fn answering(response: Response) -> Self {
        Self::with_answers([Ok(response)])
    }

    /// One that gives these answers in turn.
    pub fn with_answers(answers: impl IntoIterator<Item = Result<Response, TransportError>>) -> Self {
        Self { answers: RefCell::new(answers.into_iter().collect()), ..Self::default() }
    }
}

impl CallContext for TestContext {
    fn send(&self, request: Request) -> LocalBoxFuture<'_, Result<Response, TransportError>> {
        self.sent.borrow_mut().push(request);
        let answer = self.answers.borrow_mut().pop_front();
        ready(answer.unwrap_or(Err(TransportError::Unreachable { host: "test".into() }))).boxed_local()
    }

    fn now(&self) -> u64 {
        NOW
    }

    fn call_id(&self) -> String {
        "call_1".to_owned()
    }

    fn user(&self) -> Option<&VerifiedUser> {
        None
    }
}

/// Some zones; the user is in Berlin.
pub struct TestZones;

impl TimeZones for TestZones {
    fn of_user(&self) -> String {
        "Europe/Berlin".to_owned()
    }

    fn offset(&self, time_zone: &str, at: u64) -> Option<i32> {
        match time_zone {
            "UTC" => Some(0),
            "Europe/Berlin" => Some(3600),
            "Asia/Tokyo" => Some(32_400),
            "America/St_Johns" => Some(-12_600),
            "America/New_York" => Some(if at < SUMMER_ENDS { -14_400 } else { -18_000 }),
            _ => None,
        }
    }
}

/// What is scheduled.
#[derive(Default)]
pub struct TestSchedules(pub RefCell<Vec<Schedule>>);

impl Schedules for TestSchedules {
    fn add<'a>(&'a self, new: NewSchedule, _call_id: &'a str) -> LocalBoxFuture<'a, Result<Schedule, ScheduleError>> {
        let next = first_run(&new.when, NOW, |zone, at| TestZones.offset(zone, at));
        let schedule =
            next.map(|next_run| Schedule { id: "s1".into(), when: new.when, description: new.description, next_run });
        self.0.borrow_mut().extend(schedule.clone());
        ready(schedule).boxed_local()
    }

    fn list(&self) -> Vec<Schedule> {
        self.0.borrow().clone()
    }

    fn cancel<'a>(&'a self, id: &'a str) -> LocalBoxFuture<'a, Result<bool, ScheduleError>> {
        let mut schedules = self.0.borrow_mut();
        let before = schedules.len();
        schedules.retain(|schedule| schedule.id != id);
        ready(Ok(schedules.len() < before)).boxed_local()
    }
}
