//! Who follows a turn over plain HTTP (`POST /chat`): the AI SDK's UI message stream as server-sent events. A follower that is gone
//! takes nothing with it: the turn is the chat's, not the request's.

use std::cell::RefCell;

use deputy_agent::{Emission, Ending};
use deputy_wire::{FinishReason, SSE_DONE, StreamEvent, sse_error, sse_event};
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};

/// The answer's body, piece by piece.
pub type Body = UnboundedReceiver<Vec<u8>>;

/// The open answers of this object.
#[derive(Default)]
pub struct Followers(RefCell<Vec<Follower>>);

struct Follower {
    stream: String,
    thread: String,
    out: UnboundedSender<Vec<u8>>,
    /// It has been told the beginning.
    begun: bool,
}

impl Followers {
    /// A new answer that follows the stream, after what is there of it already.
    pub fn follow(&self, stream: &str, thread: &str, before: &[StreamEvent]) -> Body {
        let (out, body) = unbounded();
        let follower =
            Follower { stream: stream.to_owned(), thread: thread.to_owned(), out, begun: !before.is_empty() };
        follower.send(&text(before, thread));
        self.0.borrow_mut().push(follower);
        body
    }

    /// An answer to something that has ended already, or waits.
    pub fn over(thread: &str, events: &[StreamEvent], ending: &Ending) -> Body {
        let (out, body) = unbounded();
        let follower = Follower { stream: String::new(), thread: thread.to_owned(), out, begun: true };
        follower.send(&text(events, thread));
        follower.end(ending);
        body
    }

    /// Shows an emission to who follows its stream. Answers whose client is gone are dropped.
    pub fn show(&self, emission: &Emission) {
        match emission {
            Emission::Events { stream, events, .. } => self.0.borrow_mut().retain_mut(|follower| {
                if follower.stream != *stream {
                    return true;
                }
                // Only the first of them can be the beginning.
                let known = follower.begun && matches!(events.first(), Some(StreamEvent::Start { .. }));
                follower.begun = true;
                follower.send(&text(events.get(usize::from(known)..).unwrap_or_default(), &follower.thread))
            }),
            Emission::Closed { stream, ending, .. } => self.0.borrow_mut().retain(|follower| {
                let ends = follower.stream == *stream;
                if ends {
                    follower.end(ending);
                }
                !ends
            }),
            Emission::Opened { .. }
            | Emission::Results { .. }
            | Emission::Updated { .. }
            | Emission::Transcript { .. }
            | Emission::Cleared { .. } => {}
        }
    }
}

impl Follower {
    /// False when nobody listens any more.
    fn send(&self, text: &str) -> bool {
        text.is_empty() || self.out.unbounded_send(text.as_bytes().to_vec()).is_ok()
    }

    fn end(&self, ending: &Ending) {
        let mut tail = match ending {
            Ending::Completed => String::new(),
            Ending::Stopped => text(&[StreamEvent::Finish { reason: Some(FinishReason::Other) }], &self.thread),
            Ending::Failed(text) | Ending::Interrupted(text) => sse_error(text),
        };
        tail.push_str(SSE_DONE);
        self.send(&tail);
    }
}

fn text(events: &[StreamEvent], thread: &str) -> String {
    events.iter().filter_map(|event| sse_event(event, thread)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use deputy_agent::{Origin, TurnHead};
    use futures::StreamExt;
    use futures::executor::block_on;

    fn start() -> StreamEvent {
        StreamEvent::Start { message_id: Some("m".into()) }
    }

    fn delta() -> StreamEvent {
        StreamEvent::TextDelta { id: "p".into(), delta: "Hi".into() }
    }

    fn told(followers: &Followers, stream: &str, events: &[StreamEvent]) {
        followers.show(&Emission::Events { stream: stream.to_owned(), continuation: false, events: events.to_vec() });
    }

    fn closed(followers: &Followers, stream: &str, ending: Ending) {
        let head = TurnHead {
            id: "1".into(),
            request: "r".into(),
            origin: Origin::Message,
            session: None,
            connection: None,
            message_id: "m".into(),
            user_messages: Vec::new(),
            at: 1,
            reports: Vec::new(),
        };
        followers.show(&Emission::Closed { stream: stream.to_owned(), continuation: false, head, ending });
    }

    fn all(body: Body) -> String {
        let pieces: Vec<Vec<u8>> = block_on(body.collect());
        String::from_utf8(pieces.concat()).unwrap()
    }

    #[test]
    fn tv_25_each_hears_its_own_stream_once_from_the_beginning() {
        let followers = Followers::default();
        let (new, late, other) =
            (followers.follow("r", "t", &[]), followers.follow("r", "t", &[start()]), followers.follow("x", "t", &[]));
        told(&followers, "r", &[start(), delta()]);
        closed(&followers, "r", Ending::Failed("no".into()));
        told(&followers, "r", &[delta()]);
        closed(&followers, "x", Ending::Stopped);
        for body in [new, late] {
            let text = all(body);
            assert_eq!(text.matches(r#""type":"start""#).count(), 1, "{text}");
            assert_eq!(text.matches(r#""delta":"Hi""#).count(), 1, "{text}");
            assert!(text.ends_with("data: {\"type\":\"error\",\"errorText\":\"no\"}\n\ndata: [DONE]\n\n"), "{text}");
        }
        assert_eq!(all(other), "data: {\"type\":\"finish\"}\n\ndata: [DONE]\n\n");
    }

    #[test]
    fn who_is_gone_is_forgotten() {
        let followers = Followers::default();
        drop(followers.follow("r", "t", &[]));
        told(&followers, "r", &[start()]);
        assert!(followers.0.borrow().is_empty());
    }
}
