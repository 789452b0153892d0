use super::error::ReadError;

/// How the text of a file is had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Plain,
    Markdown,
    Html,
}

/// What kind of file it is. What the bytes say comes first, because that decides what can be made of them; then the media type, then the name.
pub(super) fn format_of(bytes: &[u8], media_type: &str, file_name: &str) -> Result<Format, ReadError> {
    if let Some(error) = not_text(bytes) {
        return Err(error);
    }
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "text/markdown" | "text/x-markdown" => Ok(Format::Markdown),
        "text/html" | "application/xhtml+xml" => Ok(Format::Html),
        "application/pdf" | "application/x-pdf" => Err(ReadError::Pdf),
        // Browsers and HTTP clients do not know Markdown by its name, and send it as one of these.
        "" | "text/plain" | "application/octet-stream" | "binary/octet-stream" => by_name(file_name),
        text if text.starts_with("text/") || is_written_as_text(text) => Ok(Format::Plain),
        _ => Err(ReadError::NotText),
    }
}

/// What begins as no text does: PDFs (of whatever comes before them, readers skip 1,024 bytes), and what is packed or drawn.
fn not_text(bytes: &[u8]) -> Option<ReadError> {
    const SIGNATURES: [&[u8]; 8] = [
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"\xD0\xCF\x11\xE0",
        b"\x89PNG",
        b"\xFF\xD8\xFF",
        b"GIF8",
        b"\x1F\x8B",
        b"{\\rtf",
    ];
    let beginning = bytes.get(..1024).unwrap_or(bytes);
    if beginning.trim_ascii_start().starts_with(b"%PDF-")
        || (beginning.contains(&0) && beginning.windows(5).any(|five| five == b"%PDF-"))
    {
        return Some(ReadError::Pdf);
    }
    SIGNATURES.iter().any(|signature| bytes.starts_with(signature)).then_some(ReadError::NotText)
}

/// Media types outside of `text/` that are text.
fn is_written_as_text(essence: &str) -> bool {
    let Some(name) = essence.strip_prefix("application/") else { return false };
    matches!(name, "json" | "xml" | "yaml" | "x-yaml" | "toml" | "javascript" | "typescript" | "x-ndjson" | "sql")
        || name.ends_with("+json")
        || name.ends_with("+xml")
}

/// A name without a known ending is text until its bytes say otherwise.
fn by_name(file_name: &str) -> Result<Format, ReadError> {
    let ending = file_name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    match ending.as_str() {
        "md" | "markdown" | "mdown" | "mkd" | "mdx" => Ok(Format::Markdown),
        "html" | "htm" | "xhtml" => Ok(Format::Html),
        "pdf" => Err(ReadError::Pdf),
        "doc" | "docx" | "odt" | "rtf" | "xls" | "xlsx" | "ods" | "ppt" | "pptx" | "odp" | "pages" | "numbers"
        | "key" | "epub" | "png" | "jpg" | "jpeg" | "gif" | "webp" | "svg" | "mp3" | "mp4" | "mov" | "zip" | "gz"
        | "7z" | "exe" => Err(ReadError::NotText),
        _ => Ok(Format::Plain),
    }
}
