//! Sockets end with the sessions that opened them: when the time has come, also when nobody says anything on them.

use std::collections::BTreeMap;

use super::chat::Core;
use super::ports::{Account, Platform};

/// An account that cannot be reached is asked again after this time, milliseconds: a page that is in use is not closed for that.
const LOOK_AGAIN_MS: u64 = 30_000;

impl<P: Platform> Core<P> {
    /// Looks after the sockets whose sessions have ended as things stood. A session that has been used since is told to last longer; the
    /// sockets of any other are closed (S-16), with the code that says "do not come back".
    pub(super) async fn look_at_sessions(&self) {
        let sockets = &self.ports().sockets;
        let now = self.now();
        let due: Vec<_> = sockets.all().iter().filter(|socket| socket.attachment().exp <= now).cloned().collect();
        let mut ends: BTreeMap<Option<String>, Option<u64>> = BTreeMap::new();
        for socket in &due {
            let session = socket.attachment().session;
            let end = match (ends.get(&session), &session) {
                (Some(end), _) => *end,
                (None, Some(id)) => self.session_end(id).await,
                (None, None) => None,
            };
            ends.insert(session, end);
        }
        let now = self.now();
        for socket in due {
            let end = ends.get(&socket.attachment().session).copied().flatten();
            if let Some(end) = end.filter(|end| *end > now) {
                socket.update(|attachment| attachment.exp = end);
                // What it has not heard meanwhile.
                self.tell_again(&socket);
            }
        }
        sockets.close_where("Unauthorized", &|open| {
            let looked = ends.contains_key(&open.session);
            looked && open.exp <= now
        });
    }

    /// When the session ends, as things stand; none when it has.
    async fn session_end(&self, session: &str) -> Option<u64> {
        let Ok(account) = self.ports().owner.account() else { return None };
        let unreached = |now: u64| Some(now.saturating_add(LOOK_AGAIN_MS));
        account.session_end(session).await.unwrap_or_else(|_| unreached(self.now()))
    }
}
