use html5gum::emitters::default::DefaultEmitter;
use html5gum::{StartTag, Token, Tokenizer};

/// A page as text.
pub(super) struct Page {
    /// What is in its `title`.
    pub title: Option<String>,
    /// What a reader sees of it, as Markdown: headings, paragraphs, lists, tables, code.
    pub markdown: String,
}

/// Reads a page of any length and depth in one go. What no reader sees (scripts, styles, what is marked as hidden) is left out: it is no part of
/// what the page tells, and a place where instructions to a model are hidden.
pub(super) fn markdown_of(html: &str) -> Page {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut writer = Writer::default();
    let mut title = String::new();
    for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
        match token {
            Token::StartTag(tag) => writer.open(&tag),
            Token::EndTag(tag) => writer.close(&tag.name),
            Token::String(text) => {
                let text = String::from_utf8_lossy(&text);
                if writer.in_title { title.push_str(&text) } else { writer.text(&text) }
            }
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    Page { title: (!title.is_empty()).then_some(title), markdown: writer.finish() }
}

/// Elements whose content no reader sees.
const NOT_SEEN: [&[u8]; 12] = [
    b"script",
    b"style",
    b"template",
    b"noscript",
    b"iframe",
    b"object",
    b"svg",
    b"math",
    b"select",
    b"textarea",
    b"dialog",
    b"datalist",
];

/// Elements that have no content and no end.
const VOID: [&[u8]; 13] =
    [b"area", b"base", b"br", b"col", b"embed", b"hr", b"img", b"input", b"link", b"meta", b"source", b"track", b"wbr"];

/// Elements that stand on lines of their own.
const BLOCKS: [&[u8]; 28] = [
    b"address",
    b"article",
    b"aside",
    b"blockquote",
    b"body",
    b"caption",
    b"dd",
    b"details",
    b"div",
    b"dl",
    b"dt",
    b"fieldset",
    b"figcaption",
    b"figure",
    b"footer",
    b"form",
    b"header",
    b"hr",
    b"main",
    b"nav",
    b"ol",
    b"p",
    b"section",
    b"summary",
    b"table",
    b"tbody",
    b"ul",
    b"thead",
];

#[derive(Default)]
struct Writer {
    written: String,
    /// How many line ends have to come before the next word.
    lines: usize,
    /// What begins the next line.
    mark: &'static str,
    space: bool,
    in_title: bool,
    in_code: bool,
    /// The element that is not seen, and how many of its name are open within it.
    not_seen: Option<(Vec<u8>, usize)>,
}

impl Writer {
    fn open(&mut self, tag: &StartTag<()>) {
        let name = tag.name.as_slice();
        if let Some((hidden, depth)) = &mut self.not_seen {
            // A paragraph ends where the next one begins.
            if hidden != b"p" || name != b"p" {
                *depth += usize::from(hidden.as_slice() == name && !is_closed(tag));
                return;
            }
            self.not_seen = None;
        }
        if (NOT_SEEN.contains(&name) || is_hidden(tag)) && !VOID.contains(&name) {
            self.not_seen = (!is_closed(tag)).then(|| (name.to_vec(), 1));
            return;
        }
        match name {
            b"title" => self.in_title = true,
            b"br" => self.line(1),
            b"li" => {
                self.line(1);
                self.mark = "- ";
            }
            b"tr" => self.line(1),
            b"td" | b"th" => self.cell(),
            b"pre" => {
                self.line(2);
                self.in_code = true;
                self.mark = "```\n";
            }
            _ => match level(name) {
                Some(marks) => {
                    self.line(2);
                    self.mark = marks;
                }
                None if BLOCKS.contains(&name) => self.line(2),
                None => {}
            },
        }
    }

    fn close(&mut self, name: &[u8]) {
        if let Some((hidden, depth)) = &mut self.not_seen {
            if hidden.as_slice() == name {
                *depth -= 1;
                if *depth == 0 {
                    self.not_seen = None;
                }
            }
            return;
        }
        match name {
            b"title" => self.in_title = false,
            b"tr" => self.line(1),
            b"li" => {
                self.line(1);
                self.mark = "";
            }
            b"pre" => self.end_code(),
            _ if level(name).is_some() => {
                self.line(2);
                self.mark = "";
            }
            _ if BLOCKS.contains(&name) => self.line(2),
            _ => {}
        }
    }

    fn line(&mut self, lines: usize) {
        if self.in_code {
            return;
        }
        self.lines = self.lines.max(lines);
        self.space = false;
    }

    fn cell(&mut self) {
        let is_first = self.lines > 0 || self.written.is_empty() || self.written.ends_with('\n');
        if !is_first && !self.in_code {
            self.written.push_str(" |");
            self.space = true;
        }
    }

    fn end_code(&mut self) {
        if std::mem::take(&mut self.in_code) && std::mem::take(&mut self.mark).is_empty() {
            let end = if self.written.ends_with('\n') { "```" } else { "\n```" };
            self.written.push_str(end);
        }
        self.line(2);
    }

    fn text(&mut self, text: &str) {
        if self.not_seen.is_some() {
            return;
        }
        if self.in_code {
            if !self.mark.is_empty() && text.trim().is_empty() {
                return;
            }
            self.begin();
            // What looks like the end of the code is no end.
            self.written.push_str(&text.replace("```", "` ` `").replace('\r', "\n"));
            return;
        }
        for (index, word) in text.split(|one: char| one.is_ascii_whitespace()).enumerate() {
            self.space |= index > 0;
            if word.is_empty() {
                continue;
            }
            if self.lines > 0 || self.written.is_empty() {
                let is_marked = !self.mark.is_empty();
                self.begin();
                // A line that is no heading and no fence is not made one by its words.
                if !is_marked && (word.starts_with('#') || word.starts_with("```") || word.starts_with("~~~")) {
                    self.written.push('\\');
                }
            } else if self.space {
                self.written.push(' ');
            }
            self.space = false;
            self.written.push_str(word);
        }
    }

    /// Begins a line, if one has to begin.
    fn begin(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        if !self.written.is_empty() {
            self.written.extend(std::iter::repeat_n('\n', lines));
        }
        self.written.push_str(std::mem::take(&mut self.mark));
        self.space = false;
    }

    fn finish(mut self) -> String {
        self.end_code();
        self.written
    }
}

/// The marks of a heading.
fn level(name: &[u8]) -> Option<&'static str> {
    Some(match name {
        b"h1" => "# ",
        b"h2" => "## ",
        b"h3" => "### ",
        b"h4" => "#### ",
        b"h5" => "##### ",
        b"h6" => "###### ",
        _ => return None,
    })
}

/// `<svg/>`: a slash at the end means something in drawings and formulas alone.
fn is_closed(tag: &StartTag<()>) -> bool {
    tag.self_closing && [b"svg".as_slice(), b"math"].contains(&tag.name.as_slice())
}

fn is_hidden(tag: &StartTag<()>) -> bool {
    let value = |name: &[u8]| tag.attributes.get(name).map(|value| String::from_utf8_lossy(value).to_ascii_lowercase());
    let style = value(b"style").unwrap_or_default().replace(char::is_whitespace, "");
    value(b"hidden").is_some_and(|value| value != "until-found")
        || value(b"aria-hidden").is_some_and(|value| value == "true")
        || style.contains("display:none")
        || style.contains("visibility:hidden")
}
