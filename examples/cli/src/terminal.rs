use std::io::{BufRead, Write, stderr, stdin, stdout};

use deputy_error::Explained;

use crate::error::AgentError;

/// What the user reads and types. What comes from elsewhere cannot command the terminal: control characters are taken out.
pub struct Terminal(());

impl Terminal {
    /// Standard input, output and error.
    pub fn new() -> Self {
        Self(())
    }

    /// A text as it comes, without a line break behind it. A reader who went away is none to complain to.
    pub fn say(&mut self, text: &str) {
        let mut out = stdout().lock();
        let _ = out.write_all(harmless(text).as_bytes()).and_then(|()| out.flush());
    }

    /// A line of its own.
    pub fn line(&mut self, text: &str) {
        self.say(&format!("{text}\n"));
    }

    /// Asks, and reads a line; none at the end of the input.
    pub fn ask(&mut self, question: &str) -> Option<String> {
        self.say(question);
        let mut line = String::new();
        match stdin().lock().read_line(&mut line) {
            Ok(read) if read > 0 => Some(line.trim().to_owned()),
            _ => None,
        }
    }

    /// What went wrong, and what to do.
    pub fn problem(&mut self, error: &AgentError) {
        let text = format!("\n{}\n{} ({})\n", error.user_message(), error.developer_fix(), error.code());
        let _ = stderr().lock().write_all(harmless(&text).as_bytes());
    }
}

/// The text without control characters, but for line breaks and tabs, and without those that turn the direction of writing.
fn harmless(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().filter(|c| matches!(c, '\n' | '\t') || !c.is_control() && !turns(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_model_cannot_command_the_terminal() {
        assert_eq!(harmless("a\u{1b}[2Jb\u{7}c\r\nd\te\u{9b}31m"), "a[2Jbc\nd\te31m");
        assert_eq!(harmless("safe\u{202e}exe"), "safeexe");
        assert_eq!(harmless("ä 😀"), "ä 😀");
    }
}
