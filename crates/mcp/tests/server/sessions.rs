use std::rc::Rc;

use deputy_http::ReadResponse as _;
use deputy_mcp::protocol::{Message, Request};
use deputy_mcp::server::session::{Formed, NoSuchEvent, Posted, Session, form, listening};
use deputy_mcp::server::{Accepts, Change, Fault};
use futures::FutureExt as _;
use futures::StreamExt;
use futures::executor::block_on;
use serde_json::{Value, json};

use crate::desk::{DROPPED, Desk};
use crate::memory::Memory;

const BOTH: Accepts = Accepts { json: true, events: true };

struct Visit {
    session: Rc<Session<Memory>>,
    store: Memory,
}

impl Visit {
    fn begin(version: &str, capabilities: Value) -> Self {
        let store = Memory::default();
        let request = initialize(version, capabilities);
        let (session, _) = Session::begin(store.clone(), "eva", &Desk, &request).ok().unwrap();
        Self { session: Rc::new(session), store }
    }

    /// The session after its object was lost.
    fn restart(&self) -> Self {
        let session = Rc::new(Session::open(self.store.clone()).unwrap().unwrap());
        Self { session, store: self.store.clone() }
    }

    fn post(&self, message: Value) -> Posted {
        self.session.post(Message::of(message).unwrap()).unwrap()
    }

    fn work(&self, stream: u64) {
        let changed = |change: Change| self.session.tell(&change).unwrap();
        let work = Rc::clone(&self.session).work(stream, Desk, changed).now_or_never();
        if let Some(done) = work {
            done.unwrap();
        }
    }

    /// What a request is answered with: one object, or events.
    fn ask(&self, method: &str, params: Value) -> Result<Value, Vec<String>> {
        let Posted::Request(stream, sent) =
            self.post(json!({ "jsonrpc": "2.0", "id": 7.0, "method": method, "params": params }))
        else {
            panic!("no request")
        };
        if let Some(stream) = stream {
            self.work(stream);
        }
        match block_on(form(BOTH, self.session.revision(), sent, stream)) {
            Formed::Whole(answer) => Ok(answer.json().unwrap()),
            Formed::Events(events) => Err(ready(events)),
        }
    }

    fn call(&self, tool: &str) -> Result<Value, Vec<String>> {
        self.ask("tools/call", json!({ "name": tool, "_meta": { "progressToken": 1 } }))
    }

    /// Gives the client's answer; the stream that goes on.
    fn respond(&self, id: &Value, result: Value) -> Option<u64> {
        match self.post(json!({ "jsonrpc": "2.0", "id": id, "result": result })) {
            Posted::Resume(stream) => Some(stream),
            Posted::Answer(answer) if answer.status() == 202 => None,
            _ => panic!("neither"),
        }
    }

    fn read(&self, after: Option<&str>) -> Vec<String> {
        let (from, sent) = self.session.listen(after).unwrap();
        ready(listening(self.session.revision(), &from, sent))
    }
}

/// What is there without waiting.
fn ready(events: impl futures::Stream<Item = String> + Unpin) -> Vec<String> {
    let mut events = events;
    std::iter::from_fn(|| events.next().now_or_never().flatten()).collect()
}

fn initialize(version: &str, capabilities: Value) -> Request {
    let params = json!({ "protocolVersion": version, "capabilities": capabilities, "clientInfo": { "name": "c", "version": "1" } });
    Request::new(1, "initialize", params.as_object().cloned().unwrap())
}

fn id_of(event: &str) -> String {
    event.lines().find_map(|line| line.strip_prefix("id: ")).unwrap().to_owned()
}

fn data(event: &str) -> Value {
    let data = event.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
    serde_json::from_str(data).unwrap_or_default()
}

