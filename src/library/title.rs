use super::error::{LONGEST_TITLE, LibraryError};
use crate::objects::one_line;

/// A title in one line.
///
/// Errors: none is left, or it is too long: it is not cut off, because what is cut off cannot be found.
pub fn clean_title(title: &str) -> Result<String, LibraryError> {
    let line = one_line(title);
    match line.chars().count() {
        0 => Err(LibraryError::TitleEmpty),
        length if length > LONGEST_TITLE => Err(LibraryError::TitleTooLong),
        _ => Ok(line),
    }
}
