use std::collections::HashSet;

use super::segments::{Segment, segments};
use super::stop_words::is_stop_word;

/// How many words of a question are looked for. What comes after them is a text, not a question.
pub const MOST_WORDS: usize = 64;

/// How many bytes of a question are looked at.
const LONGEST_QUESTION: usize = 16_384;

/// A question as FTS5 takes it: any of its words, each quoted, so that nothing in it is an operator. None if it has no word.
///
/// ```
/// use deputy_documents::search::fts_query;
///
/// assert_eq!(fts_query("Show me the forecast for ZEKO?").as_deref(), Some(r#""forecast" OR "zeko""#));
/// assert_eq!(fts_query(r#"title:x NEAR("y" z*)"#).as_deref(), Some(r#""title" OR "x" OR "near" OR "y" OR "z""#));
/// assert_eq!(fts_query("?!"), None);
/// ```
pub fn fts_query(question: &str) -> Option<String> {
    let words = words(question);
    (!words.is_empty()).then(|| words.join(" OR "))
}

/// The different words of a question, each a query of its own: without those that say nothing, unless it has no others.
pub fn words(question: &str) -> Vec<String> {
    let (mut words, mut stop_words) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    let end = question.floor_char_boundary(LONGEST_QUESTION);
    for segment in segments(question.get(..end).unwrap_or_default()) {
        let mut add = |word: String, list: &mut Vec<String>| {
            if list.len() < MOST_WORDS && seen.insert(word.clone()) {
                list.push(word);
            }
        };
        match segment {
            Segment::Word(word) if is_stop_word(&word) => add(quoted(&word), &mut stop_words),
            Segment::Word(word) => add(quoted(&word), &mut words),
            Segment::Run(run) => match run.as_slice() {
                // Anything that begins with it: pairs are what the index has.
                [only] => add(format!("{}*", quoted(only)), &mut words),
                run => {
                    for (first, second) in run.iter().zip(run.iter().skip(1)) {
                        add(quoted(&format!("{first}{second}")), &mut words);
                    }
                }
            },
        }
        if words.len() >= MOST_WORDS {
            break;
        }
    }
    if words.is_empty() { stop_words } else { words }
}

/// A string of FTS5. Segments hold no quotation mark; if one did, it would be doubled here.
fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('"', "\"\""))
}

/// What `similarity` means where words were searched: the share of the question's [`words`] that the passage has in its title, heading
/// path or text, in whatever form, from 0 to 1. Other documents do not change it, so that it tells nothing about them.
pub fn similarity(found: usize, asked: usize) -> f64 {
    found.min(asked) as f64 / asked.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_say_nothing_are_left_out_unless_there_are_no_others() {
        assert_eq!(words("What is the vacation policy, and what is the policy?"), [r#""vacation""#, r#""policy""#]);
        assert_eq!(words("To be or not to be"), [r#""to""#, r#""be""#, r#""or""#, r#""not""#]);
        assert_eq!(words("¿Qué es?"), [r#""qué""#, r#""es""#]);
    }

    #[test]
    fn scripts_without_spaces_are_asked_by_pairs() {
        assert_eq!(
            words("東京都の人口は"),
            ["東京", "京都", "都の", "の人", "人口", "口は"].map(|pair| format!("\"{pair}\""))
        );
        assert_eq!(words("猫"), [r#""猫"*"#]);
        assert_eq!(words("iPhone用の箱"), [r#""iphone""#, r#""用の""#, r#""の箱""#]);
    }

    #[test]
    fn a_text_is_no_question() {
        let text: String = (0..10_000).map(|number| format!("word{number} ")).collect();
        assert_eq!(words(&text).len(), MOST_WORDS);
        assert!(words(&"的一是在不了有和人这".repeat(10_000)).len() <= MOST_WORDS);
    }

    /// `RG-11`
    #[test]
    fn rg_11_similarity_is_a_share() {
        assert!((similarity(2, 3) - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!((similarity(0, 0), similarity(0, 5), similarity(5, 5), similarity(9, 5)), (0.0, 0.0, 1.0, 1.0));
    }
}
