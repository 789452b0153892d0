//! Whom documents and folders are shared with, and who can see them.

mod address;
mod audience;
mod error;
mod invitations;
mod schema;
mod share;

#[cfg(test)]
pub use error::SharingError;
pub use schema::TABLES;
