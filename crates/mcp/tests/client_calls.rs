//! Lists and calls, what servers ask in their course, and how streams end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use deputy_mcp::client::{ClientError, Host, HostAnswer, LeftOut, Outcome, ToolCall};
use deputy_mcp::protocol::{
    ClientCapabilities, Content, Elicitation, InputRequest, InputResponse, Notification, Object, Sampling, Tool,
};
use serde_json::{Value, json};
use support::{End, Fake, Reply, Seen, client, done, stateless, with_sessions};

/// Answers forms with what it was given.
#[derive(Default)]
struct Somebody {
    answer: Option<HostAnswer>,
    heard: RefCell<Vec<String>>,
}

impl Host for Somebody {
    fn capabilities(&self) -> ClientCapabilities {
        let elicitation = self.answer.is_some().then(Elicitation::default);
        let sampling = self.answer.is_some().then(Sampling::default);
        ClientCapabilities { elicitation, sampling, ..ClientCapabilities::default() }
    }

    async fn answer(&self, _: &InputRequest) -> HostAnswer {
        self.answer.clone().unwrap()
    }

    fn told(&self, notification: &Notification) {
        self.heard.borrow_mut().push(notification.method.clone());
    }
}

fn answering(answer: HostAnswer) -> Somebody {
    Somebody { answer: Some(answer), ..Somebody::default() }
}

fn accepting(content: Value) -> Somebody {
    answering(HostAnswer::Given(InputResponse(json!({ "action": "accept", "content": content }))))
}

fn tool() -> Tool {
    Tool { name: "t".to_owned(), input_schema: json!({ "type": "object" }), ..Tool::default() }
}

fn text(text: &str) -> Value {
    json!({ "resultType": "complete", "content": [{ "type": "text", "text": text }] })
}

fn call<H: Host>(network: &Fake, host: H) -> Result<String, ClientError> {
    let tool = tool();
    match done(client(network, host).call_tool(ToolCall::new(&tool, Object::new())))? {
        Outcome::Done(result) => match &result.content[..] {
            [Content::Text { text, .. }] => Ok(text.clone()),
            other => panic!("{other:?}"),
        },
        Outcome::InputRequired(wanted) => Ok(format!("{:?}", wanted.state)),
    }
}

fn form() -> Value {
    let schema = json!({ "type": "object", "properties": { "n": { "type": "integer", "default": 7 } } });
    json!({ "method": "elicitation/create", "params": { "message": "m", "requestedSchema": schema } })
}

fn wants(requests: Value, state: Value) -> Value {
    let mut wanted = json!({ "resultType": "input_required", "inputRequests": requests });
    if !state.is_null() {
        wanted["requestState"] = state;
    }
    wanted
}

#[test]
fn tools_come_in_pages_and_bad_ones_keep_nobody_away() {
    let network = stateless(|seen| {
        let named = |name: &str| json!({ "name": name, "inputSchema": { "type": "object" } });
        let header =
            json!({ "name": "h", "inputSchema": { "properties": { "a": { "type": "array", "x-mcp-header": "A" } } } });
        Some(seen.result(match seen.body["params"]["cursor"].as_str() {
            None => json!({ "tools": [named("a"), header, { "name": "x" }, named("a")], "nextCursor": "2", "ttlMs": 5, "cacheScope": "private" }),
            Some("2") => json!({ "tools": [named("b"), 7], "nextCursor": "2" }),
            Some(_) => json!({}),
        }))
    });
    let list = done(client(&network, Somebody::default()).tools()).unwrap();
    let names: Vec<&str> = list.tools.iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    let left_out: Vec<(&str, bool)> =
        list.left_out.iter().map(|(name, why)| (name.as_str(), *why == LeftOut::Malformed)).collect();
    assert_eq!(left_out, [("h", false), ("x", true), ("a", false), ("", true)]);
    let endless = stateless(|seen| {
        let next = format!("{}x", seen.body["params"]["cursor"].as_str().unwrap_or_default());
        Some(seen.result(json!({ "tools": [], "nextCursor": next })))
    });
    assert_eq!(done(client(&endless, Somebody::default()).tools()).err(), Some(ClientError::TooLong { limit: 1_000 }));
}

