//! The server: what a Worker offers ([`Offer`]), spoken in the revision of whoever asks.

mod fault;
mod offer;

pub use fault::Fault;
pub use offer::{
    Answer, Change, Client, InputRequired, Inputs, Offer, PromptCall, ResourceRead, Told, ToolAnswer, ToolCall,
};
