//! The price of a token: what one delta allocates, counted.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use deputy_http::Secret;
use deputy_models::{ModelApi, ModelConfig, ModelError, ModelEvent, ModelStream};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: everything is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const DELTA: &str = concat!(
    "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1763881200,",
    "\"model\":\"gpt-4o-2024-11-20\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" token\"},",
    "\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n"
);

const RESPONSES_DELTA: &str = concat!(
    "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":4,",
    "\"item_id\":\"msg_01\",\"output_index\":0,\"content_index\":0,\"delta\":\" token\",\"logprobs\":[],",
    "\"obfuscation\":\"x1Yz\"}\n\n"
);

fn counted(bytes: &[u8], stream: &mut ModelStream) -> (usize, Result<Vec<ModelEvent>, ModelError>) {
    let before = ALLOCATIONS.get();
    let events = stream.feed(bytes);
    (ALLOCATIONS.get() - before, events)
}

/// Two allocations for a delta alone in its read (the list, the text), and in a burst one and the growth of the text.
#[test]
fn a_delta_costs_two_allocations_and_one_in_a_burst() {
    let config = ModelConfig::new("http://127.0.0.1/v1", Secret::new(""), "gpt-4o");
    for (api, delta) in [(ModelApi::ChatCompletions, DELTA), (ModelApi::Responses, RESPONSES_DELTA)] {
        let mut stream = api.stream(&config, "call_s1");
        stream.feed(delta.as_bytes()).unwrap();
        let (alone, events) = counted(delta.as_bytes(), &mut stream);
        assert_eq!(events, Ok(vec![ModelEvent::Text(" token".into())]));
        assert_eq!(alone, 2, "{api:?}");
        let burst = delta.repeat(200);
        let (together, events) = counted(burst.as_bytes(), &mut stream);
        assert_eq!(events, Ok(vec![ModelEvent::Text(" token".repeat(200))]));
        assert!(together <= 212, "{together} allocations for 200 deltas of {api:?}");
    }
}
