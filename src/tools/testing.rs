//! A host for tests of tools: answers are given, requests are kept.

use std::cell::RefCell;

use deputy_agent::{Api, Host, NewSchedule, Schedule, ScheduleError, first_run};
use deputy_http::{Request, Response, TransportError};
use futures::FutureExt;
use futures::future::{LocalBoxFuture, ready};

/// 2026-11-23T07:00:00Z
pub const NOW: u64 = 1_795_417_200_000;

/// See the module.
#[derive(Default)]
pub struct TestHost {
    /// The next answer.
    pub answer: RefCell<Option<Result<Response, TransportError>>>,
    /// What was sent.
    pub sent: RefCell<Vec<Request>>,
    /// What is scheduled.
    pub schedules: RefCell<Vec<Schedule>>,
}

impl TestHost {
    /// A host whose next answer is this one.
    pub fn answering(response: Response) -> Self {
        let host = Self::default();
        *host.answer.borrow_mut() = Some(Ok(response));
        host
    }
}

impl Host for TestHost {
    fn send(&self, request: Request) -> LocalBoxFuture<'_, Result<Response, TransportError>> {
        self.sent.borrow_mut().push(request);
        let answer = self.answer.borrow_mut().take();
        ready(answer.unwrap_or(Err(TransportError::Unreachable { host: "test".into() }))).boxed_local()
    }

    fn now(&self) -> u64 {
        NOW
    }

    fn zone_offset(&self, time_zone: &str, _at: u64) -> Option<i32> {
        match time_zone {
            "UTC" => Some(0),
            "Europe/Berlin" => Some(3600),
            "Asia/Tokyo" => Some(32_400),
            "America/St_Johns" => Some(-12_600),
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
