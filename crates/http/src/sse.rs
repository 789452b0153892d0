use std::borrow::Cow;

/// One event of an event stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SseEvent<'a> {
    /// The event's type, `message` unless the stream says otherwise.
    pub event: &'a str,
    /// The lines of data, joined by line feeds.
    pub data: &'a str,
}

/// Why an event stream cannot be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SseError {
    /// A line, or the data of one event, is longer than the reader allows.
    #[error("an event is larger than {limit} bytes")]
    TooLarge {
        /// Limit in bytes.
        limit: usize,
    },
}

/// Incremental decoder of `text/event-stream` (WHATWG HTML, 9.2.6 "Interpreting an event stream").
///
/// It is fed slices as the network cuts them, inside a line or a character too, and allocates nothing
/// per event once its buffers have grown. `id` and `retry` serve reconnecting, for those whose streams are resumed.
#[derive(Debug)]
pub struct SseDecoder {
    limit: usize,
    line: Vec<u8>,
    data: String,
    event: String,
    id: String,
    last_event_id: Option<String>,
    retry_ms: Option<u64>,
    begun: bool,
    after_carriage_return: bool,
    fields_seen: bool,
    foreign_lines_seen: bool,
}

impl SseDecoder {
    /// A decoder for one stream. `limit`: bytes that a line or the data of one event may have.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            line: Vec::new(),
            data: String::new(),
            event: String::new(),
            id: String::new(),
            last_event_id: None,
            retry_ms: None,
            begun: false,
            after_carriage_return: false,
            fields_seen: false,
            foreign_lines_seen: false,
        }
    }

    /// Reads the next bytes and hands out the events they complete. After an error the stream is lost.
    pub fn feed(&mut self, bytes: &[u8], on_event: &mut dyn FnMut(SseEvent<'_>)) -> Result<(), SseError> {
        let mut rest = bytes;
        if self.after_carriage_return && !rest.is_empty() {
            self.after_carriage_return = false;
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            let (line, terminated) = rest.split_at(end);
            rest = match terminated {
                [b'\r', b'\n', after @ ..] => after,
                [b'\r'] => {
                    self.after_carriage_return = true;
                    &[]
                }
                [_, after @ ..] => after,
                [] => &[],
            };
            self.end_line(line, on_event)?;
        }
        self.keep(rest)
    }

    /// The stream has ended. The specification drops an event that no blank line ended; here it is handed out, because
    /// some servers leave the last blank line away. The caller must expect data that was cut off.
    pub fn finish(&mut self, on_event: &mut dyn FnMut(SseEvent<'_>)) -> Result<(), SseError> {
        if !self.line.is_empty() {
            self.end_line(&[], on_event)?;
        }
        self.dispatch(on_event);
        Ok(())
    }

    /// True when there were lines, none of them of this format: a page of HTML, say.
    pub fn is_foreign(&self) -> bool {
        self.foreign_lines_seen && !self.fields_seen
    }

    /// The id of the last event that was complete, if the stream has ids: where it can be resumed.
    pub fn last_event_id(&self) -> Option<&str> {
        self.last_event_id.as_deref()
    }

    /// How long the server wants to be left alone before a reconnection, milliseconds.
    pub fn retry_ms(&self) -> Option<u64> {
        self.retry_ms
    }

    fn keep(&mut self, part: &[u8]) -> Result<(), SseError> {
        if part.is_empty() {
            return Ok(());
        }
        if self.line.len().saturating_add(part.len()).saturating_add(self.data.len()) > self.limit {
            return Err(SseError::TooLarge { limit: self.limit });
        }
        self.line.extend_from_slice(part);
        Ok(())
    }

    fn end_line(&mut self, tail: &[u8], on_event: &mut dyn FnMut(SseEvent<'_>)) -> Result<(), SseError> {
        if self.line.is_empty() {
            return self.read_line(tail, on_event);
        }
        self.keep(tail)?;
        let mut line = std::mem::take(&mut self.line);
        let read = self.read_line(&line, on_event);
        line.clear();
        self.line = line;
        read
    }

    fn read_line(&mut self, line: &[u8], on_event: &mut dyn FnMut(SseEvent<'_>)) -> Result<(), SseError> {
        if !line.is_empty() && line.len().saturating_add(self.data.len()) > self.limit {
            return Err(SseError::TooLarge { limit: self.limit });
        }
        let line = if self.begun { line } else { line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line) };
        self.begun = true;
        if line.is_empty() {
            self.dispatch(on_event);
            return Ok(());
        }
        let text: Cow<'_, str> = String::from_utf8_lossy(line);
        let (field, value) = text.split_once(':').unwrap_or((&text, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            // A comment.
            "" => return Ok(()),
            "data" => {
                if (value.starts_with('{') || value.starts_with("[DONE]")) && self.is_whole_json() {
                    self.dispatch(on_event);
                }
                self.data.push_str(value);
                self.data.push('\n');
            }
            "event" => {
                if self.is_whole_json() {
                    self.dispatch(on_event);
                }
                self.event.clear();
                self.event.push_str(value);
            }
            "id" if !value.contains('\0') => {
                self.id.clear();
                self.id.push_str(value);
            }
            "retry" if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.retry_ms = value.parse().ok().or(self.retry_ms)
            }
            "id" | "retry" => {}
            _ => {
                // The stream may have broken off within a field's name.
                self.foreign_lines_seen |= !["data", "event", "id", "retry"].iter().any(|name| name.starts_with(field));
                return Ok(());
            }
        }
        self.fields_seen = true;
        Ok(())
    }

    /// True when the data so far are a JSON object by themselves. Some servers part events by one line end: by the specification such
    /// a stream is one event, which no model API means.
    fn is_whole_json(&self) -> bool {
        let data = self.data.trim();
        data.starts_with('{') && data.ends_with('}') && serde_json::from_str::<serde::de::IgnoredAny>(data).is_ok()
    }

    fn dispatch(&mut self, on_event: &mut dyn FnMut(SseEvent<'_>)) {
        if !self.id.is_empty() && self.last_event_id.as_ref() != Some(&self.id) {
            self.last_event_id = Some(self.id.clone());
        }
        if self.data.pop().is_some() {
            let event = if self.event.is_empty() { "message" } else { &self.event };
            on_event(SseEvent { event, data: &self.data });
        }
        self.data.clear();
        self.event.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 64;

    fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<(String, String)>, Result<(), SseError>) {
        let mut events = Vec::new();
        let mut take = |event: SseEvent<'_>| events.push((event.event.to_owned(), event.data.to_owned()));
        let mut decoder = SseDecoder::new(LIMIT);
        let mut result = Ok(());
        for piece in pieces {
            result = decoder.feed(piece, &mut take);
            if result.is_err() {
                break;
            }
        }
        let result = result.and_then(|()| decoder.finish(&mut take));
        (events, result)
    }

    fn data(text: &str) -> Vec<String> {
        let (events, result) = decode([text.as_bytes()]);
        assert_eq!(result, Ok(()), "{text:?}");
        events.into_iter().map(|(_, data)| data).collect()
    }

    #[test]
    fn the_examples_of_the_specification() {
        assert_eq!(data("data: YHOO\ndata: +2\ndata: 10\n\n"), ["YHOO\n+2\n10"]);
        assert_eq!(
            data(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"),
            ["first event", "second event", " third event"]
        );
        assert_eq!(data("data\n\ndata\ndata\n\n"), ["", "\n"]);
        assert_eq!(data("data:test\n\ndata: test\n\n"), ["test", "test"]);
    }

    /// WHATWG HTML, 9.2.6: the id counts once its event is complete, and stays; what is no number is no `retry`.
    #[test]
    fn where_a_stream_is_resumed() {
        let mut decoder = SseDecoder::new(LIMIT);
        let mut feed = |text: &str| {
            decoder.feed(text.as_bytes(), &mut |_| {}).unwrap();
            (decoder.last_event_id().map(str::to_owned), decoder.retry_ms())
        };
        assert_eq!(feed("data: a\n\nretry: x\nretry:\n"), (None, None));
        assert_eq!(feed("id: 1\nretry: 50\ndata: \n"), (None, Some(50)));
        assert_eq!(feed("\n"), (Some("1".to_owned()), Some(50)));
        assert_eq!(feed("data: b\n\nid: 2\ndata: c"), (Some("1".to_owned()), Some(50)));
    }

    #[test]
    fn every_line_end_counts_and_so_do_event_types() {
        assert_eq!(data("data: a\r\n\r\ndata: b\r\rdata: c\n\ndata: d\n\r\n"), ["a", "b", "c", "d"]);
        let (events, _) = decode([b"event: error\ndata: x\n\nevent: lost\n\ndata: y\n\n".as_slice()]);
        assert_eq!(events, [("error".into(), "x".into()), ("message".into(), "y".into())]);
    }

    #[test]
    fn a_mark_at_the_start_is_dropped_and_only_there() {
        assert_eq!(data("\u{FEFF}data: a\n\n\u{FEFF}data: b\n\ndata: c\n\n"), ["a", "c"]);
    }

    #[test]
    fn an_end_without_a_blank_line_gives_the_last_event() {
        assert_eq!(data("data: a\n\ndata: [DONE]"), ["a", "[DONE]"]);
        assert_eq!(data("data: a\n\ndata: [DONE]\n"), ["a", "[DONE]"]);
        assert_eq!(data(""), Vec::<String>::new());
    }

    /// T12: JSON objects that one line end parts are events of their own; one object over several lines stays one.
    #[test]
    fn t12_events_parted_by_one_line_end() {
        let all = |text: &str| decode([text.as_bytes()]).0;
        let event = |name: &str, data: &str| (name.to_owned(), data.to_owned());
        assert_eq!(
            all("data: {\"a\":1}\ndata: {\"b\":2}\r\ndata:{}\ndata: [DONE]\n"),
            [
                event("message", "{\"a\":1}"),
                event("message", "{\"b\":2}"),
                event("message", "{}"),
                event("message", "[DONE]")
            ]
        );
        assert_eq!(all("event: x\ndata: {}\nevent: error\ndata: {}"), [event("x", "{}"), event("error", "{}")]);
        assert_eq!(all("data: {\ndata: \"a\": {}\ndata: }\n\n"), [event("message", "{\n\"a\": {}\n}")]);
    }

    #[test]
    fn bytes_that_are_no_utf8_are_replaced() {
        let (events, _) = decode([b"data: \xFFx\n\n".as_slice()]);
        assert_eq!(events, [("message".into(), "\u{FFFD}x".into())]);
    }

    #[test]
    fn foreign_text_is_known_as_such() {
        let foreign = |text: &str| {
            let mut decoder = SseDecoder::new(LIMIT);
            decoder.feed(text.as_bytes(), &mut |_| {}).unwrap();
            decoder.is_foreign()
        };
        assert!(foreign("<html>\n<body>\n"));
        assert!(!foreign("\n\n: comment\n") && !foreign("") && !foreign("nonsense\ndata: a\n"));
    }

    /// Any cut of the same bytes gives the same events and the same error.
    #[test]
    fn cuts_do_not_matter() {
        let streams: [&[u8]; 5] = [
            "\u{FEFF}: hi\r\ndata: grüße 🦀\r\ndata: zwei\r\n\r\nevent: x\rdata: y\r\rdata: ende".as_bytes(),
            b"data: \xF0\x9F\xA6\n\ndata: \xFF\xFE\r\n\r\n\r\n",
            b"data: 0123456789012345678901234567890123456789\ndata: 01234567890123456789\n\n",
            b"data: ok\n\n: 0123456789012345678901234567890123456789012345678901234567890123456789\n\n",
            b"data: 0123456789012345678901234567890123456789012345678901234567\ndata\n\ndata: after\n\n",
        ];
        let mut seed = 0x9E37_79B9_u32;
        let mut errors = 0;
        for stream in streams {
            let whole = decode([stream]);
            errors += usize::from(whole.1.is_err());
            assert_eq!(decode(stream.chunks(1)), whole);
            for cut in 0..=stream.len() {
                let (head, tail) = stream.split_at(cut);
                assert_eq!(decode([head, tail]), whole, "cut at {cut}");
            }
            for _ in 0..500 {
                let mut pieces = Vec::new();
                let mut rest = stream;
                while !rest.is_empty() {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let (piece, after) = rest.split_at(((seed >> 24) as usize % 9).min(rest.len()));
                    pieces.push(piece);
                    rest = after;
                }
                assert_eq!(decode(pieces), whole);
            }
        }
        assert_eq!(errors, 2);
    }
}