#[test]
fn mc_17_a_session_begins_in_a_revision_that_has_sessions() {
    for (asked, given) in [
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("2026-07-28", "2025-11-25"),
        ("2024-11-05", "2025-11-25"),
    ] {
        let (session, answer) =
            Session::begin(Memory::default(), "eva", &Desk, &initialize(asked, json!({}))).ok().unwrap();
        let answer: Value = answer.json().unwrap();
        assert_eq!(answer["result"]["protocolVersion"], given);
        assert_eq!(answer["result"]["serverInfo"]["name"], "desk");
        assert!(session.is_of("eva") && !session.is_of("mallory"));
    }
    let nothing = Request::new(1, "initialize", serde_json::Map::new());
    assert_eq!(Session::begin(Memory::default(), "eva", &Desk, &nothing).err().unwrap().status(), 400);
}

#[test]
fn mc_17_what_the_session_answers_itself() {
    let visit = Visit::begin("2025-11-25", json!({}));
    assert_eq!(visit.ask("ping", json!({})).unwrap(), json!({ "jsonrpc": "2.0", "id": 7.0, "result": {} }));
    assert_eq!(visit.ask("initialize", json!({})).unwrap()["error"]["code"], -32602);
    assert_eq!(visit.ask("logging/setLevel", json!({ "level": "loud" })).unwrap()["error"]["code"], -32602);
    assert_eq!(visit.ask("prompts/list", json!({})).unwrap()["error"]["code"], -32601);
    let tools = visit.ask("tools/list", json!({ "cursor": "2" })).unwrap();
    assert_eq!(tools["result"], json!({ "tools": [{ "name": "list", "inputSchema": { "type": "object" } }] }));
    assert!(visit.call("list").unwrap()["result"].get("structuredContent").is_none());
}

#[test]
fn mc_17_a_call_that_tells_is_a_stream_and_another_is_not() {
    let visit = Visit::begin("2025-11-25", json!({}));
    assert_eq!(visit.call("echo").unwrap()["result"]["content"][0]["text"], "{}");
    visit.ask("logging/setLevel", json!({ "level": "error" })).unwrap();
    let events = visit.call("loud").unwrap_err();
    let methods: Vec<_> = events.iter().map(|event| data(event)["method"].clone()).collect();
    assert_eq!(methods, [Value::Null, json!("notifications/progress"), json!("notifications/message"), Value::Null]);
    assert!(events[0].contains("retry: ") && events[0].ends_with("data: \n\n"));
    assert_eq!(data(&events[3])["result"]["content"][0]["text"], "said");
    let old = Visit::begin("2025-06-18", json!({})).call("loud").unwrap_err();
    assert!(!old[0].contains("retry"), "an older client reads an empty event as a message");
}

#[test]
fn mc_17_a_question_is_asked_on_the_stream_and_outlives_a_restart() {
    let visit = Visit::begin("2025-11-25", json!({ "elicitation": {} }));
    let events = visit.call("ask").unwrap_err();
    let asked = data(events.last().unwrap());
    assert_eq!((&asked["method"], &asked["params"]["message"]), (&json!("elicitation/create"), &json!("Who?")));
    let visit = visit.restart();
    assert_eq!(visit.respond(&json!("nobody"), json!({})), None);
    let stream = visit.respond(&asked["id"], json!({ "action": "decline" })).unwrap();
    assert_eq!(visit.respond(&asked["id"], json!({ "action": "accept" })), None, "answered twice");
    visit.work(stream);
    let rest = visit.read(Some(&id_of(events.last().unwrap())));
    let answer = data(rest.last().unwrap());
    assert_eq!(answer["id"], 7.0);
    assert_eq!(answer["result"]["content"][0]["text"], "Decline None Some(\"page 7\")");
}

#[test]
fn mc_17_a_client_that_will_not_ends_the_call_in_words() {
    let visit = Visit::begin("2025-11-25", json!({ "sampling": {}, "elicitation": {} }));
    let asked = data(visit.call("think").unwrap_err().last().unwrap());
    let refusal = json!({ "jsonrpc": "2.0", "id": asked["id"], "error": { "code": -1, "message": "no" } });
    assert!(matches!(visit.post(refusal), Posted::Answer(_)));
    let rest = visit.read(Some("1-0"));
    let answer = data(rest.last().unwrap());
    assert_eq!((&answer["id"], &answer["result"]["isError"]), (&json!(7.0), &json!(true)));
}

