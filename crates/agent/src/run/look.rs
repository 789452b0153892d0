//! A call that was cut off while it ran: the tool looks whether it happened, if it can.

use super::call::{Next, failed, outcome};
use super::driver::Driver;
use super::ports::{Obtain, Ports, TurnContext};
use crate::authority::{Authority, Grant, Related};
use crate::chat::{Call, PauseReason};
use crate::tool::ErasedTool;

impl<P: Ports> Driver<P> {
    /// Looks whether the call happened. What cannot be found out stays unknown, and the card stays: so it does for a user who may not do
    /// this any more, and who is not told what came of it.
    pub(super) async fn look(
        &self,
        call: &Call,
        tool: &dyn ErasedTool,
        ask: Obtain,
        context: &TurnContext,
        related: Related,
    ) -> Next {
        if matches!(related, Related::Refused(_)) {
            return Next::Pause(PauseReason::Outcome { can_check: true });
        }
        // Looking takes the connection, not the yes: that was given for doing it.
        let asks = |authority: &Authority| matches!(authority, Authority::Session | Authority::Vault { .. });
        let ask = Obtain { authority: ask.authority.into_iter().filter(asks).collect(), ..ask };
        let credentials = match self.obtain(&ask, &call.consents).await {
            Ok(credentials) => credentials,
            Err(next) => return next,
        };
        if !self.holds(call) {
            return Next::Gone;
        }
        let host = self.ports.host(context, &call.head.id);
        match tool.check(call.head.input.clone(), Grant::mint(credentials), host.as_ref()).await {
            Ok(Some(output)) => outcome(Ok(output)),
            Ok(None) => failed("not_done", NOT_DONE),
            Err(_) => Next::Pause(PauseReason::Outcome { can_check: true }),
        }
    }
}

/// It was looked for and not found.
const NOT_DONE: &str = "This was interrupted before it took effect: it was looked for and has not happened.";
