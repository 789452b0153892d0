//! A chat as it stands: the fold over its log.

use std::collections::VecDeque;

use deputy_wire::{Message, Part, Role, ToolPart};
use serde_json::json;

use super::call::Call;
use super::limits::MAX_BRANCHES;
use super::pause::Pause;
use super::record::{Branch, Change, LoggedRows, ParkedCall, Record, TurnHead};
use super::turn::{Turn, part_of, set_part};
use crate::authority::Digest;

/// A chat as it stands. Built by [`State::apply`] from the log alone.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// Messages that will not change but for the parts of parked calls, in order.
    pub messages: Vec<Message>,
    /// The turn that runs or waits.
    pub turn: Option<Turn>,
    /// Turns that wait for it.
    pub queue: VecDeque<TurnHead>,
    /// Calls whose turns are over and which still wait, or run.
    pub parked: Vec<ParkedCall>,
    /// Conversations that were left, the oldest first.
    pub branches: Vec<Branch>,
    /// Rows that could not be read: while there are any, the chat is only read.
    pub unreadable: usize,
}

impl State {
    /// The state after these changes from nothing.
    pub fn fold(rows: impl Into<LoggedRows>) -> Self {
        let rows = rows.into();
        let mut state = Self { unreadable: rows.unreadable, ..Self::default() };
        for change in &rows.changes {
            state.apply(change);
        }
        state
    }

