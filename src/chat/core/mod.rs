//! A chat, generic over what it needs from the outside ([`ports`]), so that it runs natively in tests.
//!
//! [`Core`] is opened once per object. The shell hands it the events of the platform: a socket that opened, a frame, a request
//! of the edge or the account, the alarm. Each kind of event has its own file.

mod alarm;
mod broadcast;
mod calls;
mod chat;
mod engine_ports;
mod followers;
mod frames;
mod intake;
mod invoke;
mod library;
mod owner;
pub mod ports;
mod post;
mod resume;
mod schedules;
mod sessions;
mod sockets;
mod store;
mod tool_ports;
mod uncollected;
mod watchers;
mod work;

pub use chat::Core;
#[cfg(test)]
pub use followers::Body;
