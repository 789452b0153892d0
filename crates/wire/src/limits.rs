/// The longest frame that is read with everything in it, in bytes.
pub const MAX_FRAME_BYTES: usize = 1024 * 1024;

/// The longest frame or body that is taken at all, in bytes. Clients upload the whole chat with each message; of one that is longer
/// than [`MAX_FRAME_BYTES`] only the newest user message and answers to calls are kept.
pub const MAX_UPLOAD_BYTES: usize = 16 * 1024 * 1024;

/// The longest identifier that is taken from a client, in characters.
pub const MAX_ID_CHARS: usize = 256;

/// The longest text of one user message, in bytes.
pub const MAX_USER_TEXT_BYTES: usize = 256 * 1024;
