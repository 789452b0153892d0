//! An answer out of passages, with citations: what stands for understanding in a script.

use std::collections::BTreeSet;

use serde_json::Value;

/// Words that ask and say nothing of what is asked for.
const ASKING: &str = "about according all an and any are at be can could did do docs document documents does find for from get give has have \
    how in is it know knowledge look me my now of on or our please say says search show tell tells that the there this to up \
    us was what when where which who will with would you";

/// Passages that are cited, at most.
const PASSAGES: usize = 3;

/// Sentences of one of them, at most.
const SENTENCES: usize = 3;

/// What the passages say that have every word of the question, from the sentence that has most of them on, each with its number:
/// `… [2]`. None when there is no such passage.
pub fn cited(question: &str, passages: &[Value]) -> Option<String> {
    let wanted: BTreeSet<String> =
        words(question).filter(|word| !ASKING.split(' ').any(|asking| asking == word)).collect();
    if wanted.is_empty() {
        return None;
    }
    let tells = (1_u64..).zip(passages).filter_map(|(place, passage)| {
        let text = |member: &str| passage.get(member).and_then(Value::as_str);
        let content = text("content")?;
        let all = [text("title").unwrap_or_default(), content].join("\n");
        if hits(&wanted, &all) < wanted.len() {
            return None;
        }
        let number = passage.get("number").and_then(Value::as_u64).unwrap_or(place);
        Some(format!("{} [{number}]", quoted(&wanted, content)?))
    });
    let said: Vec<String> = tells.take(PASSAGES).collect();
    (!said.is_empty()).then(|| said.join("\n\n"))
}

fn quoted(wanted: &BTreeSet<String>, content: &str) -> Option<String> {
    let sentences = sentences(content);
    let most = sentences.iter().map(|sentence| hits(wanted, sentence)).max()?;
    let from = sentences.iter().skip_while(|sentence| hits(wanted, sentence) < most);
    Some(from.take(SENTENCES).map(String::as_str).collect::<Vec<_>>().join(" "))
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

/// The sentences of the paragraphs, each on one line. Headings and what else is no sentence are left out, unless there is nothing else.
fn sentences(text: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in text.lines().map(str::trim) {
        let item = ["- ", "* ", "> "].iter().find_map(|mark| line.strip_prefix(mark));
        if line.is_empty() || line.starts_with('#') || item.is_some() {
            paragraphs.push(String::new());
        }
        if let Some(paragraph) = paragraphs.last_mut().filter(|_| !line.starts_with('#')) {
            paragraph.push_str(if paragraph.is_empty() { "" } else { " " });
            paragraph.push_str(item.unwrap_or(line));
        }
    }
    let parts = paragraphs.iter().flat_map(|paragraph| paragraph.split_inclusive(". ")).map(str::trim);
    let all: Vec<String> = parts.filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let whole: Vec<String> = all.iter().filter(|part| part.ends_with(['.', '!', '?'])).cloned().collect();
    if whole.is_empty() { all } else { whole }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// RG-15, RG-16: the answer is made of what the tool said, with the number it is cited by, or there is none.
    #[test]
    fn rg_15_an_answer_is_out_of_the_passages_or_there_is_none() {
        let public = json!({"number": 1, "title": "About ZEKO", "content": "# ZEKO\n\nZEKO makes\nchips. It was founded in 1998."});
        let private =
            json!({"number": 2, "title": "Forecast", "content": "Outlook for 2026\n\nZeko's sales\nfall. Sell."});
        let ask = |question, passages: &[&Value]| {
            cited(question, &passages.iter().map(|passage| (*passage).clone()).collect::<Vec<_>>())
        };
        let question = "Show me forecast for ZEKO?";
        assert_eq!(ask(question, &[&public]), None, "the word is there and the answer is not");
        assert_eq!(ask(question, &[&public, &private]).as_deref(), Some("Zeko's sales fall. Sell. [2]"));
        assert_eq!(ask("Who leads ZEKO?", &[&public]), None, "it asks for more than there is");
        let both = "ZEKO makes chips. It was founded in 1998. [1]";
        assert_eq!(ask("When was ZEKO founded?", &[&public]).as_deref(), Some(both));
        assert_eq!(ask("What do you know?", &[&public]), None);
        let bare = json!({"content": "- zeko\n- forecasts"});
        assert_eq!(ask(question, &[&bare]).as_deref(), Some("zeko forecasts [1]"));
        assert_eq!(ask(question, &[&json!({"note": "Forecast of ZEKO"}), &json!("forecast zeko"), &json!(null)]), None);
    }
}
