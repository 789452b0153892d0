//! What a mail repeats of the mails before it.

/// Stands where something was left out.
const LEFT_OUT: &str = "[quoted text left out]";
/// How mail programs write "wrote": `On …, Ben wrote:`.
const WROTE: [&str; 9] =
    ["wrote", "writes", "schrieb", "écrit", "escribió", "ha scritto", "escreveu", "schreef", "skrev"];
/// A line of attribution may be broken in so many.
const ATTRIBUTION: usize = 3;
/// The heads that Outlook puts over what it quotes: the first line and one of those after it.
const HEADS: [(&str, &str); 5] =
    [("From:", "Sent:"), ("From:", "Date:"), ("Von:", "Gesendet:"), ("De :", "Envoyé"), ("De:", "Enviado")];

/// A plain text without what it quotes at its end. An answer between quoted lines keeps them; a mail that only quotes is kept.
pub fn without(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let end = head(&lines).unwrap_or(lines.len());
    let end = tail(lines.get(..end).unwrap_or_default());
    let own = lines.get(..end).unwrap_or_default().join("\n");
    match own.trim_end() {
        "" => text.to_owned(),
        own if end == lines.len() => own.to_owned(),
        own => format!("{own}\n{LEFT_OUT}"),
    }
}

/// Where Outlook's quotation begins, which goes to the end.
fn head(lines: &[&str]) -> Option<usize> {
    let begins = |(at, line): (usize, &&str)| {
        let line = line.trim();
        let original = line.contains("Original Message-----") || line.contains("Ursprüngliche Nachricht-----");
        let after = lines.get(at + 1..(at + 4).min(lines.len())).unwrap_or_default();
        let named = |(first, second): &(&str, &str)| {
            line.starts_with(first) && after.iter().any(|line| line.trim().starts_with(second))
        };
        original || HEADS.iter().any(named)
    };
    let found = lines.iter().enumerate().position(begins)?;
    let ruled = found.checked_sub(1).filter(|before| {
        lines.get(*before).is_some_and(|line| line.len() > 10 && line.trim().chars().all(|c| c == '_'))
    });
    Some(ruled.unwrap_or(found))
}

/// Where the quoted lines at the end begin, with the line that says whose they are.
fn tail(lines: &[&str]) -> usize {
    let is_quote = |line: &&str| line.trim_start().starts_with('>');
    let Some(last) = lines.iter().rposition(|line| !line.trim().is_empty()) else { return lines.len() };
    if !lines.get(last).is_some_and(is_quote) {
        return lines.len();
    }
    let before = lines.iter().take(last).rposition(|line| !is_quote(line) && !line.trim().is_empty());
    let Some(before) = before else { return 0 };
    let first = before.saturating_sub(ATTRIBUTION - 1);
    let attribution = (first..=before).rev().find(|from| {
        let text = lines.get(*from..=before).unwrap_or_default().join(" ");
        let begins = lines.get(*from).is_some_and(|line| {
            ["On ", "Am ", "Le ", "El ", "Il ", "Em ", "Op ", "Den ", "20"].iter().any(|word| line.starts_with(word))
        });
        text.trim_end().ends_with(':') && WROTE.iter().any(|word| text.contains(word)) && begins
    });
    let single = lines
        .get(before)
        .is_some_and(|line| line.trim_end().ends_with(':') && WROTE.iter().any(|word| line.contains(word)));
    attribution.or(single.then_some(before)).unwrap_or(before + 1)
}

/// The marks by which mail programs know what they quote: an element, or everything from there on.
const MARKS: [(&str, bool); 7] = [
    ("class=\"gmail_quote", false),
    ("type=\"cite\"", false),
    ("class=\"yahoo_quoted", false),
    ("class=\"protonmail_quote", false),
    ("id=\"appendonsend\"", true),
    ("id=\"divrplyfwdmsg\"", true),
    ("id=\"mail-editor-reference-message-container\"", true),
];
/// What is passed on is no quotation.
const FORWARDED: &str = "forwarded message";

/// A mail in HTML without what it quotes; one that only quotes is kept.
pub fn without_in_html(html: &str) -> String {
    // The same length, so that places in one are places in the other.
    let lower = html.to_ascii_lowercase();
    let mut kept = String::with_capacity(html.len());
    let mut from = 0;
    while let Some((begin, end)) = quotation(&lower, from) {
        kept.push_str(html.get(from..begin).unwrap_or_default());
        kept.push_str("<br>");
        kept.push_str(LEFT_OUT);
        kept.push_str("<br>");
        from = end;
    }
    if from == 0 {
        return html.to_owned();
    }
    kept.push_str(html.get(from..).unwrap_or_default());
    let rest = nanohtml2text::html2text(&kept).replace(LEFT_OUT, "");
    if rest.trim().is_empty() { html.to_owned() } else { kept }
}

