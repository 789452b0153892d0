use crate::encoding::sha256;

/// Consonants: no vowels, so no words, and nothing that is mistaken for a digit (RFC 8628, 6.1).
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LETTERS: usize = 8;

/// Eight letters such as `WDJB-MJHT` that stand for one approval on the card in the chat and on the user's device: the
/// user sees that both speak of the same call. For eyes only (34 bits); what an approval covers is decided by the
/// whole digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalCode(String);

impl ApprovalCode {
    /// The code of one question (its id) about one call (its digest). Two questions never show the same, also about the same thing.
    pub fn of_question(question: &str, digest: &str) -> Self {
        let hash = sha256(format!("deputy approval code\0{question}\0{digest}").as_bytes());
        let mut number = hash.iter().take(16).fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
        let base = ALPHABET.len() as u128;
        let mut code = String::with_capacity(LETTERS.saturating_add(1));
        for position in 0..LETTERS {
            if position == LETTERS / 2 {
                code.push('-');
            }
            let index = usize::try_from(number % base).unwrap_or_default();
            code.extend(ALPHABET.get(index).map(|letter| char::from(*letter)));
            number /= base;
        }
        Self(code)
    }

    /// The letters, with a hyphen in the middle.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ApprovalCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// S-09: card and device show the same, another call shows something else.
    #[test]
    fn s_09_a_code_is_short_legible_and_of_one_question() {
        let codes: HashSet<String> =
            (0..5_000).map(|question| ApprovalCode::of_question(&format!("q{question}"), "digest").0).collect();
        assert_eq!(codes.len(), 5_000, "no two alike, though the call is the same");
        for code in &codes {
            assert_eq!(code.len(), 9);
            assert_eq!(code.find('-'), Some(4));
            assert!(code.bytes().all(|b| b == b'-' || ALPHABET.contains(&b)), "{code}");
        }
        let every_letter = ALPHABET.iter().all(|letter| codes.iter().any(|code| code.contains(char::from(*letter))));
        assert!(every_letter);
        assert_eq!(ApprovalCode::of_question("q", "x"), ApprovalCode::of_question("q", "x"));
        assert_ne!(ApprovalCode::of_question("q", "x"), ApprovalCode::of_question("q", "y"));
    }
}
