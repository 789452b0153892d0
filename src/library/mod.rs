//! The library object: one per tenant, or per organisation where a session has one. Documents, their folders and passages, and who may
//! see them. Every request names who asks, and is answered with what they may see: what is foreign and what is unknown get one answer.
//!
//! What may be asked of it is in [`requests`]; how it is answered is beside each feature.

mod access;
mod answer;
mod core;
mod dispatch;
mod documents;
mod error;
mod fga;
mod folders;
mod ids;
mod name;
mod object;
mod placing;
mod relation;
pub mod requests;
mod rights;
mod schema;
mod search;
mod sharing;
#[cfg(test)]
mod tests;
mod title;
mod vectors;

pub use name::{TENANT, library_of};
pub use object::{Library, ask};
#[cfg(test)]
pub use {error::LibraryError, rights::RightsError, sharing::SharingError};
