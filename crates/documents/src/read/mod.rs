//! Uploads as text: what kind of file it is, in which encoding, and what it is called.

mod encoding;
mod error;
mod file;
mod html;
mod title;
mod upload;

pub use error::ReadError;
pub use title::{LONGEST_TITLE, one_line, tidy_title};
pub use upload::{MOST_BYTES, Text, read};
