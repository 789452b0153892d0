//! An answer out of passages, with citations: what stands for understanding in a script.

use std::collections::BTreeSet;

use serde_json::Value;

/// Words that ask and say nothing of what is asked for.
const ASKING: [&str; 50] = [
    "about",
    "according",
    "all",
    "and",
    "any",
    "are",
    "can",
    "could",
    "did",
    "docs",
    "document",
    "documents",
    "does",
    "find",
    "for",
    "from",
    "get",
    "give",
    "has",
    "have",
    "how",
    "is",
    "knowledge",
    "know",
    "look",
    "me",
    "my",
    "now",
    "of",
    "our",
    "please",
    "say",
    "says",
    "search",
    "show",
    "tell",
    "tells",
    "the",
    "there",
    "to",
    "up",
    "us",
    "was",
    "what",
    "when",
    "where",
    "which",
    "who",
    "with",
    "you",
];

/// Sentences of an answer, at most.
const SENTENCES: usize = 3;

/// The sentences of the passages that say most of what the question asks for, each with its passage's number: `… [2]`. None when no
/// passage has every word of the question.
pub fn cited(question: &str, passages: &[Value]) -> Option<String> {
    let wanted: BTreeSet<String> = words(question).filter(|word| !ASKING.contains(&word.as_str())).collect();
    if wanted.is_empty() {
        return None;
    }
    let mut said = Vec::new();
    for (place, passage) in (1_u64..).zip(passages) {
        let Some(content) = passage.get("content").and_then(Value::as_str) else { continue };
        if hits(&wanted, content) < wanted.len() {
            continue;
        }
        let number = passage.get("number").and_then(Value::as_u64).unwrap_or(place);
        let most = sentences(content).map(|sentence| hits(&wanted, sentence)).max().unwrap_or_default();
        let best = sentences(content).filter(|sentence| hits(&wanted, sentence) == most);
        said.extend(best.map(|sentence| format!("{sentence} [{number}]")));
    }
    said.truncate(SENTENCES);
    (!said.is_empty()).then(|| said.join("\n\n"))
}

fn hits(wanted: &BTreeSet<String>, text: &str) -> usize {
    let there: Vec<String> = words(text).collect();
    wanted.iter().filter(|word| there.iter().any(|other| other.starts_with(stem(word)))).count()
}

/// So much of a word that its other forms begin with it too.
fn stem(word: &str) -> &str {
    word.strip_suffix('s').filter(|stem| stem.len() > 3).unwrap_or(word)
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() > 1);
    words.map(str::to_lowercase)
}

/// Lines, and within them sentences; headings and marks of lists are left out.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let sentences = lines.flat_map(|line| line.split_inclusive(". "));
    let plain = sentences.map(|sentence| sentence.trim().trim_start_matches(['-', '*', '>']).trim());
    plain.filter(|sentence| !sentence.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// RG-15, RG-16: the answer is made of what the tool said, with the number it is cited by, or there is none.
    #[test]
    fn rg_15_an_answer_is_out_of_the_passages_or_there_is_none() {
        let public = json!({"number": 1, "content": "# ZEKO\n\nZEKO makes chips. It was founded in 1998."});
        let private =
            json!({"number": 2, "content": "# Outlook\nThe forecasts for Zeko are bleak. Sales fall.\n- Sell."});
        let ask = |question, passages: &[&Value]| {
            cited(question, &passages.iter().map(|passage| (*passage).clone()).collect::<Vec<_>>())
        };
        let question = "Show me forecast for ZEKO?";
        assert_eq!(ask(question, &[&public]), None, "the word is there and the answer is not");
        let answer = ask(question, &[&public, &private]);
        assert_eq!(answer.as_deref(), Some("The forecasts for Zeko are bleak. [2]"));
        assert_eq!(ask("Who leads ZEKO?", &[&public]), None, "it asks for more than there is");
        let both = "ZEKO makes chips. [1]\n\nIt was founded in 1998. [1]";
        assert_eq!(ask("When was ZEKO founded?", &[&public]).as_deref(), Some(both));
        assert_eq!(ask("What do you know?", &[&public]), None);
        assert_eq!(ask(question, &[&json!({"note": "Forecast of ZEKO"}), &json!("forecast zeko"), &json!(null)]), None);
    }
}
