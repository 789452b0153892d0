use std::borrow::Cow;

use deputy_http::{FromJson, JsonError, Reader};

/// A string that may be `null`, or (Mistral) a list of parts of which those of type `text` count.
#[derive(Default)]
pub(crate) struct Text<'a>(pub Cow<'a, str>);

#[derive(FromJson)]
struct Part {
    text: Option<String>,
}

impl<'n> FromJson<'n> for Text<'n> {
    fn empty() -> Self {
        Self::default()
    }

    fn read(&mut self, value: Reader<'n>) -> Result<(), JsonError> {
        if let Ok(text) = value.text() {
            self.0 = Cow::Borrowed(text);
        } else if !value.is_null() {
            for value in value.items().map_err(|_| JsonError::ANOTHER_TYPE)? {
                let mut part = Part::empty();
                part.read(value)?;
                self.0.to_mut().push_str(part.text.as_deref().unwrap_or_default());
            }
        }
        Ok(())
    }
}
