use std::fmt;

use deputy_error::{Explained, Explanation};
use strum::EnumIter;

use crate::{MAX_ID_CHARS, MAX_UPLOAD_BYTES, MAX_USER_TEXT_BYTES};

/// Why a client's frame was refused, and which request waits for an answer because of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameError {
    /// What is wrong.
    pub problem: FrameProblem,
    /// The chat request that carried it, if one could be read: it is answered, or its client waits for ever.
    pub request_id: Option<String>,
}

/// What is wrong with a client's frame. `field` is the path of a member, as in `init.body`.
#[derive(Clone, Debug, PartialEq, Eq, EnumIter)]
pub enum FrameProblem {
    /// The frame is longer than [`MAX_UPLOAD_BYTES`], or longer than [`crate::MAX_FRAME_BYTES`] and no chat request; it was not read.
    FrameTooLarge {
        /// Its length in bytes.
        bytes: usize,
    },
    /// The frame is not a JSON object.
    NotJson,
    /// The body of a chat request is not a JSON object.
    BodyNotJson,
    /// A member that the frame's type needs is absent or null.
    FieldMissing {
        /// Path of the member.
        field: &'static str,
    },
    /// A member has another type or value than the protocol gives it.
    FieldInvalid {
        /// Path of the member.
        field: &'static str,
    },
    /// An identifier is longer than [`MAX_ID_CHARS`].
    IdTooLong {
        /// Path of the member.
        field: &'static str,
    },
    /// The new message has no text that could be seen.
    TextMissing,
    /// The new message has files and no text.
    OnlyFiles,
    /// A frame that is no text.
    Binary,
    /// The text of one user message is longer than [`MAX_USER_TEXT_BYTES`].
    TextTooLong {
        /// Its length in bytes.
        bytes: usize,
    },
}

const TOO_MUCH: &str = "This chat has grown too long to send. Start a new chat.";
const UNREADABLE: &str = "The message could not be read. Reload the page and try again.";

impl Explained for FrameError {
    /// The fix is for the author of a client.
    fn explanation(&self) -> Explanation<'_> {
        match &self.problem {
            FrameProblem::FrameTooLarge { bytes } => Explanation::new(
                "frame_too_large",
                TOO_MUCH,
                format!(
                    "The frame has {bytes} bytes; send at most {MAX_UPLOAD_BYTES}, for example only the newest message."
                ),
            ),
            FrameProblem::NotJson => {
                Explanation::new("frame_not_json", UNREADABLE, "Send one JSON object as a text frame.")
            }
            FrameProblem::BodyNotJson => {
                Explanation::new("frame_body_not_json", UNREADABLE, "init.body is a string that holds a JSON object.")
            }
            FrameProblem::FieldMissing { field } => {
                Explanation::new("frame_field_missing", UNREADABLE, format!("Send the member {field}."))
            }
            FrameProblem::FieldInvalid { field } => Explanation::new(
                "frame_field_invalid",
                UNREADABLE,
                format!("The member {field} has a wrong type or value."),
            ),
            FrameProblem::IdTooLong { field } => Explanation::new(
                "frame_id_too_long",
                UNREADABLE,
                format!("The member {field} has at most {MAX_ID_CHARS} characters."),
            ),
            FrameProblem::TextMissing => Explanation::new(
                "message_empty",
                "This message is empty. Please write what you want.",
                "Send a user message with a text part that has something to read in it.",
            ),
            FrameProblem::OnlyFiles => Explanation::new(
                "message_only_files",
                "Files cannot be read here yet. Please write in words what you want.",
                "Send a user message with a text part; parts of type file are not read.",
            ),
            FrameProblem::Binary => {
                Explanation::new("frame_binary", UNREADABLE, "Send text frames; a binary frame is not read.")
            }
            FrameProblem::TextTooLong { bytes } => Explanation::new(
                "frame_text_too_long",
                format!("This message is too long: at most {} KB.", MAX_USER_TEXT_BYTES / 1024),
                format!("The text has {bytes} bytes; send at most {MAX_USER_TEXT_BYTES} in one message."),
            ),
        }
    }
}

impl fmt::Display for FrameError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code(), self.developer_fix())
    }
}

impl std::error::Error for FrameError {}

impl From<FrameProblem> for FrameError {
    fn from(problem: FrameProblem) -> Self {
        Self { problem, request_id: None }
    }
}
