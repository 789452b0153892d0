use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::Value;

use super::quotes;

/// Mail nests parts; deeper than this nobody writes it.
const MAX_DEPTH: u32 = 8;
/// Bytes of one part that are read; newsletters are larger, their beginning says what they are about.
const MAX_PART: usize = 256 * 1024;
/// A plain text this short beside a much longer one in HTML only says that there is one, characters.
const STUB: usize = 300;

/// What a message of Gmail's API says, without what it quotes.
pub fn text_of(message: &Value) -> String {
    let text = message.get("payload").map(|payload| read(payload, MAX_DEPTH).text).unwrap_or_default();
    quotes::without(text.trim())
}

/// The value of a header.
pub fn header_of<'m>(part: &'m Value, wanted: &str) -> Option<&'m str> {
    let headers = part.get("headers").and_then(Value::as_array)?;
    let found = headers.iter().find(|header| {
        header.get("name").and_then(Value::as_str).is_some_and(|name| name.eq_ignore_ascii_case(wanted))
    })?;
    found.get("value")?.as_str()
}

/// The text of a part, and whether it was written as plain text.
#[derive(Default)]
struct Text {
    text: String,
    plain: bool,
}

/// The text of a part and of the parts in it (RFC 2046, 5.1).
fn read(part: &Value, depth: u32) -> Text {
    let kind = part.get("mimeType").and_then(Value::as_str).unwrap_or("text/plain").to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_owned();
    if is_attachment(part) {
        return Text::default();
    }
    match kind.as_str() {
        "text/plain" => Text { text: decoded(part), plain: true },
        "text/html" => Text { text: plain(&decoded(part)), plain: false },
        _ => {
            let parts = part.get("parts").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let Some(deeper) = depth.checked_sub(1) else { return Text::default() };
            let texts = parts.iter().map(|part| read(part, deeper)).filter(|read| !read.text.trim().is_empty());
            if kind == "multipart/alternative" { alternative(texts) } else { joined(texts) }
        }
    }
}

fn is_attachment(part: &Value) -> bool {
    let named = part.get("filename").and_then(Value::as_str).is_some_and(|name| !name.is_empty());
    let disposition = header_of(part, "content-disposition").unwrap_or_default().trim_start().to_ascii_lowercase();
    named || disposition.starts_with("attachment")
}

/// One text in several forms: the plain one, unless it only says that there is another.
fn alternative(texts: impl Iterator<Item = Text>) -> Text {
    let (mut simple, mut rich) = (Text { plain: true, ..Text::default() }, Text::default());
    for read in texts {
        let slot = if read.plain { &mut simple } else { &mut rich };
        if slot.text.is_empty() {
            *slot = read;
        }
    }
    let (short, long) = (simple.text.trim().chars().count(), rich.text.trim().chars().count());
    if short == 0 || short < STUB && long > short.saturating_mul(5) { rich } else { simple }
}

/// Several texts, one after the other.
fn joined(texts: impl Iterator<Item = Text>) -> Text {
    let mut all = Text { plain: true, ..Text::default() };
    for read in texts {
        if !all.text.is_empty() {
            all.text.push_str("\n\n");
        }
        all.text.push_str(read.text.trim());
        all.plain &= read.plain;
    }
    all
}

/// HTML as text.
pub fn plain(html: &str) -> String {
    let text = nanohtml2text::html2text(&quotes::without_in_html(html));
    let mut plain = String::with_capacity(text.len());
    let mut blank = 0;
    for line in text.lines().map(|line| line.trim_matches([' ', '\t', '\u{a0}'])) {
        // Invisible characters fill the preview of newsletters.
        let line: String =
            line.chars().filter(|c| !is_filler(*c)).map(|c| if c == '\u{a0}' { ' ' } else { c }).collect();
        blank = if line.trim().is_empty() { blank + 1 } else { 0 };
        if blank < 2 {
            plain.push_str(line.trim());
            plain.push('\n');
        }
    }
    plain.trim().to_owned()
}

fn is_filler(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{34f}' | '\u{ad}')
}

