//! The text of a step in which no tools are offered, while it may be nothing but a call. A model that goes on with what it sees writes
//! one as text: that is no answer, and nobody is to read it.

use serde_json::Value;

/// The longest text that is held back, bytes: what goes on after that is told as it is.
const MOST: usize = 16 * 1024;

/// How models and their templates write calls: a fenced block, tags, JSON.
const OPENINGS: [&str; 6] =
    ["```", "<tool_call>", "<function_call>", "[TOOL_CALLS]", "<|python_tag|>", "<|tool_call|>"];

/// Text that is not shown yet.
#[derive(Debug, Default)]
pub(super) struct Unsaid {
    text: String,
    /// It was no call: everything more is told at once.
    told: bool,
}

impl Unsaid {
    /// Takes more of the text in, and gives what can be told by now.
    pub(super) fn push(&mut self, more: String) -> String {
        if self.told {
            return more;
        }
        self.text.push_str(&more);
        if self.text.len() <= MOST && may_be_call(self.text.trim_start()) {
            return String::new();
        }
        self.told = true;
        std::mem::take(&mut self.text)
    }

    /// The rest, when the answer has ended.
    pub(super) fn rest(self) -> Rest {
        match self.text.trim() {
            "" => Rest::Text(String::new()),
            text if is_call(text) => Rest::OnlyACall,
            _ => Rest::Text(self.text),
        }
    }
}

/// What is left when the answer has ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// Text that is to be told.
    Text(String),
    /// The answer is nothing but a call.
    OnlyACall,
}

/// What has come so far may be the beginning of a call.
fn may_be_call(text: &str) -> bool {
    if OPENINGS.iter().any(|opening| opening.starts_with(text) || text.starts_with(opening)) {
        return unfenced(text).is_none_or(may_be_json);
    }
    may_be_json(text)
}

/// JSON of an object, or of a list of objects.
fn may_be_json(text: &str) -> bool {
    let inside = text.strip_prefix('[').unwrap_or(text).trim_start();
    inside.is_empty() || inside.starts_with('{')
}

/// What stands behind the opening of a block; none while that is not known.
fn unfenced(text: &str) -> Option<&str> {
    match text.strip_prefix("```") {
        Some(block) => block.split_once(char::is_whitespace).map(|(_, inside)| inside.trim_start()),
        None => OPENINGS.iter().find_map(|opening| text.strip_prefix(opening)).map(str::trim_start),
    }
}

/// The text is a call, or several, and nothing else.
fn is_call(text: &str) -> bool {
    let inside = unfenced(text).unwrap_or(text);
    let mut values = serde_json::Deserializer::from_str(inside).into_iter::<Value>();
    let mut any = false;
    loop {
        match values.next() {
            Some(Ok(Value::Array(list))) if !list.is_empty() && list.iter().all(names_call) => any = true,
            Some(Ok(value)) if names_call(&value) => any = true,
            Some(Ok(_)) => return false,
            Some(Err(_)) => {
                let rest = inside.get(values.byte_offset()..).and_then(closed);
                return any && rest.is_some_and(|rest| rest.is_empty() || is_call(rest));
            }
            None => return any,
        }
    }
}

/// What stands behind the closing of a block.
fn closed(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let tag = || text.strip_prefix("</").and_then(|tag| tag.split_once('>')).map(|(_, rest)| rest);
    text.strip_prefix("```").or_else(tag).map(str::trim)
}

/// An object that names a tool and says with what it is called.
fn names_call(value: &Value) -> bool {
    let call = value.get("function").filter(|function| function.is_object()).unwrap_or(value);
    let named =
        ["name", "tool", "function", "tool_name"].iter().any(|name| call.get(name).is_some_and(Value::is_string));
    let with = ["arguments", "parameters", "args", "input", "tool_input"];
    named && with.iter().any(|member| call.get(member).is_some_and(|value| value.is_object() || value.is_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In pieces of every length: what was told on the way, and what is left.
    fn told(text: &str) -> (String, Rest) {
        let whole = in_pieces(text, text.len().max(1));
        for length in 1..8 {
            let (mut told, mut rest) = in_pieces(text, length);
            if let Rest::Text(more) = &mut rest {
                told.push_str(more);
                more.clear();
            }
            let (mut all, rest_of_whole) = (whole.0.clone(), &whole.1);
            if let Rest::Text(more) = rest_of_whole {
                all.push_str(more);
            }
            assert_eq!((told, rest == Rest::OnlyACall), (all, *rest_of_whole == Rest::OnlyACall), "{length}: {text}");
        }
        whole
    }

    fn in_pieces(text: &str, length: usize) -> (String, Rest) {
        let (mut unsaid, mut told) = (Unsaid::default(), String::new());
        let characters: Vec<char> = text.chars().collect();
        for piece in characters.chunks(length) {
            told.push_str(&unsaid.push(piece.iter().collect()));
        }
        (told, unsaid.rest())
    }

    #[test]
    fn a_call_written_as_text_is_no_answer_in_whatever_dress() {
        for call in [
            r#"{"name": "buyStock", "arguments": {"qty": 3}}"#,
            " \n{\"name\":\"buyStock\",\"parameters\":{}}\n",
            r#"{"type":"function","function":{"name":"buyStock","arguments":"{}"}}"#,
            r#"[{"tool":"buyStock","args":{}},{"tool":"buyStock","args":{}}]"#,
            "```json\n{\"name\": \"buyStock\", \"arguments\": {\"qty\": 3}}\n```",
            "```\n{\"name\": \"a\", \"arguments\": {}}\n```\n```\n{\"name\": \"b\", \"arguments\": {}}\n```",
            "<tool_call>\n{\"name\": \"buyStock\", \"arguments\": {}}\n</tool_call>",
            "[TOOL_CALLS][{\"name\": \"buyStock\", \"arguments\": {}}]",
        ] {
            assert_eq!(told(call), (String::new(), Rest::OnlyACall), "{call}");
        }
    }

    #[test]
    fn everything_else_is_told_whole() {
        let long = format!("{{\"name\": \"{}", "x".repeat(MOST));
        for (text, at_once) in [
            ("You have two events.", true),
            ("", true),
            ("[Planning](https://example.com) is at nine.", true),
            ("```rust\nfn main() {}\n```", true),
            ("`x` is it", true),
            ("<b>Two</b> events", true),
            ("{\"events\": 2}", false),
            ("{\"name\": \"Ana\"}", false),
            ("{\"name\": \"buyStock\", \"arguments\": {}} is what I did.", false),
            ("```json\n{\"name\": \"a\", \"arguments\": {}}\n```\nThat is what I did.", false),
            ("{not JSON", false),
            ("[1, 2]", true),
            (long.as_str(), true),
        ] {
            let (mut said, rest) = told(text);
            if let Rest::Text(more) = rest {
                assert_eq!(more.is_empty(), at_once, "{text:.40}");
                said.push_str(&more);
            }
            assert_eq!(said, text, "{text:.40}");
        }
    }
}
