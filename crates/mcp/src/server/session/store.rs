/// The storage of a session failed. What failed is logged where it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the session's storage failed")]
pub struct StoreFailed;

/// Where a session is kept, and its clock: documents by name, and numbered events by stream.
pub trait SessionStore {
    /// The time, milliseconds since the epoch.
    fn now(&self) -> u64;

    /// A document.
    fn document(&self, name: &str) -> Result<Option<String>, StoreFailed>;

    /// The documents whose names begin so, with their names.
    fn documents(&self, prefix: &str) -> Result<Vec<(String, String)>, StoreFailed>;

    /// How many documents have names that begin so.
    fn count(&self, prefix: &str) -> Result<u64, StoreFailed>;

    /// Writes a document.
    fn keep(&self, name: &str, text: &str) -> Result<(), StoreFailed>;

    /// Removes a document, if it is there.
    fn forget(&self, name: &str) -> Result<(), StoreFailed>;

    /// Adds an event to a stream and gives its number, which is greater than all before.
    fn append(&self, stream: u64, message: &str) -> Result<u64, StoreFailed>;

    /// The events of a stream after that number, in order, with their numbers.
    fn after(&self, stream: u64, number: u64) -> Result<Vec<(u64, String)>, StoreFailed>;

    /// Removes events that were added before that time.
    fn prune(&self, before: u64) -> Result<(), StoreFailed>;
}
