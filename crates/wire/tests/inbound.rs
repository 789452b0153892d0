//! What clients send: the shapes of all generations, and everything that is refused.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice, reason = "a test")]

use deputy_error::Explained as _;
use deputy_wire::{
    ClientFrame, ClientRole, Decision, FrameError, FrameProblem, MAX_FRAME_BYTES, MAX_ID_CHARS, MAX_UPLOAD_BYTES,
    MAX_USER_TEXT_BYTES, ToolResultState, Trigger, parse,
};
use serde_json::{Value, json};

fn user(id: &str, text: &str) -> Value {
    json!({"id": id, "role": "user", "parts": [{"type": "text", "text": text}]})
}

fn request(body: &Value) -> String {
    json!({"type": "cf_agent_use_chat_request", "id": "r1", "init": {"method": "POST", "body": body.to_string()}})
        .to_string()
}

fn chat(text: &str) -> deputy_wire::ChatRequest {
    match parse(text).unwrap() {
        ClientFrame::ChatRequest(request) => request,
        other => panic!("not a chat request: {other:?}"),
    }
}

fn problem(text: &str) -> FrameProblem {
    parse(text).unwrap_err().problem
}

/// `CF-09`: the envelope of the Auth0 starter's client, with its `url` and headers.
#[test]
fn chat_request_of_the_oldest_client() {
    let body = json!({"id": "pk", "messages": [user("u1", "Hello")], "trigger": "submit-message", "timeZone": "Europe/Berlin"});
    let frame = json!({
        "id": "r1", "type": "cf_agent_use_chat_request", "url": "https://h/agents/chat/c1",
        "init": {"method": "POST", "headers": {"Content-Type": "application/json"}, "body": body.to_string()}
    });
    let request = chat(&frame.to_string());
    assert!(request.legacy && request.is_turn() && !request.history_omitted);
    assert_eq!(request.id, "r1");
    assert_eq!(request.trigger, Trigger::Submit);
    assert_eq!(request.ids(), ["u1"]);
    let message = request.last_user_message().unwrap();
    assert_eq!((message.id.as_str(), message.text.as_str()), ("u1", "Hello"));
    assert_eq!(Value::Object(request.extra), json!({"timeZone": "Europe/Berlin"}));
}

#[test]
fn chat_request_of_the_newest_client() {
    let body = json!({
        "messages": [user("u1", "a"), {"id": "a1", "role": "assistant", "parts": []},
            {"id": "u2", "role": "user", "parts": [{"type": "text", "text": "b"}, {"type": "file", "url": "x"}, {"type": "text", "text": "c"}]}],
        "trigger": "regenerate-message", "messageId": "a2", "clientTools": [{"name": "t"}]
    });
    let request = chat(&request(&body));
    assert!(!request.legacy && !request.extra.contains_key("clientTools"));
    assert_eq!(request.trigger, Trigger::Regenerate);
    assert_eq!(request.message_id.as_deref(), Some("a2"));
    assert_eq!(request.ids(), ["u1", "a1", "u2"]);
    assert_eq!(request.messages[1].role, ClientRole::Assistant);
    assert_eq!(request.last_user_message().unwrap().text, "b\n\nc");
    assert!(request.extra.is_empty());
}

/// An old client asks for a stream with `GET` and without a body; it is answered, so it is no error.
#[test]
fn a_get_request_is_no_turn() {
    let frame = json!({"type": "cf_agent_use_chat_request", "id": "r1", "url": "https://h/x/stream", "init": {"method": "GET"}});
    let request = chat(&frame.to_string());
    assert!(!request.is_turn() && request.legacy && request.messages.is_empty());
}

#[test]
fn a_body_without_messages_keeps_the_history() {
    let request = chat(&request(&json!({"custom": 1})));
    assert!(request.history_omitted && request.messages.is_empty());
    assert_eq!(request.last_user_message(), None);
}

