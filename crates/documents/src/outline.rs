/// Where in a Markdown document a reader is who has read to some place.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outline {
    /// The headings above, the outermost first.
    headings: Vec<(usize, String)>,
    /// The fence of the code that has not ended.
    fence: Option<Fence>,
}

#[derive(Debug, Clone, Copy)]
struct Fence {
    mark: u8,
    length: usize,
}

/// What a line is to the lines around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    /// A heading, from 1 for the outermost.
    Heading(usize, String),
    /// The beginning of code.
    Opens,
    /// Code.
    Code,
    /// Anything else.
    Text,
}

impl Outline {
    /// The headings above.
    pub(crate) fn path(&self) -> Vec<String> {
        self.headings.iter().map(|(_, title)| title.clone()).collect()
    }

    /// Whether the line to come is code.
    pub(crate) fn in_code(&self) -> bool {
        self.fence.is_some()
    }

    /// Reads the line that begins at `at`.
    pub(crate) fn read(&mut self, text: &str, at: usize) -> Line {
        let line = line_at(text, at);
        let body = line.trim_start_matches(' ');
        let indented = line.len() - body.len() > 3;
        if let Some(fence) = self.fence {
            let length = marks(body, fence.mark);
            let ends =
                !indented && length >= fence.length && body.get(length..).is_some_and(|rest| rest.trim().is_empty());
            self.fence = (!ends).then_some(fence);
            return Line::Code;
        }
        if indented {
            return Line::Text;
        }
        for mark in [b'`', b'~'] {
            let length = marks(body, mark);
            // What has a ` behind ``` is code within a line.
            if length >= 3 && !(mark == b'`' && body.get(length..).is_some_and(|rest| rest.contains('`'))) {
                self.fence = Some(Fence { mark, length });
                return Line::Opens;
            }
        }
        match heading(body).or_else(|| underlined(text, at, line)) {
            Some((level, title)) => {
                self.headings.retain(|(above, _)| *above < level);
                self.headings.push((level, title.clone()));
                Line::Heading(level, title)
            }
            None => Line::Text,
        }
    }
}

/// The first heading of a Markdown document, of whatever level.
pub(crate) fn first_heading(text: &str) -> Option<String> {
    let mut outline = Outline::default();
    let mut at = 0;
    while at < text.len() {
        if let Line::Heading(_, title) = outline.read(text, at) {
            return Some(title);
        }
        at = next_line(text, at)?;
    }
    None
}

/// Where the line after the one at `at` begins.
pub(crate) fn next_line(text: &str, at: usize) -> Option<usize> {
    Some(at + text.get(at..)?.find('\n')? + 1)
}

/// Lines are looked at so far: enough for a heading.
const LOOKED_AT: usize = 512;

fn line_at(text: &str, at: usize) -> &str {
    let end = text.floor_char_boundary(at.saturating_add(LOOKED_AT));
    let seen = text.get(at..end).unwrap_or_default();
    seen.split('\n').next().unwrap_or_default().trim_end()
}

/// How often a line begins with the mark.
fn marks(line: &str, mark: u8) -> usize {
    line.bytes().take_while(|byte| *byte == mark).count()
}

/// `# Title`
fn heading(line: &str) -> Option<(usize, String)> {
    let level = marks(line, b'#');
    let rest = line.get(level..)?;
    if !(1..=6).contains(&level) || !rest.starts_with([' ', '\t']) {
        return None;
    }
    // Marks at the end close it, if they stand alone.
    let unclosed = rest.trim_end_matches('#');
    let title = if unclosed.ends_with([' ', '\t']) { unclosed } else { rest };
    Some((level, tidy(title)?))
}

/// A line of its own with a line of `=` or `-` below. What is between lines of `---` at the beginning of a file is about the file.
fn underlined(text: &str, at: usize, line: &str) -> Option<(usize, String)> {
    let before = text.get(..at)?;
    if !before.is_empty() && !before.ends_with("\n\n") {
        return None;
    }
    let below = line_at(text, next_line(text, at)?).trim_start_matches(' ');
    let level = match below.as_bytes() {
        [b'=', b'=', ..] if below.bytes().all(|byte| byte == b'=') => 1,
        [b'-', b'-', ..] if below.bytes().all(|byte| byte == b'-') => 2,
        _ => return None,
    };
    let is_text = line.chars().next().is_some_and(|first| !matches!(first, '-' | '=' | '>' | '*' | '+' | '|'));
    if is_text { Some((level, tidy(line)?)) } else { None }
}

/// A title as it is shown: without marks of emphasis and code, in one line.
fn tidy(title: &str) -> Option<String> {
    let title = title.replace(['`', '*'], "").replace("__", "");
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    (!title.is_empty()).then_some(title)
}
