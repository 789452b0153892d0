use std::pin::Pin;

use deputy_http::Response as HttpResponse;
use futures::channel::mpsc::UnboundedReceiver;
use futures::{Stream, StreamExt, stream};

use super::live::Sent;
use crate::protocol::Revision;
use crate::server::accept::Accepts;
use crate::server::{events, reply};

/// When a client that was hung up on may come back, milliseconds.
const RETRY_MS: u64 = 500;

/// The answer to a request of a session.
pub enum Formed {
    /// One JSON object.
    Whole(Box<HttpResponse>),
    /// Server-sent events.
    Events(Pin<Box<dyn Stream<Item = String>>>),
}

/// Makes an answer of what goes out on the stream of a request: one JSON object if that is all, and if the client takes it.
pub async fn form(
    accepts: Accepts,
    revision: Revision,
    mut sent: UnboundedReceiver<Sent>,
    stream_number: Option<u64>,
) -> Formed {
    let first = if accepts.json {
        loop {
            match sent.next().await {
                Some(Sent { alone: Some(alone), .. }) => return Formed::Whole(alone),
                Some(_) if !accepts.events => {}
                // Cancelled: nobody waits.
                None if !accepts.events => return Formed::Whole(Box::new(reply::accepted())),
                other => break other,
            }
        }
    } else {
        None
    };
    let begin =
        stream_number.filter(|_| primes(revision)).map(|number| events::priming(&format!("{number}-0"), RETRY_MS));
    let messages = stream::iter(first).chain(sent).map(written);
    Formed::Events(Box::pin(stream::iter(begin).chain(messages)))
}

/// A stream that is listened to, from after the event of that id.
pub fn listening(revision: Revision, after: &str, sent: UnboundedReceiver<Sent>) -> impl Stream<Item = String> + use<> {
    let begin = primes(revision).then(|| events::priming(after, RETRY_MS));
    stream::iter(begin).chain(sent.map(written))
}

/// Older clients read an empty event as a message.
fn primes(revision: Revision) -> bool {
    revision >= Revision::V2025_11_25
}

fn written(sent: Sent) -> String {
    events::event(Some(&sent.id), &sent.text)
}