/// `TV-14`, `CF-18`: old clients answer a waiting call inside the transcript they upload.
#[test]
fn answers_in_an_uploaded_transcript() {
    let parts = json!([
        {"type": "step-start"},
        {"type": "tool-checkUsersCalendar", "toolCallId": "c1", "state": "output-available", "input": {},
            "output": {"continueInterruption": true, "toolName": "other"}, "errorText": "old"},
        {"type": "tool-getWeatherInformation", "toolCallId": "c2", "state": "output-available", "output": "No, denied."},
        {"type": "dynamic-tool", "toolName": "x", "toolCallId": "c3", "state": "output-error", "errorText": "nope"},
        {"type": "tool-x", "toolCallId": "c4", "state": "input-available", "input": {}},
        {"type": "tool-x", "state": "output-available", "output": 1},
        {"type": "text", "text": "tail"}
    ]);
    let request =
        chat(&request(&json!({"messages": [user("u1", "q"), {"id": "a1", "role": "assistant", "parts": parts}]})));
    assert!(request.extends_assistant());
    let answers = request.tool_answers();
    let decisions: Vec<_> = answers.iter().map(|answer| (answer.tool_call_id.as_str(), answer.decision())).collect();
    assert_eq!(decisions, [("c1", Decision::Continue), ("c2", Decision::No), ("c3", Decision::Dismissed)]);
    assert_eq!(answers[2].error_text.as_deref(), Some("nope"));
}

#[test]
fn tool_frames() {
    let frame = json!({"type": "cf_agent_tool_result", "toolCallId": "c1", "toolName": "x",
        "output": {"continueInterruption": true}, "autoContinue": true});
    let ClientFrame::ToolResult(result) = parse(&frame.to_string()).unwrap() else { panic!() };
    assert_eq!((result.decision(), result.auto_continue), (Decision::Continue, true));

    let frame = json!({"type": "cf_agent_tool_result", "toolCallId": "c1", "state": "output-error", "errorText": "e"});
    let ClientFrame::ToolResult(result) = parse(&frame.to_string()).unwrap() else { panic!() };
    assert_eq!((result.state, result.output.clone()), (ToolResultState::OutputError, Value::Null));
    assert_eq!((result.decision(), result.auto_continue), (Decision::Dismissed, false));

    let frame = json!({"type": "cf_agent_tool_approval", "toolCallId": "c1", "approved": false, "autoContinue": true});
    assert_eq!(
        parse(&frame.to_string()).unwrap(),
        ClientFrame::ToolApproval { tool_call_id: "c1".into(), approved: false, reason: None }
    );
}

