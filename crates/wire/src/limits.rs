/// The longest frame that is read, in bytes.
pub const MAX_FRAME_BYTES: usize = 1024 * 1024;

/// The longest identifier that is taken from a client, in characters.
pub const MAX_ID_CHARS: usize = 256;

/// The longest text of one user message, in bytes.
pub const MAX_USER_TEXT_BYTES: usize = 64 * 1024;
