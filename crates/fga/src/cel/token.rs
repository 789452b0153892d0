//! Text to tokens.

use std::str::Chars;

use super::fault::Fault;

/// A token and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    pub kind: TokenKind,
    pub offset: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub enum TokenKind {
    Identifier(String),
    Int(u64),
    Uint(u64),
    Double(f64),
    Text(String),
    Bytes(Vec<u8>),
    /// Punctuation and the word `in`.
    Symbol(&'static str),
    End,
}

/// The longer ones first.
const SYMBOLS: [&str; 25] = [
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")", "[", "]",
    "{", "}", "=",
];

/// All tokens of the text, the end last.
pub fn tokens(source: &str) -> Result<Vec<Token>, Fault> {
    let mut lexer = Lexer { source, offset: 0 };
    let mut found = Vec::new();
    loop {
        lexer.skip_blank();
        let offset = lexer.offset;
        let kind = lexer.next()?;
        let end = kind == TokenKind::End;
        found.push(Token { kind, offset });
        if end {
            return Ok(found);
        }
    }
}

struct Lexer<'a> {
    source: &'a str,
    offset: usize,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.source.get(self.offset..).unwrap_or("")
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !keep(c)).unwrap_or(rest.len());
        self.offset += end;
        rest.get(..end).unwrap_or("")
    }

    fn skip_blank(&mut self) {
        loop {
            self.take_while(|c| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}'));
            if !self.rest().starts_with("//") {
                return;
            }
            self.take_while(|c| c != '\n');
        }
    }

    fn next(&mut self) -> Result<TokenKind, Fault> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(TokenKind::End) };
        if let Some(text) = self.quoted()? {
            return Ok(text);
        }
        if first.is_ascii_alphabetic() || first == '_' {
            return match self.take_while(|c| c.is_ascii_alphanumeric() || c == '_') {
                "in" => Ok(TokenKind::Symbol("in")),
                name => Ok(TokenKind::Identifier(name.to_owned())),
            };
        }
        let after_dot = first == '.' && rest.chars().nth(1).is_some_and(|c| c.is_ascii_digit());
        if first.is_ascii_digit() || after_dot {
            return self.number();
        }
        match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            Some(symbol) => {
                self.offset += symbol.len();
                Ok(TokenKind::Symbol(symbol))
            }
            None => Err(Fault::new(self.offset, format!("unexpected character {first:?}"))),
        }
    }

    fn number(&mut self) -> Result<TokenKind, Fault> {
        let start = self.offset;
        let bad = |text: &str| Fault::new(start, format!("'{text}' is not a number that can be represented"));
        let hex = self.rest().strip_prefix("0x").or_else(|| self.rest().strip_prefix("0X"));
        if hex.is_some_and(|digits| digits.starts_with(|c: char| c.is_ascii_hexdigit())) {
            self.offset += 2;
            let digits = self.take_while(|c| c.is_ascii_hexdigit());
            let value = u64::from_str_radix(digits, 16).map_err(|_| bad(digits))?;
            return self.suffixed(value);
        }
        self.take_while(|c| c.is_ascii_digit());
        let mut double = false;
        let mut after = self.rest().chars();
        if after.next() == Some('.') && after.next().is_some_and(|c| c.is_ascii_digit()) {
            double = true;
            self.offset += 1;
            self.take_while(|c| c.is_ascii_digit());
        }
        if self.rest().starts_with(['e', 'E']) {
            let exponent = self.rest().get(1..).unwrap_or("");
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if digits.starts_with(|c: char| c.is_ascii_digit()) {
                double = true;
                self.offset += 1 + (exponent.len() - digits.len());
                self.take_while(|c| c.is_ascii_digit());
            }
        }
        let text = self.source.get(start..self.offset).unwrap_or("");
        if double {
            let value: f64 = text.parse().map_err(|_| bad(text))?;
            return if value.is_finite() { Ok(TokenKind::Double(value)) } else { Err(bad(text)) };
        }
        let value = text.parse().map_err(|_| bad(text))?;
        self.suffixed(value)
    }

    fn suffixed(&mut self, value: u64) -> Result<TokenKind, Fault> {
        if self.rest().starts_with(['u', 'U']) {
            self.offset += 1;
            return Ok(TokenKind::Uint(value));
        }
        Ok(TokenKind::Int(value))
    }

    /// A text or bytes, if one begins here.
    fn quoted(&mut self) -> Result<Option<TokenKind>, Fault> {
        let start = self.offset;
        let rest = self.rest();
        // At most two letters are before a quote.
        let Some(quote_at) = rest.bytes().take(3).position(|byte| matches!(byte, b'"' | b'\'')) else {
            return Ok(None);
        };
        let prefix = rest.get(..quote_at).unwrap_or("?").to_ascii_lowercase();
        let (raw, bytes) = match prefix.as_str() {
            "" => (false, false),
            "r" => (true, false),
            "b" => (false, true),
            "rb" | "br" => (true, true),
            _ => return Ok(None),
        };
        let body = rest.get(quote_at..).unwrap_or("");
        let Some(quote) = body.chars().next() else { return Ok(None) };
        let triple: String = [quote; 3].iter().collect();
        let delimiter = if body.starts_with(&triple) { triple } else { quote.to_string() };
        self.offset += quote_at + delimiter.len();
        let unclosed = || Fault::new(start, "the text is not closed");
        let mut content = Vec::new();
        loop {
            let rest = self.rest();
            if rest.starts_with(&delimiter) {
                self.offset += delimiter.len();
                break;
            }
            let c = rest.chars().next().ok_or_else(unclosed)?;
            if matches!(c, '\n' | '\r') && delimiter.len() == 1 {
                return Err(unclosed());
            }
            self.offset += c.len_utf8();
            if c == '\\' && !raw {
                self.escape(bytes, &mut content)?;
            } else {
                content.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                // In a raw text a backslash keeps the next quote from closing it.
                if c == '\\'
                    && let Some(next) = self.rest().chars().next()
                {
                    self.offset += next.len_utf8();
                    content.extend_from_slice(next.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
        }
        if bytes {
            return Ok(Some(TokenKind::Bytes(content)));
        }
        let text = String::from_utf8(content).map_err(|_| Fault::new(start, "the text is not Unicode"))?;
        Ok(Some(TokenKind::Text(text)))
    }

    fn escape(&mut self, bytes: bool, content: &mut Vec<u8>) -> Result<(), Fault> {
        let start = self.offset;
        let bad = || Fault::new(start, "this escape is not known");
        let mut chars = self.rest().chars();
        let kind = chars.next().ok_or_else(bad)?;
        self.offset += kind.len_utf8();
        let plain = match kind {
            'a' => Some(7),
            'b' => Some(8),
            'f' => Some(12),
            'n' => Some(b'\n'),
            'r' => Some(b'\r'),
            't' => Some(b'\t'),
            'v' => Some(11),
            '\\' | '\'' | '"' | '`' | '?' => u8::try_from(kind).ok(),
            _ => None,
        };
        if let Some(byte) = plain {
            content.push(byte);
            return Ok(());
        }
        let (digits, radix) = match kind {
            'x' | 'X' => (digits(chars, 2), 16),
            'u' if !bytes => (digits(chars, 4), 16),
            'U' if !bytes => (digits(chars, 8), 16),
            '0'..='3' => {
                self.offset = start;
                (digits(self.rest().chars(), 3), 8)
            }
            _ => return Err(bad()),
        };
        let value = u32::from_str_radix(&digits, radix).map_err(|_| bad())?;
        let long_enough = digits.len()
            == match kind {
                'x' | 'X' => 2,
                'u' => 4,
                'U' => 8,
                _ => 3,
            };
        if !long_enough || digits.starts_with('+') {
            return Err(bad());
        }
        self.offset += digits.len();
        if bytes {
            content.push(u8::try_from(value).map_err(|_| bad())?);
        } else {
            let c = char::from_u32(value).ok_or_else(bad)?;
            content.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        Ok(())
    }
}

fn digits(chars: Chars<'_>, count: usize) -> String {
    chars.take(count).take_while(char::is_ascii_hexdigit).collect()
}