#[test]
fn the_other_frames() {
    let cases = [
        (r#"{"type":"cf_agent_chat_request_cancel","id":"r1"}"#, ClientFrame::Cancel { id: "r1".into() }),
        (r#"{"type":"cf_agent_chat_clear"}"#, ClientFrame::Clear),
        (r#"{"type":"cf_agent_chat_messages"}"#, ClientFrame::SetMessages { messages: vec![] }),
        (r#"{"type":"cf_agent_stream_resume_request"}"#, ClientFrame::ResumeRequest { probe_id: None }),
        (
            r#"{"type":"cf_agent_stream_resume_request","probeId":"p"}"#,
            ClientFrame::ResumeRequest { probe_id: Some("p".into()) },
        ),
        (r#"{"type":"cf_agent_stream_resume_ack","id":"r1"}"#, ClientFrame::ResumeAck { id: "r1".into() }),
        (r#"{"type":"cf_agent_state","state":{"x":1}}"#, ClientFrame::State),
        (r#"{"type":"rpc","id":"1","method":"m","args":[]}"#, ClientFrame::Rpc { id: "1".into(), method: "m".into() }),
        (r#"{"type":"rpc","id":"1","method":"m"}"#, ClientFrame::Unknown { kind: "rpc".into() }),
        (r#"{"type":"hello"}"#, ClientFrame::Unknown { kind: "hello".into() }),
        (r#"{"type":7}"#, ClientFrame::Unknown { kind: String::new() }),
        ("{}", ClientFrame::Unknown { kind: String::new() }),
    ];
    for (text, frame) in cases {
        assert_eq!(parse(text).unwrap(), frame, "{text}");
    }
}

#[test]
fn limits_are_inclusive() {
    let text = "a".repeat(MAX_USER_TEXT_BYTES);
    assert_eq!(chat(&request(&json!({"messages": [user("u1", &text)]}))).last_user_message().unwrap().text, text);
    let long = format!("{text}b");
    let error = parse(&request(&json!({"messages": [user("u1", &long)]}))).unwrap_err();
    assert_eq!(error.problem, FrameProblem::TextTooLong { bytes: MAX_USER_TEXT_BYTES + 1 });
    assert_eq!((error.code(), error.request_id.as_deref()), ("frame_text_too_long", Some("r1")));
    assert!(error.user_message().contains("256 KB"));

    let id = "é".repeat(MAX_ID_CHARS);
    let cancel = |id: &str| json!({"type": "cf_agent_chat_request_cancel", "id": id}).to_string();
    assert_eq!(parse(&cancel(&id)).unwrap(), ClientFrame::Cancel { id: id.clone() });
    assert_eq!(problem(&cancel(&format!("{id}x"))), FrameProblem::IdTooLong { field: "id" });

    let padded = |bytes: usize| format!("{{}}{}", " ".repeat(bytes - 2));
    assert_eq!(parse(&padded(MAX_FRAME_BYTES)).unwrap(), ClientFrame::Unknown { kind: String::new() });
    assert_eq!(problem(&padded(MAX_FRAME_BYTES + 1)), FrameProblem::FrameTooLarge { bytes: MAX_FRAME_BYTES + 1 });
}

#[test]
fn what_is_refused_and_why() {
    let missing = |field| FrameProblem::FieldMissing { field };
    let invalid = |field| FrameProblem::FieldInvalid { field };
    let envelope = |init: Value| json!({"type": "cf_agent_use_chat_request", "id": "r1", "init": init}).to_string();
    let message = |message: Value| request(&json!({"messages": [message]}));
    let cases = [
        ("", FrameProblem::NotJson),
        ("{", FrameProblem::NotJson),
        ("[]", FrameProblem::NotJson),
        ("null", FrameProblem::NotJson),
        (&"[".repeat(10_000), FrameProblem::NotJson),
        (r#"{"type":"cf_agent_chat_request_cancel"}"#, missing("id")),
        (r#"{"type":"cf_agent_chat_request_cancel","id":""}"#, invalid("id")),
        (r#"{"type":"cf_agent_chat_request_cancel","id":7}"#, invalid("id")),
        (r#"{"type":"cf_agent_use_chat_request","init":{}}"#, missing("id")),
        (r#"{"type":"cf_agent_use_chat_request","id":"r1"}"#, missing("init")),
        (r#"{"type":"cf_agent_stream_resume_request","probeId":{}}"#, invalid("probeId")),
        (r#"{"type":"cf_agent_tool_result"}"#, missing("toolCallId")),
        (r#"{"type":"cf_agent_tool_result","toolCallId":"c","state":"input-available"}"#, invalid("state")),
        (r#"{"type":"cf_agent_tool_approval","toolCallId":"c"}"#, missing("approved")),
        (r#"{"type":"cf_agent_tool_approval","toolCallId":"c","approved":"true"}"#, invalid("approved")),
        (r#"{"type":"cf_agent_chat_messages","messages":{}}"#, invalid("messages")),
        (&envelope(json!("x")), invalid("init")),
        (&envelope(json!({})), missing("init.method")),
        (&envelope(json!({"method": 1})), invalid("init.method")),
        (&envelope(json!({"method": "POST"})), missing("init.body")),
        (&envelope(json!({"method": "POST", "body": {}})), invalid("init.body")),
        (&envelope(json!({"method": "POST", "body": ""})), FrameProblem::BodyNotJson),
        (&envelope(json!({"method": "POST", "body": "[]"})), FrameProblem::BodyNotJson),
        (&request(&json!({"messages": "x"})), invalid("messages")),
        (&request(&json!({"messages": [1]})), invalid("messages")),
        (&request(&json!({"trigger": "explode"})), invalid("trigger")),
        (&request(&json!({"messageId": 1})), invalid("messageId")),
        (&message(json!({"id": "m", "parts": []})), missing("role")),
        (&message(json!({"id": "m", "role": "tool", "parts": []})), invalid("role")),
        (&message(json!({"id": "m", "role": "user"})), missing("parts")),
        (&message(json!({"id": "m", "role": "user", "parts": "x"})), invalid("parts")),
        (&message(json!({"role": "user", "parts": []})), missing("id")),
    ];
    for (text, expected) in cases {
        let error = parse(text).unwrap_err();
        assert_eq!(error.problem, expected, "{text:.200}");
        assert!(error.code().starts_with("frame_") && !error.user_message().is_empty());
        assert!(error.to_string().contains(&*error.developer_fix()));
        let answered = text.contains("\"r1\"");
        assert_eq!(error.request_id.as_deref(), answered.then_some("r1"), "{text:.200}");
    }
}

/// Any cut of a valid frame, and any changed byte, is read or refused, never a panic.
#[test]
fn damaged_frames_do_not_panic() {
    let whole = request(&json!({"messages": [user("u1", "é\"\\")], "trigger": "submit-message", "clientTools": []}));
    let outcomes = (0..whole.len()).filter(|&end| whole.is_char_boundary(end)).map(|end| parse(&whole[..end]));
    assert!(outcomes.into_iter().all(|outcome: Result<_, FrameError>| outcome.is_err()));
    for index in 0..whole.len() {
        for byte in [b'"', b'{', b'0', b'\\'] {
            let mut bytes = whole.clone().into_bytes();
            bytes[index] = byte;
            if let Ok(text) = String::from_utf8(bytes) {
                drop(parse(&text));
            }
        }
    }
}

/// Every request uploads the whole chat: one that has grown too large is answered, or its client waits for ever.
#[test]
fn a_chat_request_that_is_too_large_names_its_request() {
    let error = |frame: Value| parse(&frame.to_string()).unwrap_err();
    let body = "x".repeat(MAX_UPLOAD_BYTES);
    let init = json!({"method": "POST", "body": body});
    let named = error(json!({"id": "r1", "init": init, "type": "cf_agent_use_chat_request"}));
    assert_eq!((named.code(), named.request_id.as_deref()), ("frame_too_large", Some("r1")));
    let others = [
        json!({"id": "r1", "init": init, "type": "cf_agent_chat_messages"}),
        json!({"init": init, "type": "cf_agent_use_chat_request"}),
        json!({"id": "x".repeat(300), "init": init, "type": "cf_agent_use_chat_request"}),
        json!([init]),
    ];
    for frame in others {
        assert_eq!(error(frame).request_id, None);
    }
}

/// A list of `searches` answers with 60 kB of results each, as a client uploads it with its newest message.
fn long_list(searches: usize, newest: &Value) -> Value {
    let mut messages = Vec::new();
    for index in 0..searches {
        messages.push(user(&format!("u{index}"), "search once more"));
        let output = json!({"found": "x".repeat(60_000)});
        messages.push(json!({"id": format!("a{index}"), "role": "assistant", "parts": [
            {"type": "text", "text": "Here."},
            {"type": "tool-search", "toolCallId": format!("c{index}"), "state": "output-available", "input": {}, "output": output}
        ]}));
    }
    messages.push(newest.clone());
    Value::from(messages)
}

/// T27: however long the chat that a client uploads, its newest message is taken.
#[test]
fn t27_of_a_long_list_the_newest_message_counts() {
    let newest =
        json!({"role": "user", "parts": [{"text": "thanks", "type": "text"}], "id": "new", "metadata": {"x": [1]}});
    let list = long_list(40, &newest);
    let body = json!({"id": "pk", "messages": list, "trigger": "submit-message", "messageId": "new", "timeZone": "Europe/Kyiv"});
    let text = request(&body);
    assert!(text.len() > 2 * MAX_FRAME_BYTES);
    let posted = deputy_wire::ChatRequest::from_body("r1", &body.to_string()).unwrap();
    assert_eq!(posted, chat(&text));
    let message = posted.last_user_message().unwrap();
    assert_eq!((message.id.as_str(), message.text.as_str()), ("new", "thanks"));
    assert_eq!((posted.ids().len(), posted.message_id.as_deref()), (81, Some("new")));
    assert_eq!(Value::Object(posted.extra.clone()), json!({"timeZone": "Europe/Kyiv"}));
    assert!(!posted.history_omitted && posted.tool_answers().is_empty());
}

/// T27: so are answers of old clients to calls that wait, and a list that ends before the answer that is to be replaced.
#[test]
fn t27_of_a_long_list_answers_and_the_cut_count() {
    let answer = json!({"id": "a", "role": "assistant", "parts": [
        {"type": "tool-x", "toolCallId": "c", "state": "output-available", "input": {}, "output": "Yes, confirmed."}
    ]});
    let answered = chat(&request(&json!({"messages": long_list(40, &answer)})));
    assert!(answered.extends_assistant());
    let answers = answered.tool_answers();
    assert_eq!(answers.iter().map(|answer| answer.decision()).collect::<Vec<_>>(), [Decision::Yes]);
    let cut = json!({"messages": long_list(40, &user("u", "again")), "trigger": "regenerate-message"});
    let cut = chat(&request(&cut));
    assert_eq!((cut.trigger, cut.ids().last().copied()), (Trigger::Regenerate, Some("u")));
    let bad = request(&json!({"messages": long_list(40, &json!({"id": "u", "role": "king", "parts": []}))}));
    assert_eq!(problem(&bad), FrameProblem::FieldInvalid { field: "role" });
    let own = json!({"type": "cf_agent_chat_messages", "messages": long_list(40, &answer)}).to_string();
    assert_eq!(parse(&own).unwrap(), ClientFrame::SetMessages { messages: vec![] });
}

/// T29: a new message that says nothing is refused in words; what stands before it in the list is nobody's concern.
#[test]
fn t29_what_cannot_be_read_is_no_message() {
    let file =
        json!({"type": "file", "mediaType": "image/png", "filename": "a.png", "url": "data:image/png;base64,AAAA"});
    let text = |text: &str| json!({"type": "text", "text": text});
    let refused = |parts: Value| problem(&request(&json!({"messages": [{"id": "u", "role": "user", "parts": parts}]})));
    for parts in [json!([file]), json!([file, text("")]), json!([text(" \n\t"), file]), json!([file, text("\u{200b}")])]
    {
        assert_eq!(refused(parts.clone()), FrameProblem::OnlyFiles, "{parts}");
    }
    for blank in [
        "",
        "   ",
        "\u{a0}\u{3000}",
        "\u{200b}\u{feff}",
        "\u{2060}\u{ad}\u{180e}",
        "\u{3164}",
        "\u{2800}",
        "\u{e0041}\u{fe0f}",
        "\0",
    ] {
        assert_eq!(refused(json!([text(blank)])), FrameProblem::TextMissing, "{blank:?}");
    }
    assert_eq!(refused(json!([])), FrameProblem::TextMissing);
    for said in ["?", "👍", "0", "\u{200d}a", "é"] {
        let parts = json!([file, text(said)]);
        let taken = chat(&request(&json!({"messages": [{"id": "u", "role": "user", "parts": parts}]})));
        assert_eq!(taken.last_user_message().unwrap().text, said);
    }
    let older = [
        json!({"id": "o", "role": "user", "parts": [file]}),
        json!({"id": "o", "role": "data", "parts": []}),
        user("o", &"x".repeat(MAX_USER_TEXT_BYTES + 1)),
        json!(7),
    ];
    for older in older {
        let taken = chat(&request(&json!({"messages": [older, user("u", "Thanks")]})));
        assert_eq!(taken.last_user_message().unwrap().text, "Thanks");
    }
    let error = parse(&request(&json!({"messages": [{"id": "u", "role": "user", "parts": [file]}]}))).unwrap_err();
    assert_eq!((error.code(), error.request_id.as_deref()), ("message_only_files", Some("r1")));
    assert!(error.user_message().contains("in words"));
}
