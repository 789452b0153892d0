/// Words that say nothing about what a question is about. English alone: a word of another language may look like one of these and mean
/// something, and bm25 weighs what is frequent low anyway.
const STOP_WORDS: [&str; 139] = [
    "a", "about", "above", "after", "again", "against", "all", "also", "am", "an", "and", "any", "are", "as", "at",
    "be", "because", "been", "before", "being", "below", "between", "both", "but", "by", "can", "could", "d", "did",
    "do", "does", "doing", "done", "down", "during", "each", "few", "for", "from", "further", "give", "had", "has",
    "have", "having", "he", "her", "here", "hers", "him", "his", "how", "i", "if", "in", "into", "is", "it", "its",
    "just", "ll", "m", "may", "me", "might", "more", "most", "must", "my", "no", "nor", "not", "now", "of", "off",
    "on", "once", "only", "or", "other", "our", "ours", "out", "over", "own", "please", "re", "s", "same", "shall",
    "she", "should", "show", "so", "some", "such", "t", "tell", "than", "that", "the", "their", "theirs", "them",
    "then", "there", "these", "they", "this", "those", "through", "to", "too", "under", "until", "up", "us", "ve",
    "very", "was", "we", "were", "what", "when", "where", "whether", "which", "while", "who", "whom", "whose", "why",
    "will", "with", "would", "yes", "you", "your", "yours",
];

/// Whether a word, in lower case, says nothing about what a question is about.
pub(super) fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_can_be_searched() {
        assert!(STOP_WORDS.is_sorted_by(|left, right| left < right));
        assert!(is_stop_word("a") && is_stop_word("yours") && !is_stop_word("forecast") && !is_stop_word(""));
    }
}