/// A list of many pages may not take longer, nor be larger, than one answer.
#[test]
fn a_list_has_the_limits_of_an_answer() {
    let endless = |bytes: usize| {
        stateless(move |seen| {
            let next = format!("{}x", seen.body["params"]["cursor"].as_str().unwrap_or_default());
            let tool = json!({ "name": next, "inputSchema": { "type": "object" }, "description": "x".repeat(bytes) });
            Some(seen.result(json!({ "tools": [tool], "nextCursor": next })))
        })
    };
    let large = endless(1 << 20);
    assert_eq!(done(client(&large, Somebody::default()).tools()).err(), Some(ClientError::TooLarge { limit: 4 << 20 }));
    assert_eq!(large.seen.borrow().len(), 5, "one to agree, and the fourth page is too much");
    let now = std::rc::Rc::new(Cell::new(1_000));
    let passing = std::rc::Rc::clone(&now);
    let mut slow = stateless(move |seen| {
        passing.set(passing.get() + 100_000);
        let next = format!("{}x", seen.body["params"]["cursor"].as_str().unwrap_or_default());
        Some(seen.result(json!({ "tools": [], "nextCursor": next })))
    });
    slow.now = now;
    assert_eq!(done(client(&slow, Somebody::default()).tools()).err(), Some(ClientError::TimedOut));
    assert_eq!(slow.seen.borrow().len(), 5, "one to agree, and the fourth page is too late");
}

#[test]
fn a_call_names_the_tool_and_hears_progress() {
    let network = stateless(|seen| {
        let token = &seen.body["params"]["_meta"]["progressToken"];
        let progress = json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": { "progressToken": token, "progress": 1 } });
        Some(
            Reply::events(&[": hi\n\n".into(), format!("data: {progress}\n\n"), seen.event(text("done"))])
                .ending(End::Open),
        )
    });
    let client = client(&network, Somebody::default());
    let tool = Tool { name: "größe".to_owned(), ..tool() };
    let outcome = done(client.call_tool(ToolCall::new(&tool, Object::new()))).unwrap();
    assert!(matches!(outcome, Outcome::Done(_)));
    assert_eq!(*client.host().heard.borrow(), ["notifications/progress"]);
    assert_eq!(network.last().header("mcp-name"), "=?base64?Z3LDtsOfZQ==?=");
    assert!(network.last().body["params"]["_meta"]["progressToken"].is_u64());
}

#[test]
fn what_the_server_wants_is_answered_and_its_state_given_back() {
    let network = stateless(|seen| {
        let params = &seen.body["params"];
        let answered = &params["inputResponses"]["q"]["content"]["n"];
        Some(seen.result(match (params["requestState"].as_str(), answered) {
            (None, Value::Null) => wants(json!({ "q": form() }), json!("s1")),
            (Some("s1"), n) => wants(json!({ "q": form() }), json!(format!("s{n}"))),
            (state, n) => text(&format!("{state:?} {n}")),
        }))
    });
    assert_eq!(call(&network, accepting(json!({}))).as_deref(), Ok("Some(\"s7\") 7"));
    let ids: std::collections::BTreeSet<String> =
        network.seen.borrow().iter().map(|seen| seen.body["id"].to_string()).collect();
    assert_eq!(ids.len(), network.seen.borrow().len());
}

