//! What crosses the chat WebSocket: the frames of the Agents SDK and the UI message stream of the AI SDK, for
//! every client generation that is in use.
//!
//! A frame of a client is read by [`parse`] and narrows what is known of it ([`Generation::observe`]). What the
//! server says is a [`StreamEvent`] or a [`Message`] of our own and becomes chunks and frames of one generation
//! only when it is sent ([`ChunkFrames`], [`outbound`]); nothing of a client's format is stored.
//!
//! ```
//! use deputy_wire::{ChunkFrames, Generation, StreamEvent};
//!
//! let frames = ChunkFrames::new("r1");
//! let delta = StreamEvent::TextDelta { id: "t1".into(), delta: "Hi".into() };
//! assert_eq!(
//!     frames.frame(&delta, Generation::Unknown).as_deref(),
//!     Some(r#"{"type":"cf_agent_use_chat_response","id":"r1","body":"{\"type\":\"text-delta\",\"id\":\"t1\",\"delta\":\"Hi\"}","done":false}"#),
//! );
//! ```

mod call_status;
mod chat_request;
mod frame_error;
mod generation;
mod inbound;
mod interrupt;
mod json;
mod limits;
mod long_request;
mod members;
mod message;
pub mod outbound;
mod posted;
mod replay;
mod response;
mod sse;
mod stream;
mod tool_result;

pub use call_status::{CallAsked, CallOutcomeKind, CallStatus, CallWait};
pub use chat_request::{ChatRequest, ClientMessage, ClientRole, Trigger, UserMessage};
pub use frame_error::{FrameError, FrameProblem};
pub use generation::{Dialect, Generation};
pub use inbound::{ClientFrame, parse};
pub use interrupt::{AsyncRequest, INTERRUPTION_PREFIX, Interrupt, InterruptBehavior, InterruptedCall};
pub use limits::{MAX_FRAME_BYTES, MAX_ID_CHARS, MAX_UPLOAD_BYTES, MAX_USER_TEXT_BYTES};
pub use message::{Message, Part, Role, ToolPart, ToolState, ui_message};
pub use replay::{replay, result_event};
pub use response::{ChunkFrames, Outcome, ResponseFrame, error_end};
pub use sse::{SSE_DONE, SSE_HEADER, sse_error, sse_event};
pub use stream::{FinishReason, StreamEvent, chunk};
pub use tool_result::{Decision, NO, ToolResult, ToolResultState, YES};