#[test]
fn mc_17_what_a_client_cannot_is_said_in_words() {
    let visit = Visit::begin("2025-11-25", json!({}));
    let words = visit.call("think").unwrap();
    assert_eq!(words["result"]["isError"], true);
    assert_eq!(words["result"]["content"][0]["text"], "This tool needs a client that can lend its model (sampling).");
    let visits = visit.call("visit").unwrap();
    assert_eq!(visits["result"]["content"][0]["text"], "Please look there.\nhttps://desk.example/c/1");
}

#[test]
fn mc_17_a_visit_ends_the_call_where_addresses_are_opened() {
    let can = json!({ "elicitation": { "url": {} } });
    let answer = Visit::begin("2025-11-25", can.clone()).call("visit").unwrap();
    assert_eq!(answer["error"]["code"], -32042);
    let elicitation = &answer["error"]["data"]["elicitations"][0];
    assert_eq!((&elicitation["mode"], &elicitation["url"]), (&json!("url"), &json!("https://desk.example/c/1")));
    assert!(elicitation["elicitationId"].is_string());
    assert_eq!(Visit::begin("2025-06-18", can).call("visit").unwrap()["result"]["isError"], true);
}

#[test]
fn mc_17_who_was_hung_up_on_comes_back_to_the_same_stream() {
    let visit = Visit::begin("2025-11-25", json!({}));
    let events = visit.call("away").unwrap_err();
    assert_eq!(events.len(), 1, "only where to go on: {events:?}");
    let other = visit.call("loud").unwrap_err();
    let rest = visit.read(Some(&id_of(&events[0])));
    let texts: Vec<_> = rest.iter().map(|event| data(event)).collect();
    assert_eq!(texts.iter().filter(|message| message["id"] == 7.0).count(), 1);
    assert_eq!(texts.last().unwrap()["result"]["content"][0]["text"], "done");
    assert!(rest.iter().all(|event| !other.contains(event)), "another stream's events");
    for id in ["9-1", "x", "1", "-", "1-1-1"] {
        assert_eq!(visit.session.listen(Some(id)).err(), Some(NoSuchEvent::Unknown), "{id}");
    }
}

#[test]
fn mc_17_a_cancelled_call_says_nothing_more() {
    let visit = Visit::begin("2025-11-25", json!({}));
    let Posted::Request(Some(stream), sent) =
        visit.post(json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "never" } }))
    else {
        panic!("no call")
    };
    let mut work = Box::pin(Rc::clone(&visit.session).work(stream, Desk, |_| {}));
    assert!((&mut work).now_or_never().is_none());
    visit.post(json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1.0 } }));
    assert_eq!(DROPPED.get(), 0, "it runs");
    assert_eq!(work.now_or_never(), Some(Ok(())));
    assert_eq!(DROPPED.get(), 1, "nothing of it runs on");
    let Formed::Events(events) = block_on(form(BOTH, visit.session.revision(), sent, Some(stream))) else {
        panic!("no stream")
    };
    assert_eq!(ready(events).len(), 1, "only where to go on");
    assert_eq!(visit.restart().read(Some(&format!("{stream}-0"))).len(), 1, "and so it is after a restart");
}

#[test]
fn mc_17_a_call_that_was_cut_off_is_answered_after_the_restart() {
    let visit = Visit::begin("2025-11-25", json!({}));
    let Posted::Request(Some(stream), _) =
        visit.post(json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "never" } }))
    else {
        panic!("no call")
    };
    let rest = visit.restart().read(Some(&format!("{stream}-0")));
    assert_eq!(data(rest.last().unwrap())["error"]["message"], Fault::Unavailable.to_string());
}

#[test]
fn mc_17_a_call_that_was_about_to_go_on_is_answered_after_the_restart() {
    let visit = Visit::begin("2025-11-25", json!({ "elicitation": {} }));
    let events = visit.call("ask").unwrap_err();
    let asked = data(events.last().unwrap());
    assert!(visit.respond(&asked["id"], json!({ "action": "decline" })).is_some());
    let rest = visit.restart().read(Some(&id_of(events.last().unwrap())));
    assert_eq!(data(rest.last().unwrap())["error"]["message"], Fault::Unavailable.to_string());
}