#[test]
fn a_question_may_be_left_open_refused_or_endless() {
    let asks = |question: Value| stateless(move |seen| Some(seen.result(wants(json!({ "q": question }), json!("s")))));
    assert_eq!(call(&asks(form()), answering(HostAnswer::Later)).as_deref(), Ok("Some(\"s\")"));
    assert_eq!(call(&asks(form()), accepting(json!({}))), Err(ClientError::TooManyRounds { limit: 10 }));
    let sampling = json!({ "method": "sampling/createMessage", "params": { "messages": [], "maxTokens": 1 } });
    assert_eq!(call(&asks(sampling), answering(HostAnswer::Refused)), Err(ClientError::Declined));
    // Nobody said that roots may be asked for.
    assert_eq!(call(&asks(json!({ "method": "roots/list" })), accepting(json!({}))), Err(ClientError::Declined));
    let malformed = call(&asks(json!({ "method": "tools/call" })), accepting(json!({})));
    assert_eq!(malformed, Err(ClientError::Malformed { method: "tools/call".into() }));
}

/// A question that was left open is kept, and the call made again with its answer, by a client that knows nothing else of it.
#[test]
fn an_open_question_is_answered_later() {
    let network = stateless(|seen| {
        let params = &seen.body["params"];
        Some(seen.result(match params["requestState"].as_str() {
            None => wants(json!({ "q": form() }), json!("s")),
            Some(state) => text(&format!("{state} {}", params["inputResponses"]["q"]["action"])),
        }))
    });
    let tool = tool();
    let begun = client(&network, answering(HostAnswer::Later));
    let Outcome::InputRequired(wanted) = done(begun.call_tool(ToolCall::new(&tool, Object::new()))).unwrap() else {
        panic!()
    };
    let kept = serde_json::to_string(&wanted).unwrap();
    let wanted: deputy_mcp::client::InputRequired = serde_json::from_str(&kept).unwrap();
    let answers = BTreeMap::from([("q".to_owned(), InputResponse(json!({ "action": "decline" })))]);
    let again = ToolCall { answers, state: wanted.state, ..ToolCall::new(&tool, Object::new()) };
    let Outcome::Done(result) = done(client(&network, Somebody::default()).call_tool(again)).unwrap() else { panic!() };
    assert_eq!(result.content, [Content::text("s \"decline\"")]);
}

/// 2025-11-25 and before: the server asks on the stream and waits for a message.
#[test]
fn a_server_with_sessions_asks_on_the_stream() {
    let answered = |host: Somebody, question: Value| {
        let network = with_sessions(move |seen| match seen.rpc() {
            "tools/call" => {
                let mut asked = question.clone();
                asked["jsonrpc"] = json!("2.0");
                asked["id"] = json!("q");
                Some(Reply::events(&[format!("id: 1\ndata: {asked}\n\n"), seen.event(text("done"))]))
            }
            _ => Some(Reply::status(202)),
        });
        assert_eq!(call(&network, host).as_deref(), Ok("done"));
        let answer = network.last();
        assert_eq!((answer.rpc(), answer.header("mcp-session-id")), ("response", "s-1"));
        (answer.body["id"].clone(), answer.body["result"].clone(), answer.body["error"]["code"].clone())
    };
    let (id, result, _) = answered(accepting(json!({})), form());
    assert_eq!((id, result), (json!("q"), json!({ "action": "accept", "content": { "n": 7 } })));
    assert_eq!(answered(answering(HostAnswer::Later), form()).1, json!({ "action": "cancel" }));
    assert_eq!(answered(answering(HostAnswer::Refused), form()).1, json!({ "action": "decline" }));
    assert_eq!(answered(Somebody::default(), form()).2, -32601);
    assert_eq!(answered(accepting(json!({})), json!({ "method": "unknown" })).2, -32601);
    assert_eq!(answered(accepting(json!({})), json!({ "method": "elicitation/create", "params": {} })).2, -32602);
    assert_eq!(answered(Somebody::default(), json!({ "method": "ping" })).1, json!({}));
}

