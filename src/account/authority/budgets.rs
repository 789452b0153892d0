use crate::account::core::{Core, Ports};
use crate::objects::Refusal;

/// What is counted per user and UTC day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counter {
    ToolCalls,
    Tokens,
    Chats,
    Schedules,
}

impl Counter {
    pub fn name(self) -> &'static str {
        match self {
            Self::ToolCalls => "tool_calls",
            Self::Tokens => "tokens",
            Self::Chats => "chats",
            Self::Schedules => "schedules",
        }
    }

    /// The refusal when `limit` is reached: which setting, and when it is over.
    fn refusal(self, limit: u64) -> Refusal {
        let (code, what) = match self {
            Self::ToolCalls => ("limit_tool_calls_per_day", "tool calls"),
            Self::Tokens => ("limit_tokens_per_day", "model tokens"),
            Self::Chats => ("limit_chats_per_day", "new chats"),
            Self::Schedules => ("limit_schedules_per_day", "new schedules"),
        };
        Refusal::limit(code, format!("Today's limit of {limit} {what} is used up. It starts again at midnight UTC."))
    }
}

impl<P: Ports> Core<P> {
    /// How much of today is used.
    pub fn used_today(&self, counter: Counter) -> Result<u64, Refusal> {
        let binds = [day(self.ports.now()).into(), counter.name().into()];
        Ok(self.number("SELECT value FROM counters WHERE day = ? AND name = ?", &binds)?.unwrap_or(0))
    }

    /// Refuses when today's `limit` is reached.
    pub fn check_today(&self, counter: Counter, limit: u64) -> Result<(), Refusal> {
        self.left_today(counter, limit).map(drop)
    }

    /// What is left of the day's limit.
    ///
    /// Errors: nothing is.
    pub fn left_today(&self, counter: Counter, limit: u64) -> Result<u64, Refusal> {
        match limit.saturating_sub(self.used_today(counter)?) {
            0 => Err(counter.refusal(limit)),
            left => Ok(left),
        }
    }

    /// Counts, and forgets the days before.
    pub fn count(&self, counter: Counter, amount: u64) -> Result<(), Refusal> {
        let today = day(self.ports.now());
        self.exec("DELETE FROM counters WHERE day < ?", &[today.into()])?;
        self.exec(
            "INSERT INTO counters (day, name, value) VALUES (?, ?, ?)
                ON CONFLICT (day, name) DO UPDATE SET value = value + excluded.value",
            // One report cannot be so large that sums leave the exact integers of JavaScript.
            &[today.into(), counter.name().into(), amount.min(1 << 40).into()],
        )
    }
}

fn day(now_ms: u64) -> u64 {
    now_ms / 86_400_000
}
