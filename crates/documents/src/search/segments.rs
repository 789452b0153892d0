use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_segmentation::UnicodeSegmentation as _;

/// What FTS5 is given of a text, so that it finds words of every script.
///
/// `unicode61` takes a whole sentence of a script without spaces (Chinese, Japanese, Thai, …) for one word. Here such a run becomes pairs of
/// neighbours, and its last character alone, so that a question of two characters meets them wherever they stand, and one of one character
/// is the beginning of a pair. Korean, which has spaces, becomes pairs too, because its words change at their ends. `unicode61` knows
/// Unicode 6.1: characters above U+FFFF, younger scripts and emoji among them, are written as numbers.
pub fn index_text(text: &str) -> Cow<'_, str> {
    if text.is_ascii() && text.split_ascii_whitespace().all(|word| word.len() <= LONGEST_WORD) {
        return Cow::Borrowed(text);
    }
    let mut written = String::with_capacity(text.len());
    for segment in segments(text) {
        match segment {
            Segment::Word(word) => push(&mut written, &word),
            Segment::Run(run) => {
                for (index, first) in run.iter().enumerate() {
                    let second = run.get(index + 1).map_or("", String::as_str);
                    push(&mut written, &format!("{first}{second}"));
                }
            }
        }
    }
    Cow::Owned(written)
}

fn push(written: &mut String, word: &str) {
    if !written.is_empty() {
        written.push(' ');
    }
    written.push_str(word);
}

/// What a text is made of; everything else separates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
    /// A word, in lower case.
    Word(String),
    /// Characters, as readers take them, of a script without spaces between words.
    Run(Vec<String>),
}

/// Longer words than this are broken, in texts and questions alike.
const LONGEST_WORD: usize = 64;

/// Words and runs in their order.
pub(super) fn segments(text: &str) -> impl Iterator<Item = Segment> {
    let mut graphemes = text.graphemes(true).peekable();
    std::iter::from_fn(move || {
        while graphemes.next_if(|grapheme| matches!(kind(grapheme), Kind::Separator | Kind::Nothing)).is_some() {}
        let kind = kind(graphemes.peek()?);
        if kind == Kind::Single {
            return graphemes.next().map(|grapheme| Segment::Word(spelled(grapheme)));
        }
        let most = if kind == Kind::Letter { LONGEST_WORD } else { usize::MAX };
        let mut parts = Vec::new();
        while parts.len() < most
            && let Some(grapheme) =
                graphemes.next_if(|grapheme| self::kind(grapheme) == kind || self::kind(grapheme) == Kind::Nothing)
        {
            parts.extend(Some(spelled(grapheme)).filter(|part| !part.is_empty()));
        }
        Some(if kind == Kind::Letter { Segment::Word(parts.concat()) } else { Segment::Run(parts) })
    })
}

/// What the first character makes of what a reader takes for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letter,
    Unspaced,
    /// A word of its own.
    Single,
    /// Not to be seen, so that it separates nothing.
    Nothing,
    Separator,
}

fn kind(grapheme: &str) -> Kind {
    match grapheme.chars().next() {
        Some(first) if !first.is_alphanumeric() => match first {
            '\u{1F000}'..='\u{1FAFF}' => Kind::Single,
            first if is_invisible(first) => Kind::Nothing,
            _ => Kind::Separator,
        },
        Some(first) if is_unspaced(first) => Kind::Unspaced,
        Some(_) => Kind::Letter,
        None => Kind::Separator,
    }
}

/// Letters of scripts that are written without spaces between words, and of Korean.
fn is_unspaced(letter: char) -> bool {
    matches!(letter,
        '\u{0E00}'..='\u{0EFF}' // Thai, Lao
        | '\u{1000}'..='\u{109F}' | '\u{A9E0}'..='\u{A9FF}' | '\u{AA60}'..='\u{AA7F}' // Myanmar
        | '\u{1100}'..='\u{11FF}' | '\u{3130}'..='\u{318F}' | '\u{A960}'..='\u{A97F}' | '\u{AC00}'..='\u{D7FF}' // Hangul
        | '\u{1780}'..='\u{17FF}' | '\u{1950}'..='\u{19DF}' | '\u{1A20}'..='\u{1AAF}' // Khmer, Tai Le, Tai Lue, Tai Tham
        | '\u{1B00}'..='\u{1B7F}' | '\u{A980}'..='\u{A9DF}' // Balinese, Javanese
        | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3040}'..='\u{312F}' | '\u{31A0}'..='\u{31BF}'
        | '\u{31F0}'..='\u{31FF}' | '\u{FF66}'..='\u{FF9F}' // Kana, Bopomofo
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}' // Han
    )
}

/// Soft hyphens, joiners and their like, marks of direction, variants of one character.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
    )
}

/// As `unicode61` takes it for a part of one word: in lower case, letters alone, those it does not know as their numbers.
fn spelled(grapheme: &str) -> String {
    let mut spelled = String::with_capacity(grapheme.len());
    for letter in grapheme.chars().flat_map(char::to_lowercase) {
        match letter {
            letter if is_invisible(letter) => {}
            // Latin letters as wide as Han.
            '\u{FF01}'..='\u{FF5E}' => spelled.extend(char::from_u32(u32::from(letter) - 0xFEE0)),
            '\u{10000}'.. => drop(write!(spelled, "u{:x}", u32::from(letter))),
            _ => spelled.push(letter),
        }
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_become_pairs_and_words_stay() {
        assert_eq!(index_text("Plain ASCII, as it is."), "Plain ASCII, as it is.");
        assert_eq!(index_text("Größe: naïve"), "größe naïve");
        assert_eq!(index_text("重跑gen-itgc后"), "重跑 跑 gen itgc 后");
        assert_eq!(index_text("東京都。猫"), "東京 京都 都 猫");
        assert_eq!(index_text("２０２６年"), "2026 年");
        assert_eq!(index_text("🚀 to 𝕏"), "u1f680 to u1d54f");
        assert_eq!(index_text("fore\u{200B}ca\u{200D}st sil\u{AD}ben ❤\u{FE0F}"), "forecast silben");
    }

    #[test]
    fn what_is_torn_apart_is_what_readers_tell_apart() {
        assert_eq!(index_text("กำลัง"), "กำลั ลัง ง");
        assert_eq!(index_text("हिन्दी भाषा"), "हिन्दी भाषा");
        let long = "é".repeat(150);
        assert_eq!(index_text(&long).split(' ').map(|word| word.chars().count()).collect::<Vec<_>>(), [64, 64, 22]);
    }
}
