use super::call::{Done, Refusal, ScheduleEntry};
use super::core::{Core, Host};
use super::counters::Counter;

impl<H: Host> Core<H> {
    /// Replaces what is known of a chat's schedules. With `added` the limits apply; a refusal changes nothing.
    pub(super) fn index_schedules(
        &self,
        chat: &str,
        schedules: &[ScheduleEntry],
        added: bool,
    ) -> Result<Done, Refusal> {
        self.require_chat(chat)?;
        if added {
            self.check_schedules(chat, schedules.len() as u64)?;
            self.count(Counter::Schedules, 1)?;
        }
        self.exec("DELETE FROM schedules WHERE chat = ?", &[chat.into()])?;
        for schedule in schedules {
            let entry = ScheduleEntry { chat_id: chat.to_owned(), ..schedule.clone() };
            let json = deputy_http::json::write(&entry);
            self.exec(
                "INSERT OR REPLACE INTO schedules (chat, id, entry, next_run) VALUES (?, ?, ?, ?)",
                &[chat.into(), entry.id.as_str().into(), json.as_str().into(), entry.next_run.into()],
            )?;
        }
        Ok(Done {})
    }

    /// Schedules of all chats, the next one first.
    pub(super) fn list_schedules(&self) -> Result<Vec<ScheduleEntry>, Refusal> {
        let entries = self.texts("SELECT entry AS value FROM schedules ORDER BY next_run, id", &[])?;
        Ok(entries.iter().filter_map(|entry| deputy_http::json::read(entry.as_bytes()).ok()).collect())
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
