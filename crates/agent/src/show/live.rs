use deputy_wire::{FinishReason, StreamEvent};

/// How far clients have been told the running stream: what is open on it.
#[derive(Debug, Default)]
pub(crate) struct Live {
    /// Stream whose `Start` was shown.
    stream: Option<String>,
    step_open: bool,
    text: Option<OpenText>,
    parts: u32,
    finish: Option<FinishReason>,
    /// A stream that clients were told broke off, because nothing could be written.
    lost: Option<String>,
}

#[derive(Debug)]
struct OpenText {
    id: String,
    reasoning: bool,
}

impl Live {
    /// True when the stream's `Start` is still to be shown.
    pub fn begin(&mut self, stream: &str) -> bool {
        let new = self.stream.as_deref() != Some(stream);
        if new {
            self.stream = Some(stream.to_owned());
        }
        new
    }

    /// The stream has ended.
    pub fn end(&mut self) {
        self.stream = None;
        self.step_open = false;
        self.text = None;
        self.finish = None;
    }

    /// Clients were told that this stream broke off: nothing more is sent on it.
    pub fn lose(&mut self, stream: String) {
        self.end();
        self.lost = Some(stream);
    }

    /// True when clients were told that this stream broke off.
    pub fn is_lost(&self, stream: &str) -> bool {
        self.lost.as_deref() == Some(stream)
    }

    /// A step begins; the one before ends.
    pub fn open_step(&mut self) -> Vec<StreamEvent> {
        let mut events = self.close_step();
        self.step_open = true;
        events.push(StreamEvent::StepStart);
        events
    }

    /// Ends what is open.
    pub fn close_step(&mut self) -> Vec<StreamEvent> {
        let mut events: Vec<StreamEvent> = self.close_text().into_iter().collect();
        if std::mem::take(&mut self.step_open) {
            events.push(StreamEvent::StepFinish);
        }
        events
    }

    /// Ends the open text.
    pub fn close_text(&mut self) -> Option<StreamEvent> {
        let open = self.text.take()?;
        Some(if open.reasoning {
            StreamEvent::ReasoningEnd { id: open.id }
        } else {
            StreamEvent::TextEnd { id: open.id }
        })
    }

    /// More text of the answer: the part it belongs to, and the events that show it.
    pub fn text(&mut self, step: u32, more: &str, reasoning: bool, events: &mut Vec<StreamEvent>) -> String {
        if self.text.as_ref().is_none_or(|open| open.reasoning != reasoning) {
            events.extend(self.close_text());
            self.parts = self.parts.saturating_add(1);
            let id = format!("{}{step}-{}", if reasoning { "r" } else { "t" }, self.parts);
            events.push(if reasoning {
                StreamEvent::ReasoningStart { id: id.clone() }
            } else {
                StreamEvent::TextStart { id: id.clone() }
            });
            self.text = Some(OpenText { id, reasoning });
        }
        let id = self.text.as_ref().map(|open| open.id.clone()).unwrap_or_default();
        let delta = more.to_owned();
        events.push(if reasoning {
            StreamEvent::ReasoningDelta { id: id.clone(), delta }
        } else {
            StreamEvent::TextDelta { id: id.clone(), delta }
        });
        id
    }

    /// Why the model stopped.
    pub fn finished(&mut self, reason: FinishReason) {
        self.finish = Some(reason);
    }

    /// Why the model stopped.
    pub fn finish_reason(&self) -> Option<FinishReason> {
        self.finish
    }
}
