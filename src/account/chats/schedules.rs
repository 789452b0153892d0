use serde::{Deserialize, Serialize};

use crate::account::authority::budgets::Counter;
use crate::account::core::{Core, Ports};
use crate::account::request::AccountRequest;
use crate::objects::Refusal;

/// What is scheduled in a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleSummary {
    /// Schedule id.
    pub id: String,
    /// What will be done.
    pub description: String,
    /// `scheduled`, `delayed` or `cron`.
    pub kind: String,
    /// Cron expression.
    pub cron: Option<String>,
    /// IANA zone the expression is read in.
    pub time_zone: Option<String>,
    /// Next run, milliseconds.
    pub next_run: u64,
}

/// The schedules of a chat, as they are now: replaces what was known. Refused when there are too many; a refusal changes nothing.
#[derive(Debug, Serialize, Deserialize)]
pub struct IndexSchedules {
    /// Chat id.
    pub chat: String,
    /// All of them.
    pub schedules: Vec<ScheduleSummary>,
    /// True when one was added just now: the limits apply, and it counts against the day.
    pub added: bool,
}

impl AccountRequest for IndexSchedules {
    const NAME: &'static str = "index_schedules";
    type Reply = ();

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<(), Refusal> {
        account.index_schedules(&self.chat, self.schedules, self.added)
    }
}

/// Schedules of all chats, the next one first.
#[derive(Debug, Serialize, Deserialize)]
pub struct ListSchedules {}

/// A schedule and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexedSchedule {
    /// Chat id.
    pub chat: String,
    /// The schedule.
    pub schedule: ScheduleSummary,
}

impl AccountRequest for ListSchedules {
    const NAME: &'static str = "list_schedules";
    type Reply = Vec<IndexedSchedule>;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<Vec<IndexedSchedule>, Refusal> {
        account.list_schedules()
    }
}

/// A schedule as its row keeps it, JSON.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredSchedule {
    id: String,
    #[serde(default)]
    chat_id: String,
    description: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    cron: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    time_zone: Option<String>,
    next_run: u64,
}

impl From<StoredSchedule> for IndexedSchedule {
    fn from(stored: StoredSchedule) -> Self {
        let StoredSchedule { id, chat_id, description, kind, cron, time_zone, next_run } = stored;
        Self { chat: chat_id, schedule: ScheduleSummary { id, description, kind, cron, time_zone, next_run } }
    }
}

impl<P: Ports> Core<P> {
    fn index_schedules(&self, chat: &str, schedules: Vec<ScheduleSummary>, added: bool) -> Result<(), Refusal> {
        self.require_chat(chat)?;
        if added {
            self.check_schedules(chat, schedules.len() as u64)?;
            self.count(Counter::Schedules, 1)?;
        }
        self.exec("DELETE FROM schedules WHERE chat = ?", &[chat.into()])?;
        for schedule in schedules {
            let ScheduleSummary { id, description, kind, cron, time_zone, next_run } = schedule;
            let chat_id = chat.to_owned();
            let stored = StoredSchedule { id, chat_id, description, kind, cron, time_zone, next_run };
            let json = deputy_http::json::write(&stored);
            self.exec(
                "INSERT OR REPLACE INTO schedules (chat, id, entry, next_run) VALUES (?, ?, ?, ?)",
                &[chat.into(), stored.id.as_str().into(), json.as_str().into(), next_run.into()],
            )?;
        }
        Ok(())
    }

    fn list_schedules(&self) -> Result<Vec<IndexedSchedule>, Refusal> {
        let entries = self.texts("SELECT entry AS value FROM schedules ORDER BY next_run, id", &[])?;
        let stored =
            entries.iter().filter_map(|entry| deputy_http::json::read::<StoredSchedule>(entry.as_bytes()).ok());
        Ok(stored.map(IndexedSchedule::from).collect())
    }

    fn check_schedules(&self, chat: &str, here: u64) -> Result<(), Refusal> {
        let limits = self.settings.limits;
        let elsewhere = self.number("SELECT count(*) AS value FROM schedules WHERE chat <> ?", &[chat.into()])?;
        if elsewhere.unwrap_or(0).saturating_add(here) > limits.schedules {
            let message =
                format!("You have {} schedules, which is the limit. Cancel some to make room.", limits.schedules);
            return Err(Refusal::limit("limit_schedules", message));
        }
        self.check_today(Counter::Schedules, limits.schedules_per_day)
    }
}
