//! The chat object: one per chat. Its log, its sockets, its turns and its schedules live here and nowhere else.

mod alarm;
pub mod call;
mod calls;
mod followers;
mod frames;
mod host;
mod model;
mod object;
mod post;
mod resume;
mod schedules;
mod show;
mod sockets;
mod store;
mod world;

pub use object::Chat;
