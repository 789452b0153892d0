//! One step: the model is asked, and its answer is shown while it comes.

use deputy_error::Explained;
use deputy_models::{FinishReason, ModelError, ModelEvent, ModelRequest, ToolCall};
use deputy_wire::{Message, Part, StreamEvent};
use futures::StreamExt;

use super::driver::Driver;
use super::ports::{Ports, StoreError, TurnContext};
use super::unsaid::{Rest, Unsaid};
use crate::authority::Digest;
use crate::chat::{
    CallHead, Change, Clock, MAX_ANSWER_BYTES, MAX_CALLS, NextStep, Origin, Record, Turn, TurnHead, TurnOutcome, Usage,
    in_words, plain_prompt, system_prompt, told,
};
use crate::show::{Cause, on_stream};
use crate::tool::Registry;

impl<P: Ports> Driver<P> {
    /// Asks the model for the next step of the running turn.
    pub(super) async fn call_model(&self, next: NextStep) -> Result<(), StoreError> {
        let Some(head) = self.turn(|turn| turn.head.clone()) else { return Ok(()) };
        let context = match self.turn_context(&head).await {
            Ok(context) => context,
            Err(problem) => return self.fail(&head, &problem.code, &problem.message),
        };
        if !self.is_current(&head.id) {
            return Ok(());
        }
        let mut changes = if next.step == 1 { self.told_with(&head, &context) } else { Vec::new() };
        let NextStep { step, attempt, last } = next;
        changes.push(Change::Append(Record::StepStarted { step, attempt, last }));
        self.commit(&changes, Cause::Engine)?;
        match self.ask(&head, next, &context).await {
            Ok(()) => Ok(()),
            Err(Cut::Store(error)) => Err(error),
            Err(Cut::Model(error)) => self.fail(&head, error.code(), &error.user_message()),
        }
    }

    /// What the model is asked. `words`: the conversation is told without a call in it, where no tools are offered.
    pub(super) fn request(&self, head: &TurnHead, last: bool, words: bool, context: &TurnContext) -> ModelRequest {
        let marks = self.ports.marks();
        let tools = self.tools();
        let messages = self.state().conversation(&tools, marks, &context.hidden);
        let offered = self.offered(&tools, head, context);
        let instructions = tools.instructions(&offered);
        let definitions = || offered.iter().filter_map(|name| tools.definition(name)).collect();
        ModelRequest {
            system: if context.plain {
                plain_prompt(&instructions, self.ports.now(), &context.time_zone, marks)
            } else {
                system_prompt(&instructions, context.user.as_ref().and_then(|user| user.name.as_deref()), marks)
            },
            messages: if words { in_words(messages) } else { messages },
            tools: if last { Vec::new() } else { definitions() },
            max_output_tokens: None,
        }
    }

