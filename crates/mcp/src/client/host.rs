use crate::protocol::{ClientCapabilities, InputRequest, InputResponse, Notification, RpcError};

/// Whoever uses the client: answers what a server asks in the course of a call, and hears what it tells.
#[allow(async_fn_in_trait, reason = "workers have one thread; nothing here is Send")]
pub trait Host {
    /// What a server may ask for. By default nothing.
    fn capabilities(&self) -> ClientCapabilities {
        ClientCapabilities::default()
    }

    /// Answers a question of the server: an elicitation, a sampling request, its wish for the roots. What was not declared in the
    /// [`capabilities`](Self::capabilities) is refused before.
    async fn answer(&self, request: &InputRequest) -> HostAnswer {
        let _ = request;
        HostAnswer::Refused
    }

    /// Asked right before a call of a tool is sent, each time: it may have been waited for a connection, or for a session in the place of one
    /// that the server forgot. By default yes; where it is no, the call is not sent and ends as
    /// [`ClientError::Cancelled`](super::ClientError::Cancelled).
    fn may_call(&self) -> bool {
        true
    }

    /// Hears a notification: progress, log messages, changed lists, an elicitation that is complete, and names that nobody knows.
    /// All of it is the server's word.
    fn told(&self, notification: &Notification) {
        let _ = notification;
    }
}

/// What a host says to a question.
#[derive(Debug, Clone, PartialEq)]
pub enum HostAnswer {
    /// This.
    Given(InputResponse),
    /// Not now: the call ends as [`Outcome::InputRequired`](super::Outcome), to be made again with the answers. A server of a
    /// revision with sessions, which waits on its stream, is told that the user did not answer.
    Later,
    /// Not at all.
    Refused,
    /// Not like this.
    Failed(RpcError),
}
