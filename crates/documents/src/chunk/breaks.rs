use std::ops::RangeInclusive;

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation as _};

/// How good a place is to end a passage at, the best last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Break {
    /// Between two words.
    Word,
    /// Between two lines that are not the end of anything.
    Line,
    /// Between two sentences; between two lines of code.
    Sentence,
    /// Between two paragraphs.
    Paragraph,
    /// Before a heading.
    Heading,
}

/// What kind of break is between two characters where no line ends.
pub(super) fn between(before: char, after: char) -> Option<Break> {
    if after.is_whitespace() {
        None
    } else if matches!(before, '。' | '！' | '？' | '｡' | '।' | '॥' | '။' | '።' | '។')
        && !matches!(after, '」' | '』' | '”' | '）')
    {
        Some(Break::Sentence)
    } else if before.is_whitespace() || matches!(before, '、' | '，' | '；' | '：' | '\u{200B}') {
        Some(Break::Word)
    } else {
        None
    }
}

/// Whether a sentence ends where a text ends.
pub(super) fn ends_sentence(text: &str) -> bool {
    let text = text.trim_end().trim_end_matches(['"', '\'', ')', ']', '”', '’', '»', '」', '』', '）', '*', '_']);
    text.ends_with(['.', '!', '?', '…', '。', '！', '？', '؟', '۔', '।', '።', '។', '။'])
}

/// How many characters a place is moved so that a grapheme stays whole. There is no end to what can be put on one letter.
const LONGEST_GRAPHEME: usize = 64;

/// The last place, up to `at`, where no grapheme is cut; `at` itself where there is none near. `text` begins with a whole one.
pub(super) fn settle(text: &str, at: usize) -> usize {
    let mut place = at;
    for _ in 0..LONGEST_GRAPHEME {
        if GraphemeCursor::new(place, text.len(), true).is_boundary(text, 0) != Ok(false) {
            return place;
        }
        place = text.floor_char_boundary(place.saturating_sub(1));
        if place == 0 {
            break;
        }
    }
    at
}

/// Where a passage begins that repeats the end of `text`, the passage before it: at a sentence, else at a word, else at a grapheme, as many
/// characters before the end as `window` says; the first of the best.
pub(super) fn repeated_from(text: &str, window: RangeInclusive<usize>) -> usize {
    let back = |characters: &usize| text.char_indices().rev().nth(characters.saturating_sub(1)).map_or(0, |(at, _)| at);
    let (first, last) = (back(window.end()), back(window.start()));
    let part = text.get(first..last).unwrap_or_default();
    let mut before = text.get(..first).and_then(|text| text.chars().next_back()).unwrap_or('\n');
    let mut word = None;
    for (offset, after) in part.char_indices() {
        let place = first + offset;
        match between(before, after) {
            Some(Break::Sentence) => return place,
            Some(_) if before == '\n' || text.get(..place).is_some_and(ends_sentence) => return place,
            Some(_) => word = word.or(Some(place)),
            None => {}
        }
        before = after;
    }
    // From the beginning, where one begins: only so flags are told apart.
    let middle = first + part.len() / 2;
    let grapheme = || text.grapheme_indices(true).map(|(place, _)| place).find(|place| (middle..=last).contains(place));
    word.or_else(grapheme).unwrap_or(last)
}
