use deputy_http::{BuildRequest as _, ReadResponse as _, Request, Response};
use deputy_mcp::protocol::Notification;
use deputy_mcp::server::{Arrival, Change, Part, serve};
use futures::StreamExt;
use futures::executor::block_on;
use serde_json::{Value, json};

use crate::arrivals::{stateless, stateless_of, take};
use crate::desk::{DROPPED, Desk};

/// What was told before, and the answer where that is nothing.
fn served(request: &Request) -> (Vec<Notification>, Vec<Change>, Response) {
    let Arrival::Stateless(asked) = take(request) else { panic!("not for this: {request:?}") };
    let (mut told, mut changes, mut answers) = (Vec::new(), Vec::new(), Vec::new());
    for part in block_on(serve(Desk, *asked).collect::<Vec<_>>()) {
        match part {
            Part::Notification(notification) => told.push(notification),
            Part::Changed(change) => changes.push(change),
            Part::Response { alone, message } => {
                assert_eq!(alone.json::<Value>().unwrap(), message.to_value());
                answers.push(*alone);
            }
        }
    }
    assert_eq!(answers.len(), 1);
    (told, changes, answers.remove(0))
}

fn body(request: &Request) -> (u16, Value) {
    let answer = served(request).2;
    (answer.status().as_u16(), answer.json().unwrap())
}

fn call(tool: &str) -> Request {
    stateless("tools/call", json!({ "name": tool }))
}

#[test]
fn mc_17_every_result_says_who_answers_and_what_it_is() {
    let (status, answer) = body(&stateless("tools/list", json!({})));
    assert_eq!((status, &answer["id"]), (200, &json!(7.0)));
    let result = &answer["result"];
    assert_eq!(result["resultType"], "complete");
    assert_eq!(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "desk");
    assert_eq!((&result["ttlMs"], &result["cacheScope"]), (&json!(0), &json!("private")));
    assert_eq!((&result["tools"][0]["name"], &result["nextCursor"]), (&json!("echo"), &json!("2")));
    let (_, second) = body(&stateless("tools/list", json!({ "cursor": "2" })));
    assert_eq!(second["result"]["tools"][0]["outputSchema"], json!({ "type": "array" }));
    for cursor in [json!("3"), json!(2)] {
        assert_eq!(body(&stateless("tools/list", json!({ "cursor": cursor }))).1["error"]["code"], -32602);
    }
}

#[test]
fn mc_17_discovery_names_versions_and_capabilities() {
    let (_, answer) = body(&stateless("server/discover", json!({})));
    assert_eq!(answer["result"]["supportedVersions"], json!(["2026-07-28", "2025-11-25", "2025-06-18"]));
    assert_eq!(answer["result"]["capabilities"]["tools"], json!({ "listChanged": true }));
}

#[test]
fn mc_17_methods_that_are_not_there_are_404() {
    let removed = ["initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"];
    for method in removed.into_iter().chain(["prompts/list", "completion/complete", "no/such"]) {
        let (status, answer) = body(&stateless(method, json!({})));
        assert_eq!((status, &answer["error"]["code"], &answer["id"]), (404, &json!(-32601), &json!(7.0)), "{method}");
    }
}

#[test]
fn mc_17_arguments_may_be_absent_and_a_result_may_be_large() {
    assert_eq!(body(&call("echo")).1["result"]["content"][0]["text"], "{}");
    let (_, big) = body(&call("big"));
    assert_eq!(big["result"]["content"][0]["text"].as_str().map(str::len), Some(1 << 20));
    assert_eq!(body(&call("list")).1["result"]["structuredContent"], json!([1]));
    let (status, unknown) = body(&call("nothing"));
    assert_eq!((status, &unknown["error"]["code"]), (200, &json!(-32602)));
    assert_eq!(body(&stateless("tools/call", json!({ "name": "echo", "arguments": 1 }))).1["error"]["code"], -32602);
}

#[test]
fn mc_07_a_scope_that_is_missing_is_403_with_the_challenge() {
    let (.., answer) = served(&call("forbidden"));
    assert_eq!(answer.status(), 403);
    assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"insufficient_scope\""));
    assert_eq!(answer.json::<Value>().unwrap()["id"], 7.0);
}

