//! Text of the running answer that is shown and not written yet.

use crate::chat::{Change, Record};

/// Text waits at most this long before it is written, milliseconds. What a crash loses is at most that.
pub const FLUSH_AFTER_MS: u64 = 400;
/// Text is written when there is this much of it, bytes.
pub const FLUSH_AT_BYTES: usize = 4096;

/// Rows that wait. Written by time or size, never by count: a commit costs more than anything else on a turn's way.
#[derive(Debug, Default)]
pub(super) struct Unwritten {
    rows: Vec<Change>,
    bytes: usize,
    flushed_at: u64,
}

impl Unwritten {
    /// More text of a part. Several pieces of one part become one row.
    pub fn push(&mut self, id: &str, more: &str, reasoning: bool) {
        self.bytes = self.bytes.saturating_add(more.len());
        match self.rows.last_mut() {
            Some(Change::Append(Record::Text { part, text })) if !reasoning && part == id => text.push_str(more),
            Some(Change::Append(Record::Reasoning { part, text })) if reasoning && part == id => text.push_str(more),
            _ => {
                let (part, text) = (id.to_owned(), more.to_owned());
                self.rows.push(Change::Append(if reasoning {
                    Record::Reasoning { part, text }
                } else {
                    Record::Text { part, text }
                }));
            }
        }
    }

    /// True when they should be written now.
    pub fn is_due(&self, now: u64) -> bool {
        self.bytes >= FLUSH_AT_BYTES || (self.bytes > 0 && now.saturating_sub(self.flushed_at) >= FLUSH_AFTER_MS)
    }

    /// They are.
    pub fn rows(&self) -> &[Change] {
        &self.rows
    }

    /// They were written, or are not wanted any more.
    pub fn written(&mut self, now: u64) {
        self.rows.clear();
        self.bytes = 0;
        self.flushed_at = now;
    }
}
