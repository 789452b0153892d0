use deputy_mcp::server::Fault;

/// What passes through the client between two tries of a call: which call it is, and which question was asked. No secret, and nothing that
/// is believed: the account knows whether it has such a chat, and that whether it has such a call, of this program in this organisation, with
/// this tool and these arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallState {
    /// Chat id.
    pub chat: String,
    /// Call id.
    pub call: String,
    /// Pending id of the question.
    pub pending: String,
}

/// Longest text, bytes.
const LONGEST: usize = 200;

impl CallState {
    /// As it is sent.
    pub fn write(&self) -> String {
        format!("{}.{}.{}", self.chat, self.call, self.pending)
    }

    /// As it came back.
    ///
    /// Errors: it was never sent.
    pub fn read(text: &str) -> Result<Self, Fault> {
        let mut parts = text.split('.').map(str::to_owned);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(chat), Some(call), Some(pending), None)
                if text.len() <= LONGEST && !chat.is_empty() && call.starts_with("call_") =>
            {
                Ok(Self { chat, call, pending })
            }
            _ => Err(Fault::StateRefused),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_as_it_went_and_nothing_else_does() {
        let [chat, call, pending] = ["c-_1", "call_a-_9", "pending_b"].map(str::to_owned);
        let state = CallState { chat, call, pending };
        assert_eq!(CallState::read(&state.write()), Ok(state));
        let long = format!("c.call_{}.p", "a".repeat(300));
        for bad in ["", "call_a", "c.call_a", "c.turn_a.pending_b", ".call_a.pending_b", "c.call_a.p.q", long.as_str()]
        {
            assert_eq!(CallState::read(bad), Err(Fault::StateRefused), "{bad:.20}");
        }
    }
}
