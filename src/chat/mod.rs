//! The chat object: one per chat. Its log, its sockets, its turns and its schedules live here and nowhere else.

mod alarm;
mod followers;
mod frames;
mod host;
mod identity;
mod model;
mod object;
mod post;
mod requests;
mod resume;
mod schedules;
mod show;
mod sockets;
mod store;
mod world;

pub use identity::{IDENTITY_HEADER, Identity};
pub use object::Chat;
pub use requests::{CancelSchedule, Erase, ask};
