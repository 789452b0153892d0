//! What a provider wants back with the calls of one answer.

use serde_json::{Map, Value};

/// What a stream can make us keep, bytes.
const MAX_BYTES: usize = 64 * 1024;

/// Members of one answer that go back to its provider.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub members: Map<String, Value>,
    bytes: usize,
}

impl Kept {
    /// More of a text, as much as is kept at all: of reasoning a beginning is worth something.
    pub fn add_text(&mut self, name: &str, text: &str) {
        if text.is_empty() || self.bytes.saturating_add(text.len()) > MAX_BYTES {
            return;
        }
        self.bytes = self.bytes.saturating_add(text.len());
        match self.members.get_mut(name) {
            Some(Value::String(known)) => known.push_str(text),
            _ => drop(self.members.insert(name.to_owned(), Value::from(text))),
        }
    }

    /// A member. Lists go on; pieces of one text in them are joined. A part of something opaque is worth nothing: what is too large
    /// is not kept at all.
    pub fn add(&mut self, name: &str, value: Value) {
        if value.is_null() {
            return;
        }
        self.bytes = self.bytes.saturating_add(deputy_http::json::write(&value).len());
        if self.bytes > MAX_BYTES {
            self.members.remove(name);
            return;
        }
        match (self.members.get_mut(name), value) {
            (Some(Value::Array(known)), Value::Array(more)) => more.into_iter().for_each(|one| go_on(known, one)),
            (_, value) => drop(self.members.insert(name.to_owned(), value)),
        }
    }
}

/// A piece of what stands last in the list, or something new: reasoning with signatures comes in pieces of one index.
fn go_on(known: &mut Vec<Value>, one: Value) {
    let same =
        |last: &Value| ["type", "index"].iter().all(|name| last.get(name).is_some() && last.get(name) == one.get(name));
    let Some(Value::Object(last)) = known.last_mut().filter(|last| same(last)) else { return known.push(one) };
    let Value::Object(more) = one else { return };
    for (name, value) in more {
        match (last.get_mut(&name), value) {
            (_, Value::Null) => {}
            (Some(Value::String(text)), Value::String(more))
                if matches!(name.as_str(), "text" | "summary" | "data") =>
            {
                text.push_str(&more);
            }
            (_, value) => drop(last.insert(name, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn t05_what_is_too_large_is_cut_or_not_kept() {
        let mut kept = Kept::default();
        let half = "x".repeat(MAX_BYTES / 2 + 1);
        kept.add_text("reasoning", &half);
        kept.add_text("reasoning", &half);
        assert_eq!(kept.members["reasoning"], json!(half));
        kept.add("sealed", json!([half]));
        kept.add("sealed", json!(["more"]));
        assert_eq!(kept.members.get("sealed"), None);
    }
}
