//! What the user reads first of a question: the tool's message and, should the very same have been done before, that it has.

use deputy_agent::time_of_day;
use deputy_auth0::{ApprovalCode, BindingMessage};

/// The longest text that the details of a question may hold, characters.
const LONGEST_DETAIL: usize = 255;

/// What the user reads first.
pub(super) struct Instruction {
    message: String,
    /// That it is a second time, from long to short; none where it is the first.
    notices: Vec<String>,
}

impl Instruction {
    /// The message of a question. `before`: when the very same was done before, milliseconds; `offset_seconds` of the user's zone.
    pub(super) fn new(message: &str, before: Option<u64>, now: u64, offset_seconds: i32) -> Self {
        let notices = before.map(|at| {
            let at = time_of_day(at, now, offset_seconds);
            let timed = ["A second time", "Again"].map(|notice| format!("{notice}, done {at}: "));
            timed.into_iter().chain(["A second time: ".to_owned(), "2nd time: ".to_owned()]).collect()
        });
        Self { message: message.to_owned(), notices: notices.unwrap_or_default() }
    }

    /// For the details: whole, with as much of the notice as there is room for.
    pub(super) fn whole(&self) -> String {
        let with = |notice: &String| format!("{notice}{}", self.message);
        let fits = |text: &String| text.chars().count() <= LONGEST_DETAIL;
        let shortest = self.notices.last().map(with);
        self.notices.iter().map(with).find(fits).or(shortest).unwrap_or_else(|| self.message.clone())
    }

    /// For the device, with the code at its end where nothing else shows it there.
    pub(super) fn on_device(&self, code: Option<&ApprovalCode>) -> BindingMessage {
        BindingMessage::fit_behind(&self.notices, &self.message, code)
    }
}
