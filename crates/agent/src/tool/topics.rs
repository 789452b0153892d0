//! What a text is about, as far as the words of tools can tell.

/// Words of a description that say nothing of what a tool is for.
const COMMON: [&str; 25] = [
    "about", "after", "all", "and", "any", "are", "current", "each", "for", "from", "give", "given", "has", "into",
    "its", "list", "not", "that", "the", "their", "them", "this", "tool", "user", "with",
];
/// A shorter word is only found whole: `task` is in `tasks`, and `buy` is not in `buyer`.
const STEM: usize = 4;

/// The topics of a tool that names none: the words of its name and description.
pub(super) fn topics_of(name: &str, description: &str) -> String {
    let mut topics = String::new();
    for character in name.chars() {
        if character.is_uppercase() {
            topics.push(' ');
        }
        topics.push(character);
    }
    topics.push(' ');
    topics.push_str(description);
    topics
}

/// True when the text has one of these words, or one that begins with it.
pub(super) fn is_about(text: &str, topics: &str) -> bool {
    let said: Vec<String> = words(text).collect();
    words(topics).filter(|topic| !COMMON.contains(&topic.as_str())).any(|topic| {
        said.iter().any(|word| *word == topic || (topic.chars().count() >= STEM && word.starts_with(&topic)))
    })
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() > 2).map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_whole_or_at_the_beginning_of_another() {
        for (text, topics, about) in [
            ("What is in my calendar tomorrow?", "calendar events", true),
            ("Remind me, please", "remind", true),
            ("No reminders", "remind", true),
            ("Buy shares", "buy", true),
            ("the buyer", "buy", false),
            ("MAIL to Ben", "mail", true),
            ("an email", "mail", false),
            ("Hello", "calendar", false),
            ("the list of this user", &topics_of("listThings", "List this for the user"), false),
            ("my opportunities", &topics_of("listOpportunities", ""), true),
        ] {
            assert_eq!(is_about(text, topics), about, "{text} / {topics}");
        }
    }
}