/// The data of a part, which Gmail gives in base64url, in its charset.
fn decoded(part: &Value) -> String {
    let data = part.pointer("/body/data").and_then(Value::as_str).unwrap_or_default();
    let data: String = data
        .trim_end_matches('=')
        .chars()
        .map(|c| match c {
            '+' => '-',
            '/' => '_',
            c => c,
        })
        .collect();
    let mut bytes = Base64UrlUnpadded::decode_vec(&data).unwrap_or_default();
    bytes.truncate(MAX_PART);
    // A text that is cut inside a character is UTF-8 all the same.
    let valid = match std::str::from_utf8(&bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    let charset = header_of(part, "content-type").unwrap_or_default().to_ascii_lowercase();
    let western = ["iso-8859-1", "iso-8859-15", "latin1", "windows-1252", "cp1252", "us-ascii"];
    if !valid && western.iter().any(|name| charset.contains(name)) {
        return bytes.iter().map(|byte| western_char(*byte)).collect();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Windows-1252, which mail that says ISO-8859-1 is written in (https://encoding.spec.whatwg.org/#names-and-labels).
fn western_char(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    let high = byte.checked_sub(0x80).and_then(|place| HIGH.get(usize::from(place)));
    high.copied().unwrap_or_else(|| char::from(byte))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn part(kind: &str, text: &[u8]) -> Value {
        json!({"mimeType": kind, "body": {"data": Base64UrlUnpadded::encode_string(text)}})
    }

    fn told(payload: Value) -> String {
        text_of(&json!({ "payload": payload }))
    }

    /// Trial 41: a mail in HTML alone is its text.
    #[test]
    fn t41_html_is_text() {
        let html = "<html><head><title>x</title><style>p{color:red}</style></head><body><!-- no --><p>Your order <b>88</b>\
            &nbsp;over&nbsp;45&euro; leaves on 3&#160;December.</p><script>alert(1)</script>\
            <ul><li>Cups</li><li>Plates</li></ul><a href='https://shop.example/88'>Track it</a></body></html>";
        let text = told(part("text/html; charset=utf-8", html.as_bytes()));
        assert!(text.starts_with("Your order 88 over 45€ leaves on 3 December."), "{text}");
        assert!(text.contains("Cups\nPlates") && text.contains("Track it (https://shop.example/88)"), "{text}");
        for left_out in ["alert", "color", "no --", "<", "title"] {
            assert!(!text.contains(left_out), "{left_out}: {text}");
        }
    }

    /// Trial 41: where the plain text says nothing, HTML speaks; where it says it all, it is taken.
    #[test]
    fn t41_the_useful_alternative_is_taken() {
        let long = format!("<p>{}</p>", "The meeting is on Friday. ".repeat(20));
        let both = |plain: &str, html: &str| {
            told(json!({"mimeType": "multipart/alternative", "parts": [
                part("text/plain", plain.as_bytes()),
                {"mimeType": "multipart/related", "parts": [part("text/html", html.as_bytes()), {"mimeType": "image/png", "filename": "a.png"}]}
            ]}))
        };
        assert_eq!(both("", "<p>See you.</p>"), "See you.");
        assert_eq!(both(" \r\n", "<p>See you.</p>"), "See you.");
        assert!(both("Your mail program cannot show HTML.", &long).starts_with("The meeting is on Friday."));
        assert_eq!(both("See you on Friday.", "<p>See you on <i>Friday</i>.</p>"), "See you on Friday.");
    }

    /// Trial 41: what a mailing list adds in plain text does not stand for the mail.
    #[test]
    fn t41_a_footer_is_not_the_mail() {
        let text = told(json!({"mimeType": "multipart/mixed", "parts": [
            part("text/html", b"<p>We meet in room 4.</p>"),
            part("text/plain", b"_______\nrooms mailing list\n"),
            {"mimeType": "text/plain", "filename": "notes.txt", "body": {"data": "eA"}},
            {"mimeType": "text/calendar", "body": {"data": "eA"}}
        ]}));
        assert_eq!(text, "We meet in room 4.\n\n_______\nrooms mailing list");
    }

    #[test]
    fn t41_charsets_and_odd_parts() {
        let latin = json!({"mimeType": "text/plain", "headers": [{"name": "Content-Type", "value": "text/plain; charset=\"ISO-8859-1\""}],
            "body": {"data": Base64UrlUnpadded::encode_string(b"Gr\xfc\xdfe f\xfcr 5 \x80")}});
        assert_eq!(told(latin), "Grüße für 5 €");
        assert_eq!(told(part("TEXT/PLAIN", "Grüße".as_bytes())), "Grüße");
        assert_eq!(told(json!({"body": {"data": "SGk="}})), "Hi", "no kind is plain text");
        assert_eq!(told(json!({"mimeType": "text/plain", "body": {"data": "%%%"}})), "");
        assert_eq!(told(json!(null)), "");
        let mut deep = part("text/plain", b"deep");
        for _ in 0..40 {
            deep = json!({"mimeType": "multipart/mixed", "parts": [deep]});
        }
        assert_eq!(told(deep), "");
        let long = told(part("text/html", "<p>ä</p>".repeat(100_000).as_bytes()));
        assert!(long.len() < MAX_PART && long.starts_with('ä'));
        assert!(told(part("text/html", "<a>".repeat(20_000).as_bytes())).is_empty());
        assert_eq!(told(part("text/html", b"<a href=javascript:x>\xff")), "\u{fffd}");
    }
}