#[test]
fn mc_17_a_call_that_asks_for_nothing_is_answered() {
    let visit = Visit::begin("2025-11-25", json!({ "elicitation": {} }));
    assert_eq!(visit.call("hollow").unwrap()["error"]["message"], Fault::Unavailable.to_string());
}

#[test]
fn mc_17_a_call_whose_storage_fails_is_answered_with_that() {
    for read_before in [false, true] {
        let visit = Visit::begin("2025-11-25", json!({}));
        let Posted::Request(Some(stream), sent) =
            visit.post(json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "loud" } }))
        else {
            panic!("no call")
        };
        // Whoever comes back to the stream reads it by events; who has only just asked may be given one object.
        let sent = if read_before { visit.session.listen(Some(&format!("{stream}-0"))).unwrap().1 } else { sent };
        visit.store.full.set(true);
        let work = Rc::clone(&visit.session).work(stream, Desk, |_| {}).now_or_never();
        assert!(work.unwrap().is_err());
        let told: Vec<_> = block_on(sent.collect());
        let [answer] = told.as_slice() else { panic!("it has ended with one answer: {told:?}") };
        let answer: Value = serde_json::from_str(&answer.text).unwrap();
        assert_eq!((&answer["id"], &answer["error"]["message"]), (&json!(1), &json!(Fault::Unavailable.to_string())));
    }
}

#[test]
fn mc_17_a_session_has_so_many_open_calls_and_no_more() {
    let visit = Visit::begin("2025-11-25", json!({}));
    let never = |id: u64| json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": "never" } });
    for id in 0..64 {
        assert!(matches!(visit.post(never(id)), Posted::Request(Some(_), _)));
    }
    assert!(matches!(visit.post(never(64)), Posted::Request(None, _)), "answered at once");
    assert_eq!(visit.call("echo").unwrap()["error"]["code"], -32602);
    assert!(visit.ask("ping", json!({})).is_ok(), "what the session answers itself is no open call");
    visit.post(json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 3 } }));
    assert!(visit.call("echo").unwrap()["result"].is_object());
}

/// What was sent can be asked for again for a quarter of an hour.
#[test]
fn mc_17_events_are_kept_for_a_while() {
    let visit = Visit::begin("2025-11-25", json!({}));
    let away = visit.call("away").unwrap_err();
    let from = id_of(&away[0]);
    visit.store.now.set(15 * 60 * 1000);
    visit.call("loud").unwrap_err();
    assert!(visit.read(Some(&from)).len() > 1, "to the millisecond");
    visit.store.now.set(15 * 60 * 1000 + 1);
    visit.call("loud").unwrap_err();
    assert_eq!(visit.read(Some(&from)).len(), 1, "only where to go on");
}

#[test]
fn mc_17_changes_are_told_on_the_stream_of_the_session() {
    let visit = Visit::begin("2025-11-25", json!({}));
    let (_, mut sent) = visit.session.listen(None).unwrap();
    let resource = |uri: &str| Change::Resource(uri.to_owned());
    visit.ask("resources/subscribe", json!({ "uri": "test://a" })).unwrap();
    for change in [Change::Tools, Change::Prompts, resource("test://a"), resource("test://b")] {
        visit.session.tell(&change).unwrap();
    }
    visit.ask("resources/unsubscribe", json!({ "uri": "test://a" })).unwrap();
    visit.session.tell(&resource("test://a")).unwrap();
    let told: Vec<Value> = std::iter::from_fn(|| sent.next().now_or_never().flatten())
        .map(|sent| serde_json::from_str(&sent.text).unwrap())
        .collect();
    let methods: Vec<_> = told.iter().map(|message| message["method"].clone()).collect();
    assert_eq!(methods, ["notifications/tools/list_changed", "notifications/resources/updated"]);
    assert_eq!(told[1]["params"]["uri"], "test://a");
}
