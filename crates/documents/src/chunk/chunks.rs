use std::ops::{Range, RangeInclusive};

use super::breaks::{Break, between, ends_sentence, repeated_from, settle};
use crate::MediaType;
use crate::outline::{Line, Outline, next_line};

/// How many characters a passage has at least, if it is not the last one or ends where a heading begins.
pub const SHORTEST: usize = 800;
/// How many characters a passage has at most.
pub const LONGEST: usize = 1_200;
/// How many characters of the passage before are repeated: about 150, to begin with a sentence or word. None before a heading.
pub const OVERLAP: RangeInclusive<usize> = 100..=200;

/// A passage of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// The headings that all of it stands below, the outermost first, with ` › ` between them.
    pub heading: String,
    /// Its words, just as they stand in the text, without space around them.
    pub text: &'a str,
    /// Where it is in the text, in bytes.
    pub bytes: Range<usize>,
    /// Where it is in the text, in UTF-16 code units: what a browser counts by.
    pub utf16: Range<usize>,
}

/// Cuts a text into passages of 800 to 1,200 characters, in their order. They hold all of it but space between them. A passage ends before a
/// heading where it can, else at the end of a paragraph, a sentence, a line, a word, and only where there is nothing of that, within one.
pub fn chunks(text: &str, media_type: MediaType) -> Vec<Chunk<'_>> {
    let cutter = Cutter {
        text,
        is_markdown: media_type == MediaType::Markdown,
        outline: Outline::default(),
        next_line: 0,
        fresh: 0,
        repeated: None,
        counted: (0, 0),
    };
    cutter.collect()
}

struct Cutter<'a> {
    text: &'a str,
    is_markdown: bool,
    /// Of the lines that begin before `next_line`.
    outline: Outline,
    /// The first line that has not been read.
    next_line: usize,
    /// Where the text begins that is in no passage yet.
    fresh: usize,
    /// Where the next passage begins, if it repeats something.
    repeated: Option<usize>,
    /// A place in bytes and UTF-16 code units.
    counted: (usize, usize),
}

impl<'a> Iterator for Cutter<'a> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Chunk<'a>> {
        /// More space than this, in bytes, parts more than an overlap could join.
        const WIDEST_SPACE: usize = 64;
        let rest = self.text.get(self.fresh..)?;
        let space = rest.len() - rest.trim_start().len();
        self.fresh += space;
        if self.fresh >= self.text.len() {
            return None;
        }
        let start = self.repeated.take().filter(|_| space <= WIDEST_SPACE).unwrap_or(self.fresh);
        let (end, kind) = self.end_of(start);
        let heading = self.read_to(end).join(" › ");
        self.fresh = end;
        let window = self.text.get(start..end).unwrap_or_default();
        self.repeated = (kind != Break::Heading).then(|| start + repeated_from(window, OVERLAP));
        let text = window.trim_end();
        Some(Chunk { heading, text, bytes: start..start + text.len(), utf16: self.utf16(start, text) })
    }
}

impl Cutter<'_> {
    /// Where a passage ends that begins at `start`, and why there.
    fn end_of(&self, start: usize) -> (usize, Break) {
        let rest = self.text.get(start..).unwrap_or_default();
        let mut places = rest.char_indices().map(|(place, _)| start + place);
        let Some(least) = places.nth(SHORTEST) else { return (self.text.len(), Break::Heading) };
        let Some(limit) = places.nth(LONGEST - SHORTEST - 1) else { return (self.text.len(), Break::Heading) };
        let mut best = Best { range: least..limit, found: None };
        let mut outline = self.outline.clone();
        let mut line = self.fresh;
        let mut next = Some(self.next_line);
        let mut in_code = outline.in_code();
        while let Some(at) = next.filter(|at| *at <= limit) {
            self.look_within(start, line..at, in_code, &mut best);
            let kind = self.read_line(&mut outline, at);
            in_code = kind == Line::Code;
            best.consider(self.before_line(start, at, &kind), at);
            line = at;
            next = next_line(self.text, at);
        }
        self.look_within(start, line..limit, in_code, &mut best);
        let (kind, end) = best.found.unwrap_or((Break::Word, limit));
        // One character more shows whether the last one goes on.
        let seen = self.text.ceil_char_boundary(end + 1);
        let end = start + settle(self.text.get(start..seen).unwrap_or_default(), end - start);
        (end, kind)
    }

    /// Looks for places between the words of one line.
    fn look_within(&self, start: usize, line: Range<usize>, in_code: bool, best: &mut Best) {
        let from = line.start.max(best.range.start);
        let to = line.end.min(best.range.end);
        let Some(part) = self.text.get(from..to) else { return };
        let mut before = self.text.get(..from).and_then(|text| text.chars().next_back()).unwrap_or('\n');
        for (offset, after) in part.char_indices() {
            let place = from + offset;
            if place > line.start
                && let Some(kind) = between(before, after)
            {
                let sentence = !in_code && self.text.get(start..place).is_some_and(ends_sentence);
                best.consider(if sentence { Break::Sentence } else { kind }, place);
            }
            before = after;
        }
    }

    /// How good it is to end before the line at `at`.
    fn before_line(&self, start: usize, at: usize, line: &Line) -> Break {
        let above = self.text.get(start..at).unwrap_or_default();
        let is_after_empty = above.strip_suffix('\n').is_some_and(|above| {
            let last = above.rsplit('\n').next().unwrap_or_default();
            last.trim().is_empty()
        });
        match line {
            Line::Heading(..) => Break::Heading,
            Line::Opens => Break::Paragraph,
            Line::Code => Break::Sentence,
            Line::Text if is_after_empty => Break::Paragraph,
            Line::Text if ends_sentence(above) => Break::Sentence,
            Line::Text => Break::Line,
        }
    }

    fn read_line(&self, outline: &mut Outline, at: usize) -> Line {
        if self.is_markdown { outline.read(self.text, at) } else { Line::Text }
    }

    /// Reads the lines of a passage that ends at `end`, and gives the headings that what is new in it stands below.
    fn read_to(&mut self, end: usize) -> Vec<String> {
        let mut path = None;
        let mut next = Some(self.next_line);
        while let Some(at) = next.filter(|at| *at < end) {
            if at > self.fresh && path.is_none() {
                path = Some(self.outline.path());
            }
            let mut outline = std::mem::take(&mut self.outline);
            let line = self.read_line(&mut outline, at);
            self.outline = outline;
            if let (Line::Heading(..), Some(path)) = (line, &mut path) {
                let here = self.outline.path();
                let common = path.iter().zip(&here).take_while(|(above, here)| above == here).count();
                path.truncate(common);
            }
            next = next_line(self.text, at);
        }
        self.next_line = next.unwrap_or(self.text.len());
        path.unwrap_or_else(|| self.outline.path())
    }

    fn utf16(&mut self, start: usize, text: &str) -> Range<usize> {
        let units = |text: &str| text.chars().map(char::len_utf16).sum::<usize>();
        let (at, count) = self.counted;
        let first = count + units(self.text.get(at..start).unwrap_or_default());
        self.counted = (start, first);
        first..first + units(text)
    }
}

/// The best place so far within a range; of equals the last.
struct Best {
    range: Range<usize>,
    found: Option<(Break, usize)>,
}

impl Best {
    fn consider(&mut self, kind: Break, place: usize) {
        let in_range = self.range.contains(&place) || place == self.range.end;
        if in_range && self.found.is_none_or(|(best, _)| kind >= best) {
            self.found = Some((kind, place));
        }
    }
}
