//! One step: the model is asked, and its answer is shown while it comes.

use deputy_error::Explained;
use deputy_models::{FinishReason, ModelError, ModelEvent, ModelRequest, ToolCall};
use deputy_wire::StreamEvent;
use futures::StreamExt;

use super::driver::Driver;
use super::ports::{Ports, StoreError, TurnContext};
use crate::authority::Digest;
use crate::chat::{
    CallHead, Change, MAX_ANSWER_BYTES, MAX_CALLS, Record, TurnHead, TurnOutcome, plain_prompt, system_prompt,
};
use crate::show::{Cause, on_stream};

impl<P: Ports> Driver<P> {
    /// Asks the model for the next step of the running turn.
    pub(super) async fn call_model(&self, step: u32, attempt: u32) -> Result<(), StoreError> {
        let Some(head) = self.turn(|turn| turn.head.clone()) else { return Ok(()) };
        let context = match self.turn_context(&head).await {
            Ok(context) => context,
            Err(problem) => return self.fail(&head, &problem.code, &problem.message),
        };
        if !self.is_current(&head.id) {
            return Ok(());
        }
        self.append(Record::StepStarted { step, attempt })?;
        match self.ask(&head, step, &context).await {
            Ok(()) => Ok(()),
            Err(Cut::Store(error)) => Err(error),
            Err(Cut::Model(error)) => self.fail(&head, error.code(), &error.user_message()),
        }
    }

    /// What the model is asked.
    pub(super) fn request(&self, context: &TurnContext) -> ModelRequest {
        let now = self.ports.now();
        ModelRequest {
            system: if context.plain {
                plain_prompt(now, &context.time_zone)
            } else {
                system_prompt(context.name.as_deref(), now, &context.time_zone, context.offset_seconds)
            },
            messages: self.state().conversation(&self.tools, self.ports.marks_untrusted()),
            tools: self.tools.definitions(),
            max_output_tokens: None,
        }
    }

    /// Follows the model's answer to its end.
    pub(super) async fn follow(&self, head: &TurnHead, step: u32, request: &ModelRequest) -> Result<(), Cut> {
        let mut stream = self.ports.open_model(request).await?;
        let mut calls = Vec::new();
        let mut bytes = 0_usize;
        while let Some(read) = stream.next().await {
            if !self.is_current(&head.id) {
                return Ok(());
            }
            let mut events = Vec::new();
            for event in read? {
                match event {
                    ModelEvent::Text(text) => {
                        bytes = bytes.saturating_add(text.len());
                        self.say(step, &text, false, &mut events);
                    }
                    ModelEvent::Reasoning(text) => {
                        bytes = bytes.saturating_add(text.len());
                        self.say(step, &text, true, &mut events);
                    }
                    ModelEvent::ToolCall(call) => calls.push(call),
                    ModelEvent::Usage { input_tokens, output_tokens, .. } => {
                        let used = input_tokens.saturating_add(output_tokens);
                        self.spent.set(self.spent.get().saturating_add(used));
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
            return Ok(());
        }
        self.answered(step, calls)?;
        Ok(())
    }

    /// The model has finished its step: its calls are written before any is tried.
    fn answered(&self, step: u32, calls: Vec<ToolCall>) -> Result<(), StoreError> {
        let account = self.account();
        let mut changes = Vec::new();
        for (index, call) in calls.into_iter().enumerate() {
            let too_many = (index >= MAX_CALLS).then(|| format!("At most {MAX_CALLS} calls in one step."));
            let call = CallHead {
                id: self.ports.named("call_"),
                digest: Digest::of(&call.name, &call.arguments, &account),
                tool: call.name,
                input: call.arguments,
                input_error: call.arguments_error.or(too_many),
                provided: call.provided,
            };
            changes.push(Change::Append(Record::CallRequested { call }));
        }
        changes.push(Change::Append(Record::ModelAnswered { step }));
        self.commit(&changes, Cause::Engine)
    }

    fn say(&self, step: u32, text: &str, reasoning: bool, events: &mut Vec<StreamEvent>) {
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
