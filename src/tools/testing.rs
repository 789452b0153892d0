//! A host for tests of tools: answers are given, requests are kept.

use std::cell::RefCell;
use std::collections::VecDeque;

use deputy_agent::{Api, Host, NewSchedule, Schedule, ScheduleError, first_run};
use deputy_http::{Request, Response, TransportError};
use deputy_models::ToolDefinition;
use futures::FutureExt;
use futures::future::{LocalBoxFuture, ready};

use crate::config::Providers;

/// The settings of the providers, with some changed.
pub fn providers(change: &[(&str, &str)]) -> Providers {
    crate::config::testing::settings(change).map(|settings| settings.providers).unwrap()
}

/// A tool as the model is offered it.
pub fn tool(name: &str) -> ToolDefinition {
    let tools = crate::tools::registry(&providers(&[])).definitions();
    tools.into_iter().find(|tool| tool.name == name).unwrap()
}

/// 2026-11-23T07:00:00Z
pub const NOW: u64 = 1_795_417_200_000;

/// 2026-11-01T06:00:00Z: the end of summer time in New York.
const SUMMER_ENDS: u64 = 1_793_512_800_000;

/// See the module.
#[derive(Default)]
pub struct TestHost {
    /// The next answers; after the last nobody answers.
    pub answers: RefCell<VecDeque<Result<Response, TransportError>>>,
    /// What was sent.
    pub sent: RefCell<Vec<Request>>,
    /// What is scheduled.
    pub schedules: RefCell<Vec<Schedule>>,
}

impl TestHost {
    /// A host whose next answer is this one.
    pub fn answering(response: Response) -> Self {
        Self::with_answers([Ok(response)])
    }

    /// A host that gives these answers in turn.
    pub fn with_answers(answers: impl IntoIterator<Item = Result<Response, TransportError>>) -> Self {
        Self { answers: RefCell::new(answers.into_iter().collect()), ..Self::default() }
    }
}

impl Host for TestHost {
    fn send(&self, request: Request) -> LocalBoxFuture<'_, Result<Response, TransportError>> {
        self.sent.borrow_mut().push(request);
        let answer = self.answers.borrow_mut().pop_front();
        ready(answer.unwrap_or(Err(TransportError::Unreachable { host: "test".into() }))).boxed_local()
    }

    fn now(&self) -> u64 {
        NOW
    }

    fn zone_offset(&self, time_zone: &str, at: u64) -> Option<i32> {
        match time_zone {
            "UTC" => Some(0),
            "Europe/Berlin" => Some(3600),
            "Asia/Tokyo" => Some(32_400),
            "America/St_Johns" => Some(-12_600),
            "America/New_York" => Some(if at < SUMMER_ENDS { -14_400 } else { -18_000 }),
            _ => None,
        }
    }

    fn time_zone(&self) -> String {
        "Europe/Berlin".to_owned()
    }

    fn base_url(&self, api: Api) -> Option<String> {
        Some(format!("https://{}.test", format!("{api:?}").to_lowercase()))
    }

    fn call_id(&self) -> String {
        "call_1".to_owned()
    }

    fn schedule(&self, new: NewSchedule) -> LocalBoxFuture<'_, Result<Schedule, ScheduleError>> {
        let next = first_run(&new.when, NOW, |zone, at| self.zone_offset(zone, at));
        let schedule =
            next.map(|next_run| Schedule { id: "s1".into(), when: new.when, description: new.description, next_run });
        if let Ok(schedule) = &schedule {
            self.schedules.borrow_mut().push(schedule.clone());
        }
        ready(schedule).boxed_local()
    }

    fn schedules(&self) -> Vec<Schedule> {
        self.schedules.borrow().clone()
    }

    fn cancel_schedule<'a>(&'a self, id: &'a str) -> LocalBoxFuture<'a, Result<bool, ScheduleError>> {
        let mut schedules = self.schedules.borrow_mut();
        let before = schedules.len();
        schedules.retain(|schedule| schedule.id != id);
        ready(Ok(schedules.len() < before)).boxed_local()
    }
}
