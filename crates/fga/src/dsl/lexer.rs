use super::syntax::Position;

/// A piece of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub kind: Kind<'a>,
    pub at: Position,
    /// Whether space stands before it. The language asks for it at some places and forbids it at others.
    pub spaced: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    /// A name or a keyword.
    Word(&'a str),
    /// `but not`, which is one word.
    ButNot,
    /// `1.1`, or what looks like it.
    Number(&'a str),
    /// Any other character.
    Mark(char),
    /// One line break or several, with blank lines and comments between them.
    NewLine,
    /// Line breaks and comments at the end are part of it.
    End,
}

impl Kind<'_> {
    /// As an error shows it.
    pub fn shown(self) -> String {
        const MOST: usize = 60;
        match self {
            Self::Word(text) | Self::Number(text) => match text.char_indices().nth(MOST) {
                Some((end, _)) => format!("`{}…`", text.get(..end).unwrap_or_default()),
                None => format!("`{text}`"),
            },
            Self::ButNot => "`but not`".to_owned(),
            Self::Mark(mark) => format!("`{}`", mark.escape_debug()),
            Self::NewLine => "a line break".to_owned(),
            Self::End => "the end".to_owned(),
        }
    }
}

/// Cuts a text into tokens. A comment begins with `#` at the beginning of a line or behind space, and ends with the line.
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    rest: &'a str,
    at: Position,
}

