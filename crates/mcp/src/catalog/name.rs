use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};

/// Characters of a tool's name at most: OpenAI's and Anthropic's limit.
pub const LONGEST_NAME: usize = 64;
/// Characters of the word that stands for a server.
const LONGEST_WORD: usize = 20;
/// Characters that keep names apart which would be one.
const MARK: usize = 6;

/// What a server is called in the names of its tools: lower-case letters and digits of its name, and nothing else, so that no two pairs of
/// server and tool share a name by where the `_` stands. `taken` are the words of the user's other servers.
pub fn server_word(name: &str, taken: &[String]) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase());
    let word: String = letters.take(LONGEST_WORD).collect();
    let word = if word.is_empty() { "server".to_owned() } else { word };
    let numbered = (2_u32..).map(|number| format!("{word}{number}"));
    std::iter::once(word.clone()).chain(numbered).find(|word| !taken.contains(word)).unwrap_or(word)
}

/// `tool_<server>_<name>`, in letters, digits and `_` alone: old clients split a name at `-`, and model APIs refuse what MCP allows (dots,
/// slashes, 128 characters). A name that had to be changed ends with a mark of the whole of it, so that `a.b` and `a_b` stay two.
pub fn legal_name(word: &str, tool: &str) -> String {
    let spelled: String =
        tool.chars().map(|letter| if letter.is_ascii_alphanumeric() || letter == '_' { letter } else { '_' }).collect();
    let whole = format!("tool_{word}_{spelled}");
    if spelled == tool && !tool.is_empty() && whole.len() <= LONGEST_NAME {
        return whole;
    }
    // The mark's own `-` is no letter of ours.
    let digest = Base64UrlUnpadded::encode_string(&Sha256::digest(tool.as_bytes()));
    let mark: String = digest.chars().filter(char::is_ascii_alphanumeric).take(MARK).collect();
    let room = LONGEST_NAME.saturating_sub(MARK.saturating_add(1));
    let kept: String = whole.chars().take(room).collect();
    format!("{kept}_{mark}")
}

/// The names of a server's tools, in their order. A name that another tool of the server bears already is none: the tool is left out.
pub fn legal_names<'a>(word: &str, tools: impl IntoIterator<Item = &'a str>) -> Vec<Option<String>> {
    let mut taken: Vec<String> = Vec::new();
    let named = tools.into_iter().map(|tool| {
        let name = legal_name(word, tool);
        if taken.contains(&name) {
            return None;
        }
        taken.push(name.clone());
        Some(name)
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CF-29: whatever a server calls its tools, every model API takes the names.
    #[test]
    fn cf_29_names_are_legal_for_every_model_api() {
        let long = "x".repeat(128);
        let odd = ["add", "a-b", "a.b", "a/b", "a b", "é", "", "ÄÖÜ", "tool_x", "__", long.as_str(), "a\u{0}b", "日本"];
        let names = legal_names("notes", odd);
        for (tool, name) in odd.iter().zip(&names) {
            let name = name.as_deref().unwrap();
            assert!(name.starts_with("tool_notes_") && name.len() <= LONGEST_NAME, "{tool:?}: {name}");
            assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'), "{tool:?}: {name}");
        }
        let mut apart: Vec<_> = names.into_iter().flatten().collect();
        apart.sort_unstable();
        apart.dedup();
        assert_eq!(apart.len(), odd.len(), "no two tools share a name");
        assert_eq!(legal_name("notes", "add_note"), "tool_notes_add_note");
    }

    #[test]
    fn long_names_that_begin_alike_stay_apart() {
        let (one, two) = ("y".repeat(100) + "1", "y".repeat(100) + "2");
        assert_ne!(legal_name("w", &one), legal_name("w", &two));
        assert_eq!(legal_name("w", &one), legal_name("w", &one), "and the same from listing to listing");
    }

    #[test]
    fn a_name_twice_is_one_tool() {
        assert_eq!(legal_names("w", ["a", "a"]), [Some("tool_w_a".to_owned()), None]);
    }

    #[test]
    fn a_server_is_a_word_of_its_own() {
        let taken = ["notes".to_owned(), "notes2".to_owned()];
        assert_eq!(server_word("My Notes!", &[]), "mynotes");
        assert_eq!(server_word("notes", &taken), "notes3");
        assert_eq!(server_word("日本", &[]), "server");
        assert_eq!(server_word(&"a".repeat(90), &[]).len(), 20);
        // `a` with `b_c` and `a_b` with `c` would be one name if a word might hold a `_`.
        assert_ne!(legal_name(&server_word("a", &[]), "b_c"), legal_name(&server_word("a_b", &[]), "c"));
    }
}
