use deputy_error::{Explained, Explanation};
use strum::EnumIter;

use crate::ciba::approval_code::ApprovalCode;
use crate::ciba::transliteration::{is_plain, transliterate};
use crate::words::NOT_SET_UP;

/// What the user's device shows (OpenID CIBA Core 1.0, 7.1 `binding_message`), within Auth0's rules: 1 to 64
/// characters, letters and digits of ASCII and `+-_.,:#`, blanks between words.
///
/// Auth0's documentation leaves the blank out of the characters it lists and has it in its examples; a tenant that
/// takes none is served by [`fit_without_blanks`](Self::fit_without_blanks).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindingMessage(String);

impl BindingMessage {
    /// Characters at most.
    pub const LONGEST: usize = 64;

    /// The message nearest to `text`: other characters are spelled in ASCII or replaced by `_`, and what is too long
    /// ends in ` ..`, after a whole word, or in `..` inside one. A number is never shortened without that mark
    /// directly behind it, so put what matters first. A text without a letter or digit becomes "Approve request".
    pub fn fit(text: &str) -> Self {
        Self(shorten(&readable(text), Self::LONGEST))
    }

    /// As [`fit`](Self::fit), with `_` for blanks.
    pub fn fit_without_blanks(text: &str) -> Self {
        Self(Self::fit(text).0.replace(' ', "_"))
    }

    /// As [`fit`](Self::fit), with the code that the card in the chat shows at its end, never shortened: for devices
    /// that show no authorization details.
    pub fn fit_with_code(text: &str, code: &ApprovalCode) -> Self {
        let suffix = format!(" #{code}");
        let room = Self::LONGEST.saturating_sub(suffix.len());
        Self(format!("{}{suffix}", shorten(&readable(text), room)))
    }

    /// As [`fit`](Self::fit) or [`fit_with_code`](Self::fit_with_code), behind the first of these notices that leaves the text whole. Where
    /// none does, the text behind the last of them is cut in its middle: its end is as important as its beginning.
    pub fn fit_behind(notices: &[String], text: &str, code: Option<&ApprovalCode>) -> Self {
        let suffix = code.map(|code| format!(" #{code}")).unwrap_or_default();
        let room = Self::LONGEST.saturating_sub(suffix.len());
        let text = readable(text);
        let notices: Vec<String> = notices.iter().map(|notice| behind(notice)).collect();
        let whole = notices.iter().find(|notice| notice.len().saturating_add(text.len()) <= room);
        Self(match (whole, notices.last()) {
            (Some(notice), _) => format!("{notice}{text}{suffix}"),
            (None, Some(notice)) => {
                format!("{notice}{}{suffix}", cut_in_the_middle(&text, room.saturating_sub(notice.len())))
            }
            (None, None) => format!("{}{suffix}", shorten(&text, room)),
        })
    }

    /// A text that keeps to the rules already.
    pub fn parse(text: &str) -> Result<Self, BindingMessageError> {
        if text.trim().is_empty() {
            return Err(BindingMessageError::Empty);
        }
        let length = text.chars().count();
        if length > Self::LONGEST {
            return Err(BindingMessageError::TooLong { length });
        }
        match text.chars().find(|c| !is_plain(*c) && *c != ' ') {
            Some(character) => Err(BindingMessageError::NotAllowed { character }),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// The message.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for BindingMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

fn readable(text: &str) -> String {
    const NOTHING_TO_SAY: &str = "Approve request";
    let plain = transliterate(text);
    if plain.contains(|c: char| c.is_ascii_alphanumeric()) { plain } else { NOTHING_TO_SAY.to_owned() }
}

/// Stands where something was left out behind a whole word.
const MARK: &str = " ..";

/// A notice in the characters that are allowed, with the blank behind it.
fn behind(notice: &str) -> String {
    format!("{} ", transliterate(notice).trim_end())
}

/// `text` (ASCII) in at most `limit` characters: its beginning, the mark, and as many whole words of its end as there is room for.
fn cut_in_the_middle(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let mut end = "";
    for (at, _) in text.rmatch_indices(' ') {
        let longer = text.get(at..).unwrap_or_default();
        if longer.len() > limit / 2 {
            break;
        }
        end = longer;
    }
    let room = limit.saturating_sub(end.len());
    let text = text.strip_suffix(end).unwrap_or(text);
    // The blank behind the last word that fits may be the first character beyond the room.
    let head = text.get(..room.saturating_sub(MARK.len()).saturating_add(1)).unwrap_or_default();
    match head.rsplit_once(' ') {
        Some((words, _)) => format!("{words}{MARK}{end}"),
        None => format!("{}{end}", shorten(&format!("{text}{MARK}"), room)),
    }
}

/// `text` (ASCII) in at most `limit` characters.
fn shorten(text: &str, limit: usize) -> String {
    /// Fewer whole words than this tell less than a word cut in two.
    const LEAST_WHOLE_WORDS: usize = 24;
    if text.len() <= limit {
        return text.to_owned();
    }
    let room = |mark: &str| text.get(..limit.saturating_sub(mark.len())).unwrap_or_default();
    // The blank behind the last word that fits may be the first character beyond the room.
    let whole = room(MARK).len();
    let head = text.get(..whole.saturating_add(1)).unwrap_or_default();
    match head.rsplit_once(' ') {
        Some((words, _)) if words.len() >= LEAST_WHOLE_WORDS => format!("{words}{MARK}"),
        _ => format!("{}..", room("..").trim_end()),
    }
}

/// Why a text is no binding message as it is; [`BindingMessage::fit`] makes one of any text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum BindingMessageError {
    /// Auth0 requires a message.
    #[error("the binding message is empty")]
    Empty,
    /// More than 64 characters.
    #[error("the binding message has {length} characters")]
    TooLong {
        /// Characters.
        length: usize,
    },
    /// A character Auth0 does not take.
    #[error("the binding message has the character '{character}'")]
    NotAllowed {
        /// The first such character.
        character: char,
    },
}

impl Explained for BindingMessageError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::Empty => Explanation::new(
                "binding_message_empty",
                NOT_SET_UP,
                "Say in the tool's binding message what is to be approved.",
            ),
            Self::TooLong { .. } => Explanation::new(
                "binding_message_too_long",
                NOT_SET_UP,
                "Shorten the binding message to 64 characters, what matters first.",
            ),
            Self::NotAllowed { .. } => Explanation::new(
                "binding_message_character",
                NOT_SET_UP,
                "Use letters, digits, blanks and +-_.,:# in a binding message.",
            ),
        }
    }
}
