//! The server: what a Worker offers ([`Offer`]), spoken in the revision of whoever asks.

mod accept;
mod arrival;
mod changes;
mod dispatch;
pub mod events;
mod fault;
mod headers;
mod listeners;
mod mirrored;
mod needs;
mod offer;
pub mod reply;
mod running;
mod serve;
pub mod session;
mod stateless;

pub use accept::Accepts;
pub use arrival::{Arrival, Endpoint, SessionVisit, is_session_id};
pub use changes::promised;
pub use fault::Fault;
pub use headers::SESSION as SESSION_HEADER;
pub use listeners::{Listener, Listeners};
pub use offer::{
    Answer, Change, Client, InputRequired, Inputs, Offer, PromptCall, ResourceRead, Told, ToolAnswer, ToolCall,
};
pub use serve::{Part, serve};
pub use stateless::StatelessRequest;
