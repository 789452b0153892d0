//! Whom documents and folders are shared with, and who can see them.

mod schema;

pub use schema::TABLES;
