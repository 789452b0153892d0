//! Bytes of any kind, cut anywhere: nothing panics, nothing that was given is taken back, and an answer ends once.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "all of it is test code")]

mod support;

use deputy_models::{ModelApi, ModelEvent};

/// Numbers that look random and are always the same.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next()).unwrap() % most.max(1)
    }

    fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }

    /// A JSON value of any kind, sometimes not quite JSON.
    fn value(&mut self, depth: u8) -> String {
        let plain = [
            "null",
            "true",
            "-1",
            "10.0",
            "1e400",
            "\"\"",
            "\"x\"",
            "\"10\"",
            "\"{\\\"a\\\":1}\"",
            "[]",
            "{}",
            "tru",
            "{",
        ];
        match self.below(if depth > 4 { 1 } else { 4 }) {
            0 | 1 => self.pick(&plain).to_owned(),
            2 => format!("[{}]", (0..self.below(3)).map(|_| self.value(depth + 1)).collect::<Vec<_>>().join(",")),
            _ => {
                let members: Vec<_> = (0..self.below(5)).map(|_| self.member(depth)).collect();
                format!("{{{}}}", members.join(","))
            }
        }
    }

    fn member(&mut self, depth: u8) -> String {
        let names = [
            "choices",
            "delta",
            "message",
            "content",
            "tool_calls",
            "function",
            "name",
            "arguments",
            "index",
            "id",
            "usage",
            "prompt_tokens",
            "finish_reason",
            "error",
            "code",
            "detail",
            "type",
            "item",
            "response",
            "output",
            "status",
            "output_index",
            "extra_content",
            "reasoning_details",
            "reasoning",
            "text",
        ];
        let name = self.pick(&names);
        format!("\"{name}\":{}", self.value(depth + 1))
    }

    fn line(&mut self) -> String {
        let kinds = [
            "response.output_text.delta",
            "response.output_item.done",
            "response.function_call_arguments.done",
            "response.completed",
            "response.failed",
            "error",
            "ping",
        ];
        match self.below(8) {
            0 => format!("event: {}\n", self.pick(&kinds)),
            1 => self
                .pick(&[
                    "\n",
                    "\r\n",
                    ": ping\n\n",
                    "data: [DONE]\n\n",
                    "<html>\n",
                    "data:\n",
                    "\u{FEFF}",
                    "retry: 5\n",
                ])
                .to_owned(),
            2 => format!("data: {{\"type\":\"{}\",{}}}\n\n", self.pick(&kinds), self.member(0)),
            3 => format!("data: {{\"choices\":[{{\"delta\":{}}}]}}\n\n", self.value(2)),
            4 => format!(
                "data: {{\"choices\":[{{\"delta\":{{\"tool_calls\":[{}]}},\"finish_reason\":{}}}]}}\n\n",
                self.value(3),
                self.value(4)
            ),
            5 => format!("data: {}\n", self.value(0)),
            6 => format!("{}\n", self.value(0)),
            _ => format!("data: {}\n\n", self.value(0)),
        }
    }
}

/// Text, reasoning, and what else came: of one read all text is one event.
fn parts(events: &[ModelEvent]) -> (String, String, Vec<&ModelEvent>) {
    let reasoning = events.iter().filter_map(|event| match event {
        ModelEvent::Reasoning(text) => Some(text.as_str()),
        _ => None,
    });
    let others = events.iter().filter(|event| !matches!(event, ModelEvent::Text(_) | ModelEvent::Reasoning(_)));
    (text_of(events), reasoning.collect(), others.collect())
}

fn text_of(events: &[ModelEvent]) -> String {
    let texts = events.iter().filter_map(|event| match event {
        ModelEvent::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

/// T14, T15: whatever comes, in whatever pieces.
#[test]
fn t14_any_bytes_in_any_pieces_are_read_the_same_and_nothing_given_is_lost() {
    let mut numbers = Numbers(2026);
    for round in 0..3_000 {
        let api = if round % 2 == 0 { ModelApi::ChatCompletions } else { ModelApi::Responses };
        let mut body: Vec<u8> = (0..numbers.below(9)).flat_map(|_| numbers.line().into_bytes()).collect();
        for _ in 0..numbers.below(4) {
            if !body.is_empty() {
                let at = numbers.below(body.len());
                body[at] = u8::try_from(numbers.below(256)).unwrap();
            }
        }
        let (events, failure) = support::run(api, [body.as_slice()]);
        let ended = events.iter().filter(|event| matches!(event, ModelEvent::Finished(_))).count();
        assert_eq!(ended, usize::from(failure.is_none()), "{}", String::from_utf8_lossy(&body));
        let mut pieces = Vec::new();
        let mut rest = body.as_slice();
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(numbers.below(17).min(rest.len()));
            pieces.push(piece);
            rest = after;
        }
        let cut = support::run(api, pieces);
        assert_eq!(cut.1, failure, "{}", String::from_utf8_lossy(&body));
        assert_eq!(parts(&cut.0), parts(&events), "{}", String::from_utf8_lossy(&body));
    }
}

/// What was said before anything odd is said, and stays.
#[test]
fn t15_text_before_anything_odd_is_kept() {
    let said = "data: {\"choices\":[{\"delta\":{\"content\":\"Good morning.\"}}]}\n\n";
    let mut numbers = Numbers(7);
    for _ in 0..2_000 {
        let mut body = said.as_bytes().to_vec();
        (0..1 + numbers.below(5)).for_each(|_| body.extend(numbers.line().into_bytes()));
        let cut = said.len() + numbers.below(body.len() - said.len() + 1);
        let (events, _) = support::run(ModelApi::ChatCompletions, [&body[..cut]]);
        assert!(text_of(&events).starts_with("Good morning."), "{}", String::from_utf8_lossy(&body));
    }
}
