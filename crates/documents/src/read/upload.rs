use super::encoding::decode;
use super::error::ReadError;
use super::file::{Format, format_of};
use super::html::markdown_of;
use super::title::{name_of_file, tidy_title};
use crate::MediaType;
use crate::outline::first_heading;

/// The largest file that is read, in bytes: 10 MB.
pub const MOST_BYTES: usize = 10_000_000;

/// A document as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The first heading, else the title of a page, else the file's name. Not empty.
    pub title: String,
    /// Its words, with `\n` between lines. Not empty. HTML has become Markdown.
    pub text: String,
    /// What `text` is.
    pub media_type: MediaType,
}

/// Reads a file by its media type (as in `Content-Type`, with `charset` or without; the name decides where it is empty or says nothing).
///
/// Errors: what no text can be made of, and why.
pub fn read(bytes: &[u8], media_type: &str, file_name: &str) -> Result<Text, ReadError> {
    if bytes.len() > MOST_BYTES {
        return Err(ReadError::TooLarge { most: MOST_BYTES });
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ReadError::Empty);
    }
    let format = format_of(bytes, media_type, file_name)?;
    let text = decode(bytes, media_type, format)?;
    let (found, text, media_type) = match format {
        Format::Plain => (None, text, MediaType::Plain),
        Format::Markdown => (first_heading(&text), text, MediaType::Markdown),
        Format::Html => {
            let page = markdown_of(&text);
            (first_heading(&page.markdown).or(page.title), page.markdown, MediaType::Markdown)
        }
    };
    if text.trim().is_empty() {
        return Err(ReadError::Empty);
    }
    let title = found.as_deref().and_then(tidy_title).or_else(|| name_of_file(file_name));
    Ok(Text { title: title.unwrap_or_else(|| UNTITLED.to_owned()), text, media_type })
}

const UNTITLED: &str = "Untitled document";
