//! A call that was cut off while it ran: the tool looks whether it happened, if it can.

use crate::authority::Authority;
use crate::calls::{Next, failed, outcome};
use crate::driver::Driver;
use crate::permit::Grant;
use crate::ports::{Obtain, Ports, StoreError, TurnContext};
use crate::record::PauseReason;
use crate::state::Call;
use crate::tool::ErasedTool;

impl<P: Ports> Driver<P> {
    /// Looks whether the call happened. What cannot be found out stays unknown, and the card stays.
    pub(crate) async fn look(
        &self,
        call: &Call,
        tool: &dyn ErasedTool,
        ask: Obtain,
        context: &TurnContext,
        turn: &str,
    ) -> Result<Next, StoreError> {
        // Looking takes the connection, not the yes: that was given for doing it.
        let asks = |authority: &Authority| matches!(authority, Authority::Session | Authority::Vault { .. });
        let ask = Obtain { authority: ask.authority.into_iter().filter(asks).collect(), ..ask };
        let credentials = match self.obtain(&ask, &call.consents).await {
            Ok(credentials) => credentials,
            Err(next) => return Ok(next),
        };
        if !self.is_current(turn) {
            return Ok(Next::Gone);
        }
        let host = self.ports.host(context, &call.head.id);
        Ok(match tool.check(call.head.input.clone(), Grant::mint(credentials), host.as_ref()).await {
            Ok(Some(output)) => outcome(Ok(output)),
            Ok(None) => failed(NOT_DONE),
            Err(_) => Next::Pause(PauseReason::Outcome { can_check: true }),
        })
    }
}

/// It was looked for and not found.
const NOT_DONE: &str = "This was interrupted before it took effect: it was looked for and has not happened.";
