//! Requests for a turn, as changes of the log. Pure: ids and time are given.

use deputy_wire::{Message, Part, Role};

use super::limits::{MAX_QUEUED, MAX_QUEUED_CALLS};
use super::outcome::TurnOutcome;
use super::record::{Change, Origin, Record, TurnHead};
use super::state::State;
use super::turn::Turn;

/// A request for a turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// As it will be accepted.
    pub head: TurnHead,
    /// The user's new message: id and text. None to answer the last one again.
    pub user: Option<(String, String)>,
    /// The last message the client kept, when it cut its transcript (regenerate).
    pub keep_to: Option<String>,
}

/// What became of a request for a turn.
#[derive(Debug, Clone, PartialEq)]
pub enum Accepted {
    /// It runs or waits for its turn, once these changes are written. Streams of these ids end at once.
    Turn(Vec<Change>),
    /// This message is known and nothing new is asked for.
    Duplicate,
    /// There is nothing to answer.
    Nothing,
    /// Too many wait already.
    TooMany,
    /// The chat can only be read ([`State::is_read_only`]).
    ReadOnly,
}

impl State {
    /// Takes in a request for a turn.
    pub fn accept(&self, ask: Ask) -> Accepted {
        if self.is_read_only() {
            return Accepted::ReadOnly;
        }
        match ask.user {
            Some((id, _)) if self.is_answer(&id) => Accepted::Nothing,
            Some((id, text)) => match self.messages.iter().find(|message| message.id == id) {
                Some(known) if message_text(known) == text => Accepted::Duplicate,
                Some(_) => self.edit(ask.head, id, text),
                None => self.say(ask.head, id, text),
            },
            None => self.regenerate(ask.head, ask.keep_to.as_deref()),
        }
    }

    /// Takes in a program's call. One whose id the chat knows is not made again.
    pub fn accept_call(&self, head: TurnHead) -> Accepted {
        if self.is_read_only() {
            return Accepted::ReadOnly;
        }
        match head.program_call() {
            None => return Accepted::Nothing,
            Some(called) if self.call_part(&called.call.id).is_some() => return Accepted::Duplicate,
            Some(_) if self.queue.len() >= MAX_QUEUED_CALLS => return Accepted::TooMany,
            Some(_) => {}
        }
        let mut changes = Vec::new();
        self.begin(head, &mut changes);
        Accepted::Turn(changes)
    }

    /// The change that ends the running turn.
    pub fn end_turn(&self, outcome: &TurnOutcome) -> Option<Change> {
        self.turn.as_ref().map(|turn| Change::EndTurn {
            turn: turn.head.id.clone(),
            outcome: outcome.clone(),
            message: turn.finished(outcome),
        })
    }

    /// Stops the turn of this request or stream, running, waiting or queued. None when there is none.
    pub fn stop(&self, request: &str) -> Option<Vec<Change>> {
        if self.is_read_only() {
            return None;
        }
        if let Some(turn) = &self.turn
            && (turn.head.request == request || turn.stream.as_ref().is_some_and(|stream| stream.id == request))
        {
            return self.end_turn(&TurnOutcome::Stopped).map(|change| vec![change]);
        }
        let queued = self.queue.iter().find(|head| head.request == request)?;
        Some(vec![end_queued(queued, &TurnOutcome::Stopped)])
    }

    /// Begins a turn, or lets it wait for the one that works. A turn that only waits for the user gives way.
    pub(super) fn begin(&self, head: TurnHead, changes: &mut Vec<Change>) {
        if self.is_busy() {
            changes.push(Change::Append(Record::TurnQueued { turn: head }));
            return;
        }
        let parks = self.park_turn();
        changes.splice(0..0, parks);
        changes.push(Change::Append(Record::TurnStarted { turn: head }));
    }

    /// A turn works, or waits for its turn to.
    fn is_busy(&self) -> bool {
        self.turn.as_ref().is_some_and(|turn| !turn.rests()) || !self.queue.is_empty()
    }