/// The next quoted element from a place on.
fn quotation(lower: &str, from: usize) -> Option<(usize, usize)> {
    let ahead = lower.get(from..)?;
    let (mark, to_end) = MARKS.iter().filter_map(|(mark, to_end)| Some((ahead.find(mark)?, *to_end))).min()?;
    let mark = from + mark;
    let begin = lower.get(from..mark)?.rfind('<').map(|at| from + at)?;
    let end = if to_end { lower.len() } else { end_of(lower, begin)? };
    let inside = lower.get(begin..end)?;
    let said = inside.get(..inside.len().min(600)).or_else(|| inside.get(..inside.len().min(597))).unwrap_or(inside);
    if said.contains(FORWARDED) {
        return quotation(lower, mark + 1);
    }
    Some((begin, end))
}

/// Behind the end of the element that begins here.
fn end_of(lower: &str, begin: usize) -> Option<usize> {
    let name: String = lower.get(begin + 1..)?.chars().take_while(char::is_ascii_alphanumeric).collect();
    let (open, close) = (format!("<{name}"), format!("</{name}"));
    if name.is_empty() {
        return None;
    }
    let mut depth = 0_usize;
    let mut at = begin;
    while let Some(found) = lower.get(at..)?.find('<') {
        at += found;
        let tag = lower.get(at..)?;
        if tag.starts_with(&close) {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return Some(tag.find('>').map_or(lower.len(), |end| at + end + 1));
            }
        } else if tag.starts_with(&open) {
            depth += 1;
        }
        at += 1;
    }
    Some(lower.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Trial 41: quotations at the end are cut, answers between them are not.
    #[test]
    fn t41_quoted_parts_are_cut() {
        let cut = |own: &str| format!("{own}\n{LEFT_OUT}");
        for (text, right) in [
            (
                "Yes, Thursday.\n\nOn Mon, 23 Nov 2026 at 08:00, Ben <ben@x.example> wrote:\n> When?\n> Ben\n",
                cut("Yes, Thursday."),
            ),
            ("Yes.\n\nOn Mon, 23 Nov 2026 at 08:00, Ben\n<ben@x.example> wrote:\n\n> When?\n>> Soon?", cut("Yes.")),
            ("Ja.\n\nAm 23.11.2026 um 08:00 schrieb Ben:\n> Wann?", cut("Ja.")),
            ("Yes.\n> When?", cut("Yes.")),
            ("Yes.\n\n-----Original Message-----\nFrom: Ben\nWhen?", cut("Yes.")),
            (
                "Yes.\n\n________________________________\nFrom: Ben <ben@x.example>\nSent: Monday\nTo: Eva\n\nWhen?",
                cut("Yes."),
            ),
            ("Ja.\n\nVon: Ben\nGesendet: Montag\nAn: Eva\n\nWann?", cut("Ja.")),
            ("> When?\nThursday.\n> Where?\nRoom 4.", "> When?\nThursday.\n> Where?\nRoom 4.".to_owned()),
            ("> When?\n> Where?", "> When?\n> Where?".to_owned()),
            ("From: the sea\nTo: the hills", "From: the sea\nTo: the hills".to_owned()),
            ("He wrote:\nnothing", "He wrote:\nnothing".to_owned()),
            ("", String::new()),
        ] {
            assert_eq!(without(text), right, "{text}");
        }
    }

    /// Trial 41: the same in HTML; a mail that is passed on is no quotation.
    #[test]
    fn t41_quoted_elements_are_cut() {
        let text = |html: &str| {
            nanohtml2text::html2text(&without_in_html(html)).split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let cut = |own: &str| format!("{own} {LEFT_OUT}");
        let gmail = "<div>Yes.</div><div class=\"gmail_quote\"><div>On Monday Ben wrote:</div><blockquote class=\"gmail_quote\">When?<div>x</div></blockquote></div>";
        assert_eq!(text(gmail), cut("Yes."));
        let apple = "<p>Yes.</p><blockquote TYPE=\"cite\">When?<blockquote type=\"cite\">Why?</blockquote></blockquote><p>Eva</p>";
        assert_eq!(text(apple), format!("Yes. {LEFT_OUT} Eva"));
        let outlook =
            "<p>Yes.</p><div id=\"appendonsend\"></div><hr><div id=\"divRplyFwdMsg\">From: Ben</div><p>When?</p>";
        assert_eq!(text(outlook), cut("Yes."));
        let forward =
            "<div>See below.</div><div class=\"gmail_quote\">---------- Forwarded message ---------<br>When?</div>";
        assert!(text(forward).ends_with("When?"));
        let only = "<div class=\"gmail_quote\">When?</div>";
        assert_eq!(text(only), "When?");
        assert_eq!(text("<div class=\"gmail_quote"), text("<div class=\"gmail_quote"));
        let many = "<blockquote type=\"cite\">".repeat(5_000);
        assert!(without_in_html(&many).len() <= many.len());
    }
}