    /// The tools of a turn: a small model is offered those that the conversation needs, who does a due task none to schedule it again,
    /// and nobody what is withheld from the user.
    fn offered<'t>(&self, tools: &'t Registry, head: &TurnHead, context: &TurnContext) -> Vec<&'t str> {
        let needed = if self.ports.is_small() { self.state().needed_tools(tools) } else { tools.names() };
        let due = head.origin == Origin::Schedule;
        let withheld = |name: &str| context.withheld.iter().any(|withheld| withheld == name);
        let refused = |name: &str| withheld(name) || tools.programs_only(name) || due && tools.schedules(name);
        needed.into_iter().filter(|name| !refused(name)).collect()
    }

    /// The day and the hour of the message that is answered, and what an answer that was dropped has done: kept with the message for
    /// good, so that the beginning of the conversation stays the same.
    fn told_with(&self, head: &TurnHead, context: &TurnContext) -> Vec<Change> {
        let state = self.state.borrow();
        let asked = head.user_messages.last().and_then(|id| state.messages.iter().find(|message| message.id == *id));
        let Some(message) = asked else { return Vec::new() };
        let instead = context.zone_instead.as_deref();
        let clock =
            Clock { at: head.at, time_zone: &context.time_zone, offset_seconds: context.offset_seconds, instead };
        let done = state.dropped_effects(&message.id, &self.tools());
        let told = told(clock, head.origin == Origin::Schedule, &done);
        if message.told.as_ref() == Some(&told) {
            return Vec::new();
        }
        vec![Change::Told { message: Message { told: Some(told), ..message.clone() } }]
    }

    /// Follows the model's answer to its end.
    pub(super) async fn follow(&self, head: &TurnHead, step: u32, request: &ModelRequest) -> Result<Followed, Cut> {
        let mut stream = self.ports.open_model(request).await?;
        let mut calls = Vec::new();
        let mut bytes = 0_usize;
        let mut usage = None;
        let mut unsaid = request.tools.is_empty().then(Unsaid::default);
        while let Some(read) = stream.next().await {
            if !self.is_current(&head.id) {
                return Ok(Followed::ToItsEnd);
            }
            let mut events = Vec::new();
            for event in read? {
                match event {
                    ModelEvent::Text(text) => {
                        bytes = bytes.saturating_add(text.len());
                        let text = match &mut unsaid {
                            Some(unsaid) => unsaid.push(text),
                            None => text,
                        };
                        self.say(step, &text, false, &mut events);
                    }
                    ModelEvent::Reasoning(text) => {
                        bytes = bytes.saturating_add(text.len());
                        self.say(step, &text, true, &mut events);
                    }
                    ModelEvent::ToolCall(call) => calls.push(call),
                    ModelEvent::Usage { input_tokens, output_tokens, cached_tokens } => {
                        let used = input_tokens.saturating_add(output_tokens);
                        self.spent.set(self.spent.get().saturating_add(used));
                        usage = Some(Usage { input: input_tokens, cached: cached_tokens, output: output_tokens });
                    }
                    ModelEvent::Finished(reason) => self.live.borrow_mut().finished(shown(reason)),
                }
            }
            self.show_text(events);
            self.flush_if_due()?;
            if bytes > MAX_ANSWER_BYTES {
                self.live.borrow_mut().finished(deputy_wire::FinishReason::Length);
                break;
            }
        }
        drop(stream);
        if !self.is_current(&head.id) {
            return Ok(Followed::ToItsEnd);
        }
        if let Some(unsaid) = unsaid {
            match unsaid.rest() {
                Rest::OnlyACall => return Ok(Followed::OnlyACall),
                Rest::Text(text) => self.say_at_once(step, &text),
            }
            // It was offered no tools: whatever it calls is not there.
            return self.finish_without_tools(step, usage).map(|()| Followed::ToItsEnd);
        }
        self.answered(step, calls, usage)?;
        Ok(Followed::ToItsEnd)
    }

    /// A step without tools is over: it is an answer, whatever the model has said.
    pub(super) fn finish_without_tools(&self, step: u32, usage: Option<Usage>) -> Result<(), Cut> {
        self.live.borrow_mut().finished(deputy_wire::FinishReason::Stop);
        if self.turn(says_nothing).unwrap_or_default() {
            self.say_at_once(step, NOTHING_TO_SAY);
        }
        Ok(self.answered(step, Vec::new(), usage)?)
    }

    fn say_at_once(&self, step: u32, text: &str) {
        let mut events = Vec::new();
        self.say(step, text, false, &mut events);
        self.show_text(events);
    }

    /// The model has finished its step: its calls are written before any is tried.
    fn answered(&self, step: u32, calls: Vec<ToolCall>, usage: Option<Usage>) -> Result<(), StoreError> {
        let (account, tools) = (self.account(), self.tools());
        let (mut changes, mut requested) = (Vec::new(), Vec::new());
        for (index, call) in calls.into_iter().enumerate() {
            let too_many = (index >= MAX_CALLS).then(|| format!("At most {MAX_CALLS} calls in one step."));
            let mut call = CallHead {
                id: self.ports.named("call_"),
                digest: Digest::of(&call.name, &call.arguments, &account),
                tool: call.name,
                input: call.arguments,
                input_error: call.arguments_error.or(too_many),
                provided: call.provided,
                repeats: None,
            };
            call.repeats = self.turn(|turn| turn.twin(&call, &requested, &tools)).flatten();
            requested.push(call.clone());
            changes.push(Change::Append(Record::CallRequested { call }));
        }
        changes.push(Change::Append(Record::ModelAnswered { step, usage }));
        self.commit(&changes, Cause::Engine)
    }

    fn say(&self, step: u32, text: &str, reasoning: bool, events: &mut Vec<StreamEvent>) {
        if text.is_empty() {
            return;
        }
        let part = self.live.borrow_mut().text(step, text, reasoning, events);
        self.unwritten.borrow_mut().push(&part, text, reasoning);
        if let Some(turn) = &mut self.state.borrow_mut().turn {
            turn.push_text(&part, text, reasoning);
        }
    }

    /// Text is shown before it is written: it is the only thing that a crash may take back.
    pub(super) fn show_text(&self, mut events: Vec<StreamEvent>) {
        if events.is_empty() {
            return;
        }
        let shown = self.turn(|turn| {
            let stream = turn.stream.as_ref()?;
            on_stream(&mut self.live.borrow_mut(), turn, &stream.id, &mut events)
        });
        self.show(shown.flatten().as_slice());
    }

    /// Text that waits is written by time or size, never by count: a commit costs more than anything else here.
    fn flush_if_due(&self) -> Result<(), StoreError> {
        let now = self.ports.now();
        if self.unwritten.borrow().is_due(now) {
            self.ports.write(self.unwritten.borrow().rows())?;
            self.unwritten.borrow_mut().written(now);
        }
        Ok(())
    }

    /// Ends the turn with a sentence in the chat.
    fn fail(&self, head: &TurnHead, code: &str, message: &str) -> Result<(), StoreError> {
        if !self.is_current(&head.id) {
            return Ok(());
        }
        self.end(&TurnOutcome::Failed { code: code.to_owned(), message: message.to_owned() })
    }
}

/// The last step has brought no word of an answer.
fn says_nothing(turn: &Turn) -> bool {
    let step = turn.answer.parts.iter().skip(turn.step_from);
    !step.into_iter().any(|part| matches!(part, Part::Text { text, .. } if !text.trim().is_empty()))
}

/// The answer of a model that goes on calling tools when there are none left to call.
const NOTHING_TO_SAY: &str =
    "I have done what I could, and stop here. What came of it stands above; please ask again if something is missing.";

/// How far a model's answer was followed.
pub(super) enum Followed {
    /// To its end, or to that of its turn.
    ToItsEnd,
    /// It is nothing but a call, as text, of tools that were not offered: no answer. Nothing of it was shown.
    OnlyACall,
}

/// Why a step was cut off.
pub(super) enum Cut {
    Model(ModelError),
    Store(StoreError),
}

impl From<ModelError> for Cut {
    fn from(error: ModelError) -> Self {
        Self::Model(error)
    }
}

impl From<StoreError> for Cut {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

fn shown(reason: FinishReason) -> deputy_wire::FinishReason {
    match reason {
        FinishReason::Stop => deputy_wire::FinishReason::Stop,
        FinishReason::Length => deputy_wire::FinishReason::Length,
        FinishReason::ToolCalls => deputy_wire::FinishReason::ToolCalls,
        FinishReason::ContentFilter => deputy_wire::FinishReason::ContentFilter,
        FinishReason::Other => deputy_wire::FinishReason::Other,
    }
}
