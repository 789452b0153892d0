use deputy_documents::read::one_line;

use super::error::{LONGEST_TITLE, LibraryError};

/// A title in one line.
///
/// Errors: none is left, or it is too long: it is not cut off, because what is cut off cannot be found.
pub fn clean_title(title: &str) -> Result<String, LibraryError> {
    let line = one_line(title.chars());
    match line.chars().count() {
        0 => Err(LibraryError::TitleEmpty),
        length if length > LONGEST_TITLE => Err(LibraryError::TitleTooLong),
        _ => Ok(line),
    }
}
