/// A text in one line: white space and control characters separate words, and one space is between two. Empty when nothing is left.
pub fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_left() {
        assert_eq!(one_line("  a\n\tb\u{0}c  d\u{a0}e "), "a b c d e");
        assert_eq!(one_line(" \u{7} \n"), "");
    }
}
