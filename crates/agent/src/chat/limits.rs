//! How much a chat takes.

/// Turns that may wait for the running one.
pub const MAX_QUEUED: usize = 5;
/// A program's call is taken in while no more turns than that wait: programs make several at once, and each is short.
pub const MAX_QUEUED_CALLS: usize = 16;
/// Calls of a chat that may wait for the user at the same time.
pub const MAX_WAITS: usize = 8;
/// Model steps a turn may take (CF-14).
pub const MAX_STEPS: u32 = 10;
/// Attempts at one step before the turn fails.
pub const MAX_ATTEMPTS: u32 = 3;
/// How long a call waits for the user, milliseconds: a day.
pub const PAUSE_MS: u64 = 86_400_000;
/// The card of an approval stays this long after the request has ended, so that the tenant has the last word, milliseconds.
pub const APPROVAL_GRACE_MS: u64 = 30_000;
/// A result larger than this is refused, bytes as JSON (a row of SQLite holds 2 MB).
pub const MAX_OUTPUT_BYTES: usize = 256 * 1024;
/// Calls a model may make in one step; the rest is refused.
pub const MAX_CALLS: usize = 16;
/// Text of one answer, bytes; a model that says more is cut off.
pub const MAX_ANSWER_BYTES: usize = 1_000_000;
/// Earlier branches that are kept; the oldest go first.
pub const MAX_BRANCHES: usize = 32;
