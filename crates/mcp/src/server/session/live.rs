use deputy_http::Response as HttpResponse;
use futures::channel::mpsc::UnboundedSender;

/// What goes out on a stream.
#[derive(Debug)]
pub struct Sent {
    /// Where a client goes on after it: `Last-Event-ID`.
    pub id: String,
    /// The message.
    pub text: String,
    /// The answer of the stream's request, as the whole answer.
    pub alone: Option<Box<HttpResponse>>,
}

/// A stream that somebody reads.
pub(super) struct Live {
    pub sender: UnboundedSender<Sent>,
    /// Nothing was sent on it.
    pub fresh: bool,
}