    fn say(&self, mut head: TurnHead, id: String, text: String) -> Accepted {
        if self.is_busy() && self.queue.len() >= MAX_QUEUED {
            return Accepted::TooMany;
        }
        let mut changes = vec![user_message(&mut head, id, text)];
        self.begin(head, &mut changes);
        Accepted::Turn(changes)
    }

    /// The message and everything after it are left for another branch.
    fn edit(&self, mut head: TurnHead, id: String, text: String) -> Accepted {
        let mut changes = self.end_all();
        changes.extend(self.leave(&changes, &id));
        changes.push(user_message(&mut head, id, text));
        changes.push(Change::Append(Record::TurnStarted { turn: head }));
        Accepted::Turn(changes)
    }

    /// The answer to the last message of the user that was kept is left for another branch.
    fn regenerate(&self, mut head: TurnHead, keep_to: Option<&str>) -> Accepted {
        let mut changes = self.end_all();
        let messages = self.messages_after(&changes);
        let kept = keep_to.and_then(|id| messages.iter().position(|message| message.id == id));
        let Some(last) = kept.or_else(|| messages.len().checked_sub(1)) else { return Accepted::Nothing };
        let user = messages.iter().take(last.saturating_add(1)).rposition(|message| message.role == Role::User);
        let Some(user) = user else { return Accepted::Nothing };
        head.user_messages = messages.get(user).map(|message| message.id.clone()).into_iter().collect();
        head.origin = Origin::Regenerate;
        if let Some(next) = messages.get(user.saturating_add(1)) {
            changes.extend(self.leave(&changes, &next.id));
        }
        changes.push(Change::Append(Record::TurnStarted { turn: head }));
        Accepted::Turn(changes)
    }

    /// Leaves the messages from this one on, as they stand after these changes, with what waits in them.
    fn leave(&self, before: &[Change], from: &str) -> Vec<Change> {
        let messages = self.messages_after(before);
        let index = messages.iter().position(|message| message.id == from).unwrap_or(messages.len());
        let mut changes = self.supersede(messages.get(index..).unwrap_or_default());
        changes.push(Change::Branch { from: from.to_owned() });
        changes
    }

    /// What the running turn leaves behind is a message like any other, and may be one of those that go.
    fn messages_after(&self, changes: &[Change]) -> Vec<Message> {
        let mut messages = self.messages.clone();
        if let (Some(turn), Some(Change::EndTurn { message: Some(left), .. })) = (&self.turn, changes.first()) {
            messages.insert(turn.position.min(messages.len()), left.clone());
        }
        messages
    }

    /// True for the id of an answer, finished or running: those are not the user's to write.
    fn is_answer(&self, id: &str) -> bool {
        let answers = self.messages.iter().filter(|message| message.role == Role::Assistant);
        let heads = self.turn.iter().map(|turn: &Turn| &turn.head).chain(&self.queue);
        answers.map(|message| &message.id).chain(heads.map(|head| &head.message_id)).any(|answer| answer == id)
    }

    fn end_all(&self) -> Vec<Change> {
        let outcome = TurnOutcome::Superseded;
        let mut changes: Vec<Change> = self.end_turn(&outcome).into_iter().collect();
        changes.extend(self.queue.iter().map(|head| end_queued(head, &outcome)));
        changes
    }
}

fn end_queued(head: &TurnHead, outcome: &TurnOutcome) -> Change {
    Change::EndTurn { turn: head.id.clone(), outcome: outcome.clone(), message: None }
}

/// The text of a message, parts joined by a blank line.
pub fn message_text(message: &Message) -> String {
    let texts = message.parts.iter().filter_map(|part| match part {
        Part::Text { text, .. } => Some(text.as_str()),
        Part::Reasoning { .. } | Part::StepStart | Part::Tool(_) | Part::Report { .. } => None,
    });
    texts.collect::<Vec<_>>().join("\n\n")
}

fn user_message(head: &mut TurnHead, id: String, text: String) -> Change {
    head.user_messages = vec![id.clone()];
    let message = Message {
        parts: vec![Part::Text { id: format!("{id}-text"), text }],
        id,
        role: Role::User,
        created_at: head.at,
        told: None,
        metadata: None,
    };
    Change::Append(Record::Message { message })
}
