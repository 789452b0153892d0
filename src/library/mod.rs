//! The library object: one per tenant, or per organisation where a session has one. Documents, their folders and passages, and who may
//! see them. Every request names who asks, and is answered with what they may see: what is foreign and what is unknown get one answer.
//!
//! What may be asked of it is in [`requests`]; how it is answered is beside each feature.

mod answer;
mod core;
mod dispatch;
mod name;
mod object;
pub mod requests;
mod schema;

pub use name::{library_name, library_of};
pub use object::{Library, ask};
