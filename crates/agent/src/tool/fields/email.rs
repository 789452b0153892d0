use std::borrow::Cow;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;

use super::bounded::{Line, bounded_text};

/// Characters of one text with addresses.
const LONGEST_ADDRESSES: usize = 1_000;
const RULE: &str = "must be an email address such as ben@example.com or Ben <ben@example.com>";
const ASCII: &str = "must be an email address in ASCII: a domain with other letters is written in its xn-- form";
/// RFC 5321, 4.5.3.1
const LONGEST_LOCAL: usize = 64;
const LONGEST_DOMAIN: usize = 253;
/// RFC 1035, 2.3.4
const LONGEST_LABEL: usize = 63;

/// An email address, alone or after a name: `ben@example.com`, `Ben <ben@example.com>`, `Doe, John <john@example.com>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailAddress {
    name: String,
    address: String,
}

/// A text with one address, or with several that commas or semicolons part.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Line<3, LONGEST_ADDRESSES>")]
pub struct EmailAddresses(Vec<EmailAddress>);

impl EmailAddress {
    /// The name before it; empty when there is none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address itself, ASCII.
    pub fn address(&self) -> &str {
        &self.address
    }

    fn read(text: &str) -> Result<Self, &'static str> {
        let (name, address) = match text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
            Some((name, address)) => (unquoted(name.trim()), address.trim()),
            None => (String::new(), text),
        };
        // No name holds what would have to be escaped: whoever writes such a name means something else.
        if name.contains(['<', '>', '"', '\\']) {
            return Err(RULE);
        }
        let (local, domain) = address.rsplit_once('@').ok_or(RULE)?;
        match (is_local(local), is_domain(domain)) {
            (true, true) => Ok(Self { name, address: address.to_owned() }),
            _ if !address.is_ascii() && !local.contains('@') => Err(ASCII),
            _ => Err(RULE),
        }
    }
}

/// RFC 5322, 3.2.3: an atom with dots inside. Quoted local parts nobody uses.
fn is_local(local: &str) -> bool {
    let atom = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte))
    };
    local.len() <= LONGEST_LOCAL && local.split('.').all(atom)
}

/// RFC 1035, 2.3.1
fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        (1..=LONGEST_LABEL).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.len() <= LONGEST_DOMAIN && domain.split('.').all(label)
}

/// A name without the quotes around it (RFC 5322, 3.2.4).
fn unquoted(name: &str) -> String {
    match name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inside) => inside.trim().to_owned(),
        None => name.to_owned(),
    }
}

impl TryFrom<Line<3, LONGEST_ADDRESSES>> for EmailAddresses {
    type Error = &'static str;

    fn try_from(line: Line<3, LONGEST_ADDRESSES>) -> Result<Self, Self::Error> {
        let mut addresses = Vec::new();
        // A name may hold a comma without quotes: what has no address of its own belongs to the next one's name.
        let mut begun = String::new();
        for part in parts(&line) {
            begun.push_str(part);
            if part.contains('@') {
                let read = EmailAddress::read(begun.trim_matches([',', ';', ' ']))?;
                addresses.push(read);
                begun.clear();
            }
        }
        let rest = begun.trim_matches([',', ';', ' ']);
        if addresses.is_empty() || !rest.is_empty() { Err(RULE) } else { Ok(Self(addresses)) }
    }
}

/// The text cut behind every comma and semicolon that stands neither in quotes nor in angle brackets.
fn parts(text: &str) -> Vec<&str> {
    let (mut quoted, mut angled) = (false, false);
    let separates = |c: char| {
        match c {
            '"' => quoted = !quoted,
            '<' if !quoted => angled = true,
            '>' if !quoted => angled = false,
            _ => {}
        }
        matches!(c, ',' | ';') && !quoted && !angled
    };
    text.split_inclusive(separates).collect()
}

impl JsonSchema for EmailAddresses {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "EmailAddresses".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        bounded_text(3, LONGEST_ADDRESSES)
    }
}

impl Deref for EmailAddresses {
    type Target = [EmailAddress];

    fn deref(&self) -> &[EmailAddress] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    fn read(text: &str) -> Result<Vec<(String, String)>, String> {
        let read = from_value::<EmailAddresses>(json!(text)).map_err(|error| error.to_string())?;
        Ok(read.iter().map(|one| (one.name().to_owned(), one.address().to_owned())).collect())
    }

    fn named(name: &str, address: &str) -> (String, String) {
        (name.to_owned(), address.to_owned())
    }

    #[test]
    fn an_address_is_one_address() {
        assert_eq!(read(" ben@x.example "), Ok(vec![named("", "ben@x.example")]));
        assert_eq!(read("Ben <ben@x.example>"), Ok(vec![named("Ben", "ben@x.example")]));
        assert_eq!(read("<ben@x.example>"), Ok(vec![named("", "ben@x.example")]));
        assert_eq!(read("O'Neil <o'neil+news@x-1.example>"), Ok(vec![named("O'Neil", "o'neil+news@x-1.example")]));
        for odd in [
            "ben",
            "@x.example",
            "ben@",
            "ben@x.example\nBcc: eve@x.example",
            "ben@x.\u{85}example",
            "Ben <ben@x.example> <eve@x.example>",
            "Ben ben@x.example",
            "a@b@x.example",
            "",
        ] {
            assert!(read(odd).is_err(), "{odd}");
        }
    }

    /// Trial 42: commas in names, several addresses in one text, and what is no address.
    #[test]
    fn t42_commas_part_addresses_and_stand_in_names() {
        for (text, right) in [
            ("Doe, John <john@x.example>", vec![named("Doe, John", "john@x.example")]),
            ("\"Müller, Jörg\" <joerg@x.example>", vec![named("Müller, Jörg", "joerg@x.example")]),
            ("a@x.example, b@x.example", vec![named("", "a@x.example"), named("", "b@x.example")]),
            ("a@x.example;b@x.example;", vec![named("", "a@x.example"), named("", "b@x.example")]),
            (
                "Ana <a@x.example>, Roe, Jane <jane@x.example>",
                vec![named("Ana", "a@x.example"), named("Roe, Jane", "jane@x.example")],
            ),
            ("García Márquez, José <jose@x.example>", vec![named("García Márquez, José", "jose@x.example")]),
        ] {
            assert_eq!(read(text), Ok(right), "{text}");
        }
        for odd in [
            "@",
            " @ ",
            "Doe, John",
            "a@x.example, nobody",
            "a@x..example",
            ".a@x.example",
            "a.@x.example",
            "a..b@x.example",
            "a@-x.example",
            "a@x.example.",
            "a b@x.example",
            "\"a b\"@x.example",
            "a@[127.0.0.1]",
            "Team: a@x.example;",
        ] {
            assert!(read(odd).unwrap_err().starts_with(RULE) || read(odd).unwrap_err().contains("at least"), "{odd}");
        }
    }

    /// Trial 42: a domain in another script is refused with the form that it takes.
    #[test]
    fn t42_other_scripts_in_addresses_are_refused_in_words() {
        for text in ["ana@bücher.example", "Ana <ana@例え.example>", "josé@x.example"] {
            assert!(read(text).unwrap_err().starts_with(ASCII), "{text}: {:?}", read(text));
        }
        assert_eq!(read("ana@xn--bcher-kva.example"), Ok(vec![named("", "ana@xn--bcher-kva.example")]));
    }
}
