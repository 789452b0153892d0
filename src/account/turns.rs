use serde_json::Map;

use super::call::{Done, Refusal, TurnContext};
use super::core::{Core, Host};
use super::counters::Counter;
use super::sessions::Session;
use crate::platform::intl::zone_name_is_plausible;

impl<H: Host> Core<H> {
    /// A turn begins: whose authority, which name, which zone; and is there budget for it?
    ///
    /// A turn that names a session gets that one or none. A scheduled task names none and gets the newest that is alive.
    pub(super) fn begin_turn(&self, chat: &str, session: Option<&str>) -> Result<TurnContext, Refusal> {
        self.require_chat(chat)?;
        self.check_today(Counter::Tokens, self.settings.limits.tokens_per_day)?;
        let session = self.session_for(session)?;
        Ok(TurnContext {
            time_zone: self.meta("time_zone")?,
            claims: session.as_ref().map_or_else(Map::new, Session::claims),
            session: session.map(|session| session.id),
        })
    }

    /// Counts model tokens.
    pub(super) fn spend_tokens(&self, tokens: u64) -> Result<Done, Refusal> {
        self.count(Counter::Tokens, tokens)?;
        Ok(Done {})
    }

    /// Stores the user's IANA zone; writes only when it changed.
    pub(super) fn set_time_zone(&self, time_zone: &str) -> Result<Done, Refusal> {
        if !zone_name_is_plausible(time_zone) {
            return Err(Refusal::new(400, "time_zone_invalid", "This is not the name of a time zone."));
        }
        if self.meta("time_zone")?.as_deref() != Some(time_zone) {
            self.set_meta("time_zone", time_zone)?;
        }
        Ok(Done {})
    }
}
