use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use super::error::ReadError;
use super::file::Format;

/// The text of a file, with `\n` between lines: by its byte order mark, else by the encoding that its media type or, in HTML, the page
/// itself names, else UTF-8, else UTF-16 if every other byte of it is zero.
///
/// Nothing is guessed beyond that: a wrong guess is text that nobody finds again.
pub(super) fn decode(bytes: &[u8], media_type: &str, format: Format) -> Result<String, ReadError> {
    let named = named_in(media_type);
    let text = if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        strictly(encoding, bytes.get(mark..).unwrap_or_default())?
    } else if let Some(encoding) = named.filter(is_utf_16).or_else(|| utf_16_without_mark(bytes)) {
        strictly(encoding, bytes)?
    } else if bytes.contains(&0) {
        return Err(ReadError::Binary);
    } else if let Some(encoding) = named.or_else(|| (format == Format::Html).then(|| named_by_page(bytes))?) {
        // Many name an encoding and write another.
        std::str::from_utf8(bytes).map(str::to_owned).or_else(|_| strictly(encoding, bytes))?
    } else {
        std::str::from_utf8(bytes).map_err(|_| ReadError::Encoding)?.to_owned()
    };
    if is_binary(&text) {
        return Err(ReadError::Binary);
    }
    Ok(if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text })
}

fn is_utf_16(encoding: &&'static Encoding) -> bool {
    [UTF_16BE, UTF_16LE].contains(encoding)
}

fn strictly(encoding: &'static Encoding, bytes: &[u8]) -> Result<String, ReadError> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes).ok_or(ReadError::Encoding)?;
    Ok(text.into_owned())
}

/// `charset` of a media type.
fn named_in(media_type: &str) -> Option<&'static Encoding> {
    let charset = media_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches(['"', '\'']))
    })?;
    Encoding::for_label(charset.as_bytes())
}

/// `charset` of a `meta` in the first 1,024 bytes of a page, where HTML wants it.
fn named_by_page(bytes: &[u8]) -> Option<&'static Encoding> {
    const NAME: &[u8] = b"charset=";
    let beginning = bytes.get(..1024).unwrap_or(bytes).to_ascii_lowercase();
    let at = beginning.windows(NAME.len()).position(|part| part == NAME)?;
    let value = beginning.get(at + NAME.len()..)?;
    let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
    let label = value.split(|byte| !(byte.is_ascii_alphanumeric() || b"-_:.".contains(byte))).next()?;
    // The page was read as bytes up to here, so it is not UTF-16, whatever it says (HTML, 13.2.3.2).
    Encoding::for_label(label).filter(|encoding| !is_utf_16(encoding))
}

/// UTF-16 of a text that is mostly of Western letters: their other byte is zero.
fn utf_16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    const LOOKED_AT: usize = 4096;
    let beginning = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    if beginning.len() < 4 || !bytes.len().is_multiple_of(2) {
        return None;
    }
    let zeros = |first: usize| beginning.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let most = beginning.len() / 2 * 7 / 10;
    match (even, odd) {
        (0, odd) if odd > most => Some(UTF_16LE),
        (even, 0) if even > most => Some(UTF_16BE),
        _ => None,
    }
}

/// Control characters that no text has. A form feed, an escape or a backspace happens.
fn is_binary(text: &str) -> bool {
    let strange = text.chars().filter(|one| one.is_control() && !matches!(one, '\t' | '\n' | '\r' | '\u{85}')).count();
    text.contains('\0') || strange > 8 + text.len() / 100
}