    /// Takes one change in. A change that does not fit the state is ignored: it can only come from a damaged log.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Append(record) => self.append(record),
            Change::EndTurn { turn, message, .. } => self.turn_ended(turn, message.as_ref()),
            Change::Unpark { call_id, message, .. } => {
                self.parked.retain(|parked| parked.call.head.id != *call_id);
                if let Some(known) = self.messages.iter_mut().find(|known| known.id == message.id) {
                    known.clone_from(message);
                }
            }
            Change::Told { message } => {
                if let Some(known) = self.messages.iter_mut().find(|known| known.id == message.id) {
                    known.clone_from(message);
                }
            }
            Change::Branch { from } => {
                if let Some(index) = self.messages.iter().position(|message| message.id == *from) {
                    let messages = self.messages.split_off(index);
                    let after = self.messages.last().map(|message| message.id.clone());
                    self.branched(Branch { after, messages });
                }
            }
            Change::Branched(branch) => self.branched(branch.clone()),
            Change::Clear => *self = Self::default(),
        }
    }

    /// A row could not be read: nothing more is written until the chat is cleared, or a build comes that can.
    pub fn is_read_only(&self) -> bool {
        self.unreadable > 0
    }

    /// What a client that loads the chat is shown: everything settled, and of the running answer what no open stream will
    /// bring.
    pub fn transcript(&self) -> Vec<Message> {
        let mut messages = self.messages.clone();
        if let Some(turn) = &self.turn {
            let shown = turn.stream.as_ref().map_or(turn.answer.parts.len(), |stream| stream.from_part);
            if shown > 0 {
                let mut answer = turn.answer.clone();
                answer.parts.truncate(shown);
                messages.insert(turn.position.min(messages.len()), answer);
            }
        }
        if self.is_read_only() {
            messages.push(read_only_notice(messages.last().map_or(0, |last| last.created_at)));
        }
        messages
    }

    /// A parked call.
    pub fn parked(&self, call_id: &str) -> Option<&ParkedCall> {
        self.parked.iter().find(|parked| parked.call.head.id == call_id)
    }

    /// A call that has not ended, of the running turn or parked.
    pub fn call(&self, call_id: &str) -> Option<&Call> {
        let running = self.turn.as_ref().and_then(|turn| turn.call(call_id));
        running.or_else(|| self.parked(call_id).map(|parked| &parked.call))
    }

    /// The turn a call belongs to, if the call has not ended.
    pub fn turn_of(&self, call_id: &str) -> Option<&TurnHead> {
        let running = self.turn.as_ref().filter(|turn| turn.call(call_id).is_some()).map(|turn| &turn.head);
        running.or_else(|| self.parked(call_id).map(|parked| &parked.turn))
    }

    /// Every call that waits for the user, with what it waits for: the newest last.
    pub fn waits(&self) -> impl Iterator<Item = (&Call, &Pause)> {
        let parked = self.parked.iter().filter_map(|parked| Some((&parked.call, parked.call.pause()?)));
        parked.chain(self.turn.iter().flat_map(Turn::pauses))
    }

    /// The newest message that has this call.
    pub fn message_of(&self, call_id: &str) -> Option<&Message> {
        let running = self.turn.iter().map(|turn| &turn.answer);
        running.chain(self.messages.iter().rev()).find(|message| part_of(message, call_id).is_some())
    }

    /// How a call stands, wherever in the conversation it is; also one of a program that waits for its turn.
    pub fn call_part(&self, call_id: &str) -> Option<ToolPart> {
        let told = self.message_of(call_id).and_then(|message| part_of(message, call_id)).cloned();
        let queued = || {
            let called = self.queue.iter().filter_map(TurnHead::program_call).find(|called| called.call.id == call_id);
            called.map(|called| Call::new(called.call.clone()).part(false))
        };
        told.or_else(queued)
    }

    /// The call of a program that is the very same as this one and has not ended: its id.
    pub fn open_program_call(&self, digest: &Digest) -> Option<&str> {
        let running = self.turn.iter().filter(|turn| turn.head.program_call().is_some()).flat_map(|turn| &turn.calls);
        let parked = self.parked.iter().filter(|parked| parked.turn.program_call().is_some());
        let begun = running.chain(parked.map(|parked| &parked.call)).filter(|call| call.outcome().is_none());
        let queued = self.queue.iter().filter_map(TurnHead::program_call).map(|called| &called.call);
        let mut heads = begun.map(|call| &call.head).chain(queued);
        heads.find(|head| head.digest == *digest).map(|head| head.id.as_str())
    }

    /// Right behind the message it answers: others may have been written since, and wait for their own turns.
    fn place_of(&self, turn: &TurnHead) -> usize {
        let answers = |message: &Message| turn.user_messages.contains(&message.id);
        self.messages.iter().rposition(answers).map_or(self.messages.len(), |index| index.saturating_add(1))
    }

    fn branched(&mut self, branch: Branch) {
        self.branches.push(branch);
        let over = self.branches.len().saturating_sub(MAX_BRANCHES);
        self.branches.drain(..over);
    }

    fn turn_ended(&mut self, id: &str, message: Option<&Message>) {
        self.queue.retain(|head| head.id != id);
        if self.turn.as_ref().is_some_and(|turn| turn.head.id == id)
            && let Some(turn) = self.turn.take()
            && let Some(message) = message
        {
            self.messages.insert(turn.position.min(self.messages.len()), message.clone());
        }
    }

    fn append(&mut self, record: &Record) {
        match record {
            Record::Message { message } => self.messages.push(message.clone()),
            Record::TurnQueued { turn } => match self.queue.iter_mut().find(|head| head.id == turn.id) {
                Some(head) => head.clone_from(turn),
                None => self.queue.push_back(turn.clone()),
            },
            Record::TurnStarted { turn } => {
                self.queue.retain(|head| head.id != turn.id);
                self.turn = Some(Turn::start(turn.clone(), self.place_of(turn)));
            }
            Record::CallParked { parked } => self.park(parked),
            other => {
                if let Some(turn) = &mut self.turn {
                    turn.append(other);
                }
            }
        }
    }

    fn park(&mut self, parked: &ParkedCall) {
        let message = self.messages.iter_mut().find(|message| message.id == parked.turn.message_id);
        let Some(message) = message else { return };
        set_part(message, parked.call.part(true));
        // What was written last stands last, as in the table.
        self.parked.retain(|known| known.call.head.id != parked.call.head.id);
        self.parked.push(parked.clone());
    }
}

/// What stands at the end of a chat that can only be read.
fn read_only_notice(at: u64) -> Message {
    let part = Part::Text { id: "read-only-text".to_owned(), text: READ_ONLY.to_owned() };
    Message {
        id: "deputy-read-only".to_owned(),
        role: Role::Assistant,
        parts: vec![part],
        created_at: at,
        told: None,
        metadata: Some(json!({"error": {"code": READ_ONLY_CODE, "message": READ_ONLY}})),
    }
}

/// Stable code of a chat that can only be read.
pub const READ_ONLY_CODE: &str = "chat_read_only";

/// Why nothing can be said in a chat, for its user.
pub const READ_ONLY: &str = "A part of this chat was written by a newer version or is damaged, so it can only be read. Nothing in it was \
    lost or run again. Please start a new chat.";
