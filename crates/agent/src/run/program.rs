//! A program calls a tool: a turn without a model, which ends with the call. Authority, waits and recovery are those of any call.

use serde_json::Value;

use super::driver::Driver;
use super::ports::{Ports, StoreError};
use crate::authority::Digest;
use crate::chat::{Accepted, CallHead, NewTurn, Origin, ProgramCall, TurnHead};
use crate::show::Cause;

/// A call that a program asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct CallAsk {
    /// Id of the call, unique in the chat: asked for again under it, it is the same call.
    pub id: String,
    /// Tool name.
    pub tool: String,
    /// The input.
    pub input: Value,
    /// What the program is called.
    pub client: String,
    /// Session whose authority it uses.
    pub session: Option<String>,
    /// Id of the stream on which the call is shown.
    pub stream: String,
}

impl<P: Ports> Driver<P> {
    /// Takes in a call that a program makes; the caller drives afterwards. How it stands is in the chat
    /// ([`State::call_part`](crate::State::call_part)).
    pub fn call(&self, ask: CallAsk) -> Result<Accepted, StoreError> {
        let CallAsk { id, tool, input, client, session, stream } = ask;
        let digest = self.digest_of(&tool, &input);
        let call = CallHead { id, tool, input, digest, input_error: None, provided: None, repeats: None };
        let NewTurn { id, request, message_id, at } = self.ports.new_turn(Some(&stream));
        let head = TurnHead {
            id,
            request,
            origin: Origin::Program(Box::new(ProgramCall { client, call })),
            session,
            connection: None,
            message_id,
            user_messages: Vec::new(),
            at,
            reports: Vec::new(),
        };
        let accepted = self.state.borrow().accept_call(head);
        if let Accepted::Turn(changes) = &accepted {
            self.commit(changes, Cause::Asked(None))?;
        }
        Ok(accepted)
    }

    /// What a call of this input is bound to.
    pub fn digest_of(&self, tool: &str, input: &Value) -> Digest {
        Digest::of(tool, input, &self.account())
    }
}
