/// Why no response came back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The host could not be reached or the connection broke.
    #[error("the connection to {host} failed")]
    Unreachable {
        /// Host (and port), without path or query.
        host: String,
    },
    /// No answer within the limit.
    #[error("{host} did not answer in time")]
    TimedOut {
        /// Host (and port), without path or query.
        host: String,
    },
    /// The response was larger than the reader allows.
    #[error("the answer of {host} is larger than {limit} bytes")]
    TooLarge {
        /// Host (and port), without path or query.
        host: String,
        /// Limit in bytes.
        limit: usize,
    },
    /// The caller stopped waiting.
    #[error("stopped")]
    Aborted,
}
