//! Base64url, SHA-256 and comparison without a timing difference.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};
use base64::engine::{DecodePaddingMode, general_purpose};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// RFC 4648, 5, without padding.
pub(crate) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The reverse of [`base64url`]; `None` for anything else.
pub(crate) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Either alphabet of RFC 4648, padded or not: what people paste into a setting.
pub(crate) fn from_any_base64(text: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurposeConfig =
        general_purpose::NO_PAD.with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
    const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Equality whose duration tells nothing but the lengths.
pub(crate) fn same(left: &str, right: &str) -> bool {
    left.as_bytes().ct_eq(right.as_bytes()).into()
}

/// A remote party's text, fit for a log line or a developer's page: printable, at most `limit` characters.
pub(crate) fn printable(text: &str, limit: usize) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(limit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_base64_is_read() {
        let bytes = [0xfb_u8, 0xff, 0x00, 0x10];
        for text in ["+/8AEA==", "+/8AEA", "-_8AEA", "-_8AEA=="] {
            assert_eq!(from_any_base64(text).as_deref(), Some(&bytes[..]), "{text}");
        }
        assert_eq!(from_any_base64("not base64!"), None);
        assert_eq!(from_base64url(&base64url(&bytes)).as_deref(), Some(&bytes[..]));
    }

    #[test]
    fn foreign_text_is_made_printable() {
        assert_eq!(printable("a\nb\u{1b}[31mc", 6), "a b [3");
    }
}