/// Some ask outside of the call, on a stream of the session that has to be there before.
#[test]
fn a_server_with_sessions_asks_on_a_stream_of_its_own() {
    let mut asked = form();
    asked["jsonrpc"] = json!("2.0");
    asked["id"] = json!("q");
    let network = with_sessions(move |seen| match (seen.method.as_str(), seen.rpc()) {
        ("GET", _) => Some(Reply::events(&[format!("data: {asked}\n\n")]).ending(End::Open)),
        (_, "response") => Some(Reply::status(202)),
        _ => None,
    });
    let client = client(&network, accepting(json!({})));
    done(client.connect()).unwrap();
    network.timeless.set(true);
    let answered = std::future::poll_fn(|_| {
        let there = network.rpc().iter().any(|rpc| rpc == "response");
        if there { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    });
    let tool = tool();
    let outcome = done(client.call_tool_until(ToolCall::new(&tool, Object::new()), answered));
    assert_eq!(outcome, Err(ClientError::Cancelled));
    assert_eq!(network.rpc()[3..], ["", "tools/call", "response", "notifications/cancelled"]);
    let answer = network.seen.borrow()[5].body["result"].clone();
    assert_eq!(answer, json!({ "action": "accept", "content": { "n": 7 } }));
}

#[test]
fn a_server_does_not_ask_without_end() {
    let mut asked = form();
    asked["jsonrpc"] = json!("2.0");
    asked["id"] = json!("q");
    let question = format!("data: {asked}\n\n");
    let network = with_sessions(move |seen| match seen.rpc() {
        "tools/call" => Some(Reply::events(&vec![question.clone(); 1_000])),
        _ => Some(Reply::status(202)),
    });
    assert_eq!(call(&network, accepting(json!({}))), Err(ClientError::TooManyRounds { limit: 25 }));
    assert_eq!(network.rpc().iter().filter(|rpc| *rpc == "response").count(), 25);
    // New ids for ever are no progress.
    let count = Cell::new(0);
    let network = with_sessions(move |_| {
        count.set(count.get() + 1);
        Some(Reply::events(&[format!("id: {}\nretry: 0\ndata: \n\n", count.get())]))
    });
    assert_eq!(call(&network, Somebody::default()), Err(ClientError::Ended));
}

/// 2026-07-28 has no such requests: nothing is answered.
#[test]
fn a_stateless_server_cannot_ask_on_the_stream() {
    let network = stateless(|seen| {
        let mut asked = form();
        asked["jsonrpc"] = json!("2.0");
        asked["id"] = json!(1);
        Some(Reply::events(&[format!("data: {asked}\n\n"), seen.event(text("done"))]))
    });
    assert_eq!(call(&network, accepting(json!({}))).as_deref(), Ok("done"));
    assert_eq!(network.rpc(), ["server/discover", "tools/call"]);
}

#[test]
fn addresses_to_visit_are_handed_over() {
    let data = json!({ "elicitations": [{ "mode": "url", "message": "m", "url": "https://a.example/", "elicitationId": "e" }] });
    let network = with_sessions(move |seen| Some(seen.error(200, -32042, data.clone())));
    let tool = tool();
    let outcome = done(client(&network, Somebody::default()).call_tool(ToolCall::new(&tool, Object::new())));
    let Ok(Outcome::InputRequired(wanted)) = outcome else { panic!("{outcome:?}") };
    assert!(matches!(wanted.requests.values().next(), Some(InputRequest::Elicitation(_))));
}

/// Streams of the revisions with sessions are resumed after their last event, when the server has had its pause.
#[test]
fn a_stream_that_ends_early_is_resumed() {
    let resumed = |end: End| {
        let called: std::rc::Rc<RefCell<Option<Seen>>> = std::rc::Rc::default();
        let network = with_sessions(move |seen| {
            if seen.method == "GET" {
                return Some(Reply::events(&[called.borrow().as_ref().unwrap().event(text("late"))]));
            }
            called.replace(Some(seen.clone()));
            Some(Reply::events(&["id: e1\nretry: 500\ndata: \n\n".into()]).ending(end))
        });
        (call(&network, Somebody::default()), network)
    };
    for end in [End::Closed, End::Broken] {
        let (outcome, network) = resumed(end);
        assert_eq!(outcome.as_deref(), Ok("late"));
        assert_eq!((network.last().method.as_str(), network.last().header("last-event-id")), ("GET", "e1"));
        assert!(network.slept.borrow().contains(&500));
    }
}

#[test]
fn a_stream_that_ends_for_good_is_an_end() {
    let ends = |parts: &[String]| {
        let parts = parts.to_vec();
        move |_: &Seen| Some(Reply::events(&parts))
    };
    assert_eq!(call(&with_sessions(ends(&["data: \n\n".into()])), Somebody::default()), Err(ClientError::Ended));
    let network = with_sessions(ends(&["id: 1\ndata: \n\n".into()]));
    assert_eq!(call(&network, Somebody::default()), Err(ClientError::Ended));
    assert!(network.seen.borrow().len() < 20);
    // 2026-07-28 has no resumption.
    let network = stateless(ends(&["id: 1\ndata: \n\n".into()]));
    assert_eq!(call(&network, Somebody::default()), Err(ClientError::Ended));
    assert_eq!(network.seen.borrow().len(), 2);
}

/// What goes wrong beside a call that is under way is neither a refusal of the call nor a reason to make it again.
#[test]
fn a_call_under_way_is_made_once() {
    let refusals = [
        Reply::status(404),
        Reply::status(401).with("www-authenticate", "Bearer"),
        Reply::status(403).with("www-authenticate", "Bearer error=\"insufficient_scope\""),
        Reply::status(405),
        Reply::status(302).with("location", "https://other.example/"),
        Reply::json(200, json!({})),
        Reply::json(400, json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": -32022, "message": "no" } })),
    ];
    let question = json!({ "jsonrpc": "2.0", "id": "q", "method": "ping" });
    for event in ["id: e1\ndata: \n\n".to_owned(), format!("data: {question}\n\n")] {
        for refusal in refusals.clone() {
            let (event, answer) = (event.clone(), refusal.clone());
            let network = with_sessions(move |seen| {
                let called = seen.rpc() == "tools/call";
                Some(if called { Reply::events(std::slice::from_ref(&event)) } else { answer.clone() })
            });
            let outcome = call(&network, Somebody::default());
            assert_eq!(network.rpc().iter().filter(|rpc| *rpc == "tools/call").count(), 1, "{refusal:?}");
            assert_eq!(outcome, Err(ClientError::Ended), "{refusal:?}");
        }
    }
}

/// Says yes to calls as often as it has.
struct Allowing(Cell<usize>);

impl Host for Allowing {
    fn may_call(&self) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        left > 0
    }
}

/// Connecting takes time: whoever changed their mind meanwhile is asked before each sending.
#[test]
fn the_host_has_the_last_word_on_a_call() {
    let forgetful = with_sessions(|_| Some(Reply::status(404)));
    assert_eq!(call(&forgetful, Allowing(Cell::new(1))), Err(ClientError::Cancelled));
    let calls = |network: &Fake| network.rpc().iter().filter(|rpc| *rpc == "tools/call").count();
    assert_eq!((calls(&forgetful), forgetful.rpc().iter().filter(|rpc| *rpc == "initialize").count()), (1, 2));
    let new = stateless(|seen| Some(seen.result(text("done"))));
    assert_eq!(call(&new, Allowing(Cell::new(0))), Err(ClientError::Cancelled));
    assert_eq!(call(&new, Allowing(Cell::new(1))).as_deref(), Ok("done"));
    assert_eq!(calls(&new), 1);
    // A revision that connects for each call.
    let initialized =
        json!({ "protocolVersion": "2024-11-05", "capabilities": {}, "serverInfo": { "name": "o", "version": "0" } });
    let old = Fake::new(move |seen| {
        if seen.method == "GET" {
            let answer =
                |id: u64| format!("data: {}\n\n", json!({ "jsonrpc": "2.0", "id": id, "result": initialized }));
            let mut parts = vec!["event: endpoint\ndata: /messages\n\n".to_owned()];
            parts.extend((1_000_000..1_000_010).map(answer));
            return Some(Reply::events(&parts));
        }
        Some(Reply::status(if seen.url.ends_with("/messages") { 202 } else { 405 }))
    });
    assert_eq!(call(&old, Allowing(Cell::new(0))), Err(ClientError::Cancelled));
    let connected = ["server/discover", "initialize", "", "initialize", "", "initialize", "notifications/initialized"];
    assert_eq!(old.rpc(), connected);
}

#[test]
fn a_silent_server_is_left_and_told() {
    let silent = |seen: &Seen| match seen.rpc() {
        "tools/call" => Some(Reply::events(&[": wait\n\n".into()]).ending(End::Open)),
        _ => Some(Reply::status(202)),
    };
    let network = with_sessions(silent);
    assert_eq!(call(&network, Somebody::default()), Err(ClientError::TimedOut));
    let asked = network.seen.borrow().iter().find(|seen| seen.rpc() == "tools/call").cloned().unwrap();
    assert_eq!(
        (network.last().rpc(), &network.last().body["params"]["requestId"]),
        ("notifications/cancelled", &asked.body["id"])
    );
    // A closed stream says it by itself.
    let network = stateless(silent);
    assert_eq!(call(&network, Somebody::default()), Err(ClientError::TimedOut));
    assert_eq!(network.last().rpc(), "tools/call");
}

#[test]
fn the_host_can_stop_a_call() {
    let network = with_sessions(|_| None);
    let client = client(&network, Somebody::default());
    done(client.connect()).unwrap();
    let tool = tool();
    network.timeless.set(true);
    let stopped = done(client.call_tool_until(ToolCall::new(&tool, Object::new()), std::future::ready(())));
    assert_eq!(stopped, Err(ClientError::Cancelled));
    let seen = network.seen.borrow();
    let [.., asked, told] = &seen[..] else { panic!("{seen:?}") };
    assert_eq!((told.rpc(), &told.body["params"]["requestId"]), ("notifications/cancelled", &asked.body["id"]));
}

#[test]
fn an_answer_has_a_limit() {
    let large = "x".repeat(1 << 20);
    let network = stateless(move |seen| Some(seen.result(text(&large))));
    assert_eq!(call(&network, Somebody::default()).map(|text| text.len()), Ok(1 << 20));
    let endless = format!("data: {}\n\n", "x".repeat(1 << 20));
    let network = stateless(move |_| Some(Reply::events(&vec![endless.clone(); 8])));
    assert_eq!(call(&network, Somebody::default()), Err(ClientError::TooLarge { limit: 4 << 20 }));
}

#[test]
fn parameters_are_headers_where_the_schema_says_so() {
    let answer = |seen: &Seen| Some(seen.result(text("done")));
    let schema =
        json!({ "type": "object", "properties": { "region": { "type": "string", "x-mcp-header": "Region" } } });
    let annotated = Tool { input_schema: schema, ..tool() };
    let arguments = Object::from_iter([("region".to_owned(), json!("eu"))]);
    let network = stateless(answer);
    done(client(&network, Somebody::default()).call_tool(ToolCall::new(&annotated, arguments.clone()))).unwrap();
    assert_eq!(network.last().header("mcp-param-region"), "eu");
    let broken =
        Tool { input_schema: json!({ "properties": { "a": { "type": "object", "x-mcp-header": "A" } } }), ..tool() };
    let refused = done(client(&network, Somebody::default()).call_tool(ToolCall::new(&broken, arguments)));
    assert!(matches!(refused, Err(ClientError::Malformed { .. })));
}

#[test]
fn changed_lists_are_heard() {
    let changed = "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}\n\n";
    let network = stateless(move |_| Some(Reply::events(&[changed.into()])));
    let listening = client(&network, Somebody::default());
    assert_eq!(done(listening.listen()), Ok(()));
    assert_eq!(*listening.host().heard.borrow(), ["notifications/tools/list_changed"]);
    assert_eq!(network.last().body["params"]["notifications"]["toolsListChanged"], true);
    // A server of before may have no stream.
    let network = with_sessions(|_| Some(Reply::status(405)));
    assert_eq!(done(client(&network, Somebody::default()).listen()), Ok(()));
    assert_eq!(network.last().method, "GET");
}
