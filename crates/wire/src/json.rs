//! JSON that is written as text: in a fixed order of keys, and without building values for what is sent most.

use serde_json::Value;

/// Writes one JSON object, keys in the order of the calls.
pub(crate) struct ObjectWriter {
    out: String,
}

impl ObjectWriter {
    pub(crate) fn new() -> Self {
        Self { out: String::from("{") }
    }

    /// An object that starts with `"type": kind`, as every frame and chunk does.
    pub(crate) fn of_type(kind: &str) -> Self {
        let mut writer = Self::new();
        writer.text("type", kind);
        writer
    }

    pub(crate) fn text(&mut self, key: &str, text: &str) -> &mut Self {
        self.key(key);
        quote(&mut self.out, text);
        self
    }

    pub(crate) fn text_if(&mut self, key: &str, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.text(key, text),
            None => self,
        }
    }

    pub(crate) fn flag(&mut self, key: &str, flag: bool) -> &mut Self {
        self.raw(key, if flag { "true" } else { "false" })
    }

    /// The flag, only when it is set: absent is false.
    pub(crate) fn flag_if(&mut self, key: &str, flag: bool) -> &mut Self {
        if flag { self.raw(key, "true") } else { self }
    }

    pub(crate) fn number(&mut self, key: &str, number: u64) -> &mut Self {
        self.raw(key, &number.to_string())
    }

    pub(crate) fn value(&mut self, key: &str, value: &Value) -> &mut Self {
        self.raw(key, &value.to_string())
    }

    pub(crate) fn texts(&mut self, key: &str, texts: &[String]) -> &mut Self {
        let quoted = texts.iter().map(|text| {
            let mut quoted = String::new();
            quote(&mut quoted, text);
            quoted
        });
        self.raw(key, &list(quoted))
    }

    /// The list, only when it has something.
    pub(crate) fn texts_if(&mut self, key: &str, texts: &[String]) -> &mut Self {
        if texts.is_empty() { self } else { self.texts(key, texts) }
    }

    /// A member whose value is JSON already.
    pub(crate) fn raw(&mut self, key: &str, json: &str) -> &mut Self {
        self.key(key);
        self.out.push_str(json);
        self
    }

    pub(crate) fn raw_if(&mut self, key: &str, json: Option<&str>) -> &mut Self {
        match json {
            Some(json) => self.raw(key, json),
            None => self,
        }
    }

    /// The object; nothing is left in the writer.
    pub(crate) fn finish(&mut self) -> String {
        self.out.push('}');
        std::mem::take(&mut self.out)
    }

    fn key(&mut self, key: &str) {
        if self.out.len() > 1 {
            self.out.push(',');
        }
        self.out.push('"');
        self.out.push_str(key);
        self.out.push_str("\":");
    }
}

fn quote(out: &mut String, text: &str) {
    out.push('"');
    escape(out, text);
    out.push('"');
}

/// A list of what is JSON already.
pub(crate) fn list(items: impl Iterator<Item = String>) -> String {
    let mut out = String::from("[");
    for item in items {
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(&item);
    }
    out.push(']');
    out
}

/// Appends the inside of a JSON string (RFC 8259, 7).
pub(crate) fn escape(out: &mut String, text: &str) {
    escape_runs(out, text, |out, special| match special {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        other => {
            out.push('\\');
            push_control(out, other);
        }
    });
}

/// Appends the inside of a JSON string that stands in JSON that is itself the inside of a JSON string.
pub(crate) fn escape_twice(out: &mut String, text: &str) {
    escape_runs(out, text, |out, special| match special {
        '"' => out.push_str("\\\\\\\""),
        '\\' => out.push_str("\\\\\\\\"),
        other => {
            out.push_str("\\\\");
            push_control(out, other);
        }
    });
}

/// Copies runs without special characters whole; those are nearly all of a text.
fn escape_runs(out: &mut String, text: &str, special: impl Fn(&mut String, char)) {
    out.reserve(text.len());
    let is_special = |c: char| c < ' ' || c == '"' || c == '\\';
    for run in text.split_inclusive(is_special) {
        match run.chars().next_back().filter(|last| is_special(*last)) {
            Some(last) => {
                out.push_str(run.strip_suffix(last).unwrap_or_default());
                special(out, last);
            }
            None => out.push_str(run),
        }
    }
}

/// What follows the backslash of an escaped control character.
fn push_control(out: &mut String, control: char) {
    match control {
        '\n' => out.push('n'),
        '\r' => out.push('r'),
        '\t' => out.push('t'),
        '\u{8}' => out.push('b'),
        '\u{c}' => out.push('f'),
        other => {
            let code = u32::from(other);
            let digit = |nibble: u32| char::from_digit(nibble & 0xf, 16).unwrap_or('0');
            out.push_str("u00");
            out.push(digit(code >> 4));
            out.push(digit(code));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every control character, both special ones, and text of other scripts.
    fn samples() -> Vec<String> {
        let mut samples: Vec<String> = (0_u8..0x80).map(|byte| format!("a{}b", char::from(byte))).collect();
        samples.extend(
            ["", "\"", "\\\"\\", "\n\n", "naïve 日本 🙂\u{2028}", "{\"a\":\"\\n\"}", "tail\\"].map(str::to_owned),
        );
        samples
    }

    #[test]
    fn escaping_once_is_what_serde_json_writes() {
        for sample in samples() {
            let mut ours = String::from("\"");
            escape(&mut ours, &sample);
            ours.push('"');
            assert_eq!(ours, serde_json::to_string(&sample).unwrap());
        }
    }

    #[test]
    fn escaping_twice_is_a_string_in_a_string() {
        for sample in samples() {
            let mut ours = String::from("\"\\\"");
            escape_twice(&mut ours, &sample);
            ours.push_str("\\\"\"");
            assert_eq!(ours, serde_json::to_string(&serde_json::to_string(&sample).unwrap()).unwrap());
        }
    }

    #[test]
    fn an_object_keeps_the_order_of_its_keys() {
        let mut object = ObjectWriter::of_type("x");
        object.texts("b", &["1".into(), "\"".into()]).number("a", 7).flag("c", false);
        assert_eq!(object.flag_if("d", false).finish(), r#"{"type":"x","b":["1","\""],"a":7,"c":false}"#);
        assert_eq!(ObjectWriter::new().finish(), "{}");
    }
}