impl<'a> Lexer<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { rest: text.strip_prefix('\u{feff}').unwrap_or(text), at: Position::START }
    }

    pub fn next(&mut self) -> Token<'a> {
        let mut line_break = None;
        let mut spaced = false;
        loop {
            let line_start = line_break.is_some() || self.at == Position::START;
            match self.first() {
                Some(' ' | '\t' | '\u{c}') => {
                    self.bump();
                    spaced = true;
                }
                Some('\n' | '\r') => {
                    line_break.get_or_insert(self.at);
                    self.bump();
                }
                Some('#') if spaced || line_start => self.skip_line(),
                Some(_) => break,
                None => return Token { kind: Kind::End, at: self.at, spaced },
            }
        }
        match line_break {
            Some(at) => Token { kind: Kind::NewLine, at, spaced },
            None => Token { at: self.at, kind: self.visible(), spaced },
        }
    }

    /// The expression of a condition up to the `}` that closes it, which is taken, too: without comments, and where it begins. `None` if
    /// it is not closed. A `}` within quotation marks closes nothing, and a `#` there is no comment.
    pub fn expression(&mut self) -> Option<(String, Position)> {
        let mut text = String::new();
        let mut start = None;
        loop {
            match self.first()? {
                '}' => {
                    let end = self.at;
                    self.bump();
                    return Some((text.trim_end().to_owned(), start.unwrap_or(end)));
                }
                '#' if text.is_empty() || text.ends_with(char::is_whitespace) => self.skip_line(),
                '/' if self.rest.starts_with("//") => self.skip_line(),
                '"' | '\'' => {
                    start.get_or_insert(self.at);
                    let raw = ends_with_raw_prefix(&text);
                    text.push_str(self.quoted(raw)?);
                }
                c if c.is_whitespace() && start.is_none() => self.bump(),
                c => {
                    start.get_or_insert(self.at);
                    if c == '\n' {
                        text.truncate(text.trim_end_matches([' ', '\t', '\r']).len());
                    }
                    text.push(c);
                    self.bump();
                }
            }
        }
    }

    /// A string of CEL with its quotation marks. `None` if it is not closed.
    fn quoted(&mut self, raw: bool) -> Option<&'a str> {
        let from = self.rest;
        let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| from.starts_with(quote))?;
        self.advance(quote.len());
        while !self.rest.starts_with(quote) {
            let c = self.first()?;
            if quote.len() == 1 && matches!(c, '\n' | '\r') {
                return None;
            }
            self.bump();
            if c == '\\' && !raw {
                self.bump();
            }
        }
        self.advance(quote.len());
        from.get(..from.len().checked_sub(self.rest.len())?)
    }

    fn visible(&mut self) -> Kind<'a> {
        let Some(first) = self.first() else { return Kind::End };
        if first.is_ascii_digit() {
            return Kind::Number(self.advance(count(self.rest, |c| is_word(c) || c == '.')));
        }
        if !is_word(first) {
            self.bump();
            return Kind::Mark(first);
        }
        let word = self.advance(word_length(self.rest));
        let not = self.rest.strip_prefix(" not").filter(|rest| count(rest, is_word) == 0);
        if word == "but" && not.is_some() {
            self.advance(" not".len());
            return Kind::ButNot;
        }
        Kind::Word(word)
    }

    fn first(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn bump(&mut self) {
        let mut rest = self.rest.chars();
        match rest.next() {
            Some('\n') => self.at = Position { line: self.at.line.saturating_add(1), column: 1 },
            Some('\r') if !rest.as_str().starts_with('\n') => {
                self.at = Position { line: self.at.line.saturating_add(1), column: 1 };
            }
            Some(_) => self.at.column = self.at.column.saturating_add(1),
            None => {}
        }
        self.rest = rest.as_str();
    }

    /// Takes that many bytes, which hold no line break.
    fn advance(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        self.at.column = self.at.column.saturating_add(taken.chars().count());
        taken
    }

    /// Up to the line break, which stays.
    fn skip_line(&mut self) {
        let length = self.rest.find(['\n', '\r']).unwrap_or(self.rest.len());
        self.advance(length);
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Bytes of the beginning that is made of such characters.
fn count(text: &str, of: impl Fn(char) -> bool) -> usize {
    text.find(|c| !of(c)).unwrap_or(text.len())
}

/// Bytes of a name: letters, digits and `_` with single `/`, `.` or `-` between them, or any number of `-`.
fn word_length(text: &str) -> usize {
    let plain = count(text, |c| is_word(c) || c == '-');
    let mut extended = 0;
    let mut rest = text;
    loop {
        let separator = if extended > 0 { count(rest, |c| matches!(c, '/' | '.' | '-')).min(1) } else { 0 };
        let part = rest.get(separator..).map_or(0, |rest| count(rest, is_word));
        if part == 0 {
            return plain.max(extended);
        }
        extended += separator + part;
        rest = text.get(extended..).unwrap_or_default();
    }
}

/// Whether what comes next is a raw string: `r"…"`, `bR'…'`.
fn ends_with_raw_prefix(text: &str) -> bool {
    let mut before = text.chars().rev();
    before.next().is_some_and(|c| matches!(c, 'r' | 'R'))
        && match before.next() {
            Some('b' | 'B') => before.next().is_none_or(|c| !is_word(c)),
            other => other.is_none_or(|c| !is_word(c)),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut lexer = Lexer::new(text);
        std::iter::from_fn(|| Some(lexer.next().kind).filter(|kind| *kind != Kind::End)).map(Kind::shown).collect()
    }

    #[test]
    fn names_may_have_marks_between_their_parts() {
        for name in ["a", "_", "a/b", "a.bc/def", "_.a_/_b._", "asset-category", "a--b", "a-"] {
            assert_eq!(words(name), [format!("`{name}`")], "{name}");
        }
        assert_eq!(words("a//b"), ["`a`", "`/`", "`/`", "`b`"]);
        assert_eq!(words("a. b"), ["`a`", "`.`", "`b`"]);
        assert_eq!(words("ä"), ["`ä`"]);
    }

    #[test]
    fn but_not_is_one_word_and_only_with_one_space() {
        assert_eq!(words("but not"), ["`but not`"]);
        assert_eq!(words("but not(a"), ["`but not`", "`(`", "`a`"]);
        assert_eq!(words("but nothing"), ["`but`", "`nothing`"]);
        assert_eq!(words("but  not"), ["`but`", "`not`"]);
    }

    #[test]
    fn comments_and_blank_lines_are_one_line_break() {
        assert_eq!(
            words("# a\n\n  # b\n a # c\n\t# d\r\n b#c # e"),
            ["a line break", "`a`", "a line break", "`b`", "`#`", "`c`"]
        );
    }

    #[test]
    fn places_count_characters_and_every_kind_of_line_break() {
        let mut lexer = Lexer::new("é a\r\nb\rc\n  d");
        let places: Vec<_> =
            std::iter::from_fn(|| Some(lexer.next()).filter(|token| token.kind != Kind::End)).map(|t| t.at).collect();
        let places: Vec<_> = places.into_iter().map(|at| (at.line, at.column)).collect();
        assert_eq!(places, [(1, 1), (1, 3), (1, 4), (2, 1), (2, 2), (3, 1), (3, 2), (4, 3)]);
    }

    #[test]
    fn an_expression_ends_at_its_bracket_and_not_within_quotation_marks() {
        let expression = |text: &str| Lexer::new(text).expression().map(|(text, at)| (text, at.line, at.column));
        assert_eq!(expression("\n  a == \"}\" # no\n  && b\n}"), Some(("a == \"}\"\n  && b".to_owned(), 2, 3)));
        assert_eq!(expression("a == 'it\\'s } #1' // }\n}"), Some(("a == 'it\\'s } #1'".to_owned(), 1, 1)));
        assert_eq!(expression(r#"r"\" }"#), Some((r#"r"\""#.to_owned(), 1, 1)));
        assert_eq!(expression("'''a\n}''' }"), Some(("'''a\n}'''".to_owned(), 1, 1)));
        assert_eq!(expression("  }"), Some((String::new(), 1, 3)));
        assert_eq!(expression("a == \"b\n}"), None);
        assert_eq!(expression("a"), None);
    }
}
