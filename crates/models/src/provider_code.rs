use std::fmt;

/// A provider's short code for an error, such as `unsupported_parameter`: letters and `_` only, at
/// most 48, so that neither a key nor a piece of the conversation passes for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderCode(String);

impl ProviderCode {
    pub(crate) fn new(text: &str) -> Option<Self> {
        let plain = text.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        (plain && (1..=48).contains(&text.len())).then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for ProviderCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
