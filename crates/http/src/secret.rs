use zeroize::Zeroize;

/// A token, key or password. `Debug` prints `[redacted]`, it is not `Serialize`, and its memory is
/// wiped when dropped. [`Secret::expose`] is the only way out, so that every use can be found.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes ownership of a secret text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself. Never put the result into a log line, a URL, a frame or an error.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// True when there is nothing to protect.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<'n> crate::FromJson<'n> for Secret {
    fn empty() -> Self {
        Self(String::new())
    }

    fn read(&mut self, value: crate::Reader<'n>) -> Result<(), crate::JsonError> {
        value.text()?.clone_into(&mut self.0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_the_text() {
        let shown = format!("{:?}", Some(Secret::new("hunter2")));
        assert_eq!(shown, "Some([redacted])");
    }
}