#[test]
fn mc_17_only_what_was_asked_for_is_told() {
    let (told, changes, _) = served(&call("loud"));
    assert_eq!((told.len(), changes), (0, vec![Change::Tools]));
    let meta = json!({ "progressToken": "p", "io.modelcontextprotocol/logLevel": "warning" });
    let (told, ..) = served(&stateless("tools/call", json!({ "name": "loud", "_meta": meta })));
    let told: Vec<_> = told.into_iter().map(|told| (told.method, Value::Object(told.params))).collect();
    assert_eq!(
        told,
        [
            ("notifications/progress".to_owned(), json!({ "progress": 0.5, "progressToken": "p" })),
            ("notifications/message".to_owned(), json!({ "level": "error", "data": "large" })),
        ]
    );
}

#[test]
fn mc_17_what_a_tool_needs_is_asked_and_given_back() {
    let can = json!({ "elicitation": {} });
    let (_, asked) = body(&stateless_of("tools/call", json!({ "name": "ask" }), can.clone()));
    assert_eq!(asked["result"]["resultType"], "input_required");
    assert_eq!(asked["result"]["inputRequests"]["name"]["method"], "elicitation/create");
    let state = &asked["result"]["requestState"];
    let given = json!({ "name": { "action": "accept", "content": { "a": 1 } }, "more": {} });
    let again = json!({ "name": "ask", "inputResponses": given, "requestState": state });
    let (_, answer) = body(&stateless_of("tools/call", again, can.clone()));
    assert_eq!(answer["result"]["content"][0]["text"], "Accept Some({\"a\": Number(1)}) Some(\"page 7\")");
    for wrong in [json!(null), json!({ "name": 1 }), json!([])] {
        let params = json!({ "name": "ask", "inputResponses": wrong });
        assert_eq!(body(&stateless_of("tools/call", params, can.clone())).1["error"]["code"], -32602);
    }
}

#[test]
fn mc_17_what_a_client_cannot_is_not_asked_of_it() {
    for (tool, needed) in [("ask", json!({ "elicitation": { "form": {} } })), ("think", json!({ "sampling": {} }))] {
        let (status, answer) = body(&call(tool));
        assert_eq!((status, &answer["error"]["code"]), (400, &json!(-32021)), "{tool}");
        assert_eq!(answer["error"]["data"]["requiredCapabilities"], needed);
    }
    // A visit can be told in words.
    let (_, words) = body(&call("visit"));
    assert_eq!(words["result"]["isError"], true);
    assert_eq!(words["result"]["content"][0]["text"], "Please look there.\nhttps://desk.example/c/1");
    let (_, asked) =
        body(&stateless_of("tools/call", json!({ "name": "visit" }), json!({ "elicitation": { "url": {} } })));
    assert_eq!(asked["result"]["inputRequests"]["visit"]["params"]["url"], "https://desk.example/c/1");
}

#[test]
fn mc_17_parameters_in_headers_are_those_of_the_call() {
    let region = |arguments: Value| stateless("tools/call", json!({ "name": "mirrored", "arguments": arguments }));
    let there = || region(json!({ "region": "Zürich" }));
    for request in [
        region(json!({})),
        region(json!({ "region": null })),
        there().header("mcp-param-region", "=?base64?WsO8cmljaA==?="),
    ] {
        assert!(body(&request).1["error"].is_null());
    }
    let wrong = [
        there(),
        there().header("mcp-param-region", "Bern"),
        there().header("mcp-param-region", "=?base64?W?="),
        region(json!({})).header("mcp-param-region", "Bern"),
    ];
    for request in wrong {
        let (status, answer) = body(&request);
        assert_eq!((status, &answer["error"]["code"]), (400, &json!(-32020)));
    }
}

#[test]
fn mc_17_who_goes_away_has_cancelled() {
    let Arrival::Stateless(asked) = take(&call("never")) else { panic!("not for this") };
    let mut parts = Box::pin(serve(Desk, *asked));
    assert!(futures::FutureExt::now_or_never(parts.next()).is_none());
    assert_eq!(DROPPED.get(), 0, "it runs");
    drop(parts);
    assert_eq!(DROPPED.get(), 1, "dropped with the stream: nothing of it runs on");
}
