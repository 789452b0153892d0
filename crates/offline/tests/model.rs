//! The scripted model over its own router: every sentence that the README promises, and every way to refuse.
// Clippy knows test functions, not their helpers.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use deputy_offline::model;
use deputy_offline::options::Options;
use deputy_offline::world::World;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

const SYSTEM: &str = "You are a helpful assistant.\nCurrent time: 2026-08-05T10:30:00Z\nTime zone: Europe/Berlin";
const TOOLS: [&str; 24] = [
    "getWeatherInformation",
    "getLocalTime",
    "scheduleTask",
    "getScheduledTasks",
    "cancelScheduledTask",
    "checkUsersCalendar",
    "get_user_info",
    "getCalendarEventsTool",
    "listUserCalendars",
    "gmailSearchTool",
    "gmailDraftTool",
    "getTasksTool",
    "createTasksTool",
    "listRepositories",
    "listGitHubEvents",
    "listChannels",
    "listOpportunities",
    "buyStock",
    "shop_online",
    "deployToProduction",
    "getCustomerRecord",
    "get_context_documents",
    "list_documents",
    "save_document",
];

fn world() -> Arc<World> {
    World::new(Options::default()).unwrap()
}

async fn send(world: &Arc<World>, key: Option<&str>, body: &Value) -> Response {
    let mut request = Request::post("/v1/chat/completions").header(header::CONTENT_TYPE, "application/json");
    if let Some(key) = key {
        request = request.header(header::AUTHORIZATION, key);
    }
    let request = request.body(Body::from(body.to_string())).unwrap();
    model::router(Arc::clone(world)).oneshot(request).await.unwrap()
}

async fn text(response: Response) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

fn body(sentence: &str, rest: &[Value]) -> Value {
    let tools =
        TOOLS.map(|name| json!({"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}));
    let mut messages = vec![json!({"role": "system", "content": SYSTEM}), json!({"role": "user", "content": sentence})];
    messages.extend(rest.iter().cloned());
    json!({"model": "scripted", "messages": messages, "tools": tools})
}

async fn message(world: &Arc<World>, body: &Value) -> Value {
    let response = send(world, Some("Bearer any"), body).await;
    assert_eq!(response.status(), StatusCode::OK);
    let answer: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(answer["object"], "chat.completion");
    answer["choices"][0]["message"].clone()
}

/// The calls that a sentence leads to: `(name, arguments)`.
async fn calls(world: &Arc<World>, sentence: &str) -> Vec<(String, Value)> {
    let message = message(world, &body(sentence, &[])).await;
    let calls = message["tool_calls"].as_array().unwrap_or_else(|| panic!("{sentence:?} leads to {message}"));
    let read = |call: &Value| {
        let function = &call["function"];
        let arguments = serde_json::from_str(function["arguments"].as_str().unwrap()).unwrap();
        (function["name"].as_str().unwrap().to_owned(), arguments)
    };
    calls.iter().map(read).collect()
}

async fn says(world: &Arc<World>, sentence: &str) -> String {
    message(world, &body(sentence, &[])).await["content"].as_str().unwrap().to_owned()
}

/// What the model says once the calls it makes have these results, in order.
async fn settles(world: &Arc<World>, sentence: &str, results: &[Value]) -> String {
    let asked = message(world, &body(sentence, &[])).await;
    let calls = asked["tool_calls"].as_array().unwrap();
    assert_eq!(calls.len(), results.len());
    let answer = |(call, result): (&Value, &Value)| {
        let content = result.as_str().map_or_else(|| result.to_string(), str::to_owned);
        json!({"role": "tool", "tool_call_id": call["id"], "content": content})
    };
    let rest = std::iter::once(asked.clone()).chain(calls.iter().zip(results).map(answer)).collect::<Vec<_>>();
    message(world, &body(sentence, &rest)).await["content"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_sentence_reaches_its_tool() {
    let world = world();
    let free = |at: &str| vec![("checkUsersCalendar", json!({"date": at}))];
    let task = |when: Value, what: &str| vec![("scheduleTask", json!({"when": when, "description": what}))];
    let delayed = |seconds: u32| json!({"type": "delayed", "delayInSeconds": seconds});
    let cases = [
        ("Who am I?", vec![("get_user_info", json!({}))]),
        ("Am I free tomorrow at 9?", free("2026-08-06T09:00:00+02:00")),
        ("am i free tomorrow at 14:30", free("2026-08-06T14:30:00+02:00")),
        ("Hey, am I free today at 3pm?", free("2026-08-05T15:00:00+02:00")),
        ("Am I busy at 9 tomorrow?", free("2026-08-06T09:00:00+02:00")),
        ("Am I available on Friday at noon?", free("2026-08-07T12:00:00+02:00")),
        ("Am I free at 9?", free("2026-08-06T09:00:00+02:00")),
        ("In 5 seconds remind me to stretch", task(delayed(5), "stretch")),
        ("in two minutes, please remind me to stand up.", task(delayed(120), "stand up")),
        ("In an hour remind me to eat", task(delayed(3600), "eat")),
        ("Remind me to stretch in 10 seconds", task(delayed(10), "stretch")),
        ("every day at 9 remind me to drink water", task(json!({"type": "cron", "cron": "0 9 * * *"}), "drink water")),
        ("Remind me every monday at 8:30 to plan", task(json!({"type": "cron", "cron": "30 8 * * 1"}), "plan")),
        (
            "Remind me tomorrow at 9 to call Ben",
            task(json!({"type": "scheduled", "date": "2026-08-06T09:00:00+02:00"}), "call Ben"),
        ),
        ("What is scheduled?", vec![("getScheduledTasks", json!({}))]),
        ("Cancel task a1B_2-c", vec![("cancelScheduledTask", json!({"taskId": "a1B_2-c"}))]),
        ("What time is it in Tokyo?", vec![("getLocalTime", json!({"timeZone": "Asia/Tokyo"}))]),
        ("what's the time in New York now?", vec![("getLocalTime", json!({"timeZone": "America/New_York"}))]),
        ("What time is it?", vec![("getLocalTime", json!({"timeZone": "Europe/Berlin"}))]),
        ("weather in paris", vec![("getWeatherInformation", json!({"city": "Paris"}))]),
        ("What is the weather like in São Paulo?", vec![("getWeatherInformation", json!({"city": "São Paulo"}))]),
        (
            "two things: weather in Paris and time in Tokyo",
            vec![
                ("getWeatherInformation", json!({"city": "Paris"})),
                ("getLocalTime", json!({"timeZone": "Asia/Tokyo"})),
            ],
        ),
        (
            "What is on my calendar tomorrow?",
            vec![("getCalendarEventsTool", json!({"date": "2026-08-06T00:00:00+02:00"}))],
        ),
        ("List my calendars", vec![("listUserCalendars", json!({}))]),
        ("Search my mail for invoice", vec![("gmailSearchTool", json!({"query": "invoice"}))]),
        (
            "Draft a mail to ben@example.com saying hello",
            vec![("gmailDraftTool", json!({"to": ["ben@example.com"], "subject": "A message", "message": "hello"}))],
        ),
        ("List my tasks", vec![("getTasksTool", json!({}))]),
        ("Add a task: water the plants", vec![("createTasksTool", json!({"title": "water the plants"}))]),
        ("list my repositories", vec![("listRepositories", json!({}))]),
        ("Show my GitHub events", vec![("listGitHubEvents", json!({}))]),
        ("list my Slack channels", vec![("listChannels", json!({}))]),
        ("get me 2 opportunities from Salesforce", vec![("listOpportunities", json!({"limit": 2}))]),
        ("List my opportunities", vec![("listOpportunities", json!({"limit": 10}))]),
        ("buy 3 shares of GOOGL", vec![("buyStock", json!({"ticker": "GOOGL", "qty": 3}))]),
        ("buy an XYZ phone", vec![("shop_online", json!({"product": "XYZ phone", "qty": 1}))]),
        (
            "Buy 2 XYZ phones for at most $300.50",
            vec![("shop_online", json!({"product": "XYZ phones", "qty": 2, "priceLimit": 300.5}))],
        ),
        (
            "Deploy ana-ferreira/tile-server to production",
            vec![("deployToProduction", json!({"repository": "ana-ferreira/tile-server"}))],
        ),
        (
            "please deploy v1.0.0 of ana-ferreira/tile-server to production now",
            vec![("deployToProduction", json!({"repository": "ana-ferreira/tile-server", "ref": "v1.0.0"}))],
        ),
        ("Show me the record of Maeve O'Brien.", vec![("getCustomerRecord", json!({"customer": "Maeve O'Brien"}))]),
        (
            "What do my documents say about the forecast?",
            vec![("get_context_documents", json!({"question": "What do my documents say about the forecast?"}))],
        ),
        (
            "Show me forecast for ZEKO?",
            vec![("get_context_documents", json!({"question": "Show me forecast for ZEKO?"}))],
        ),
        ("Which documents are there?", vec![("list_documents", json!({}))]),
        (
            "Save a document called Plan: water the plants",
            vec![("save_document", json!({"title": "Plan", "text": "water the plants"}))],
        ),
    ];
    for (sentence, expected) in cases {
        let expected = expected.into_iter().map(|(name, arguments)| (name.to_owned(), arguments)).collect::<Vec<_>>();
        assert_eq!(calls(&world, sentence).await, expected, "{sentence}");
    }
}

/// Every example that "What can you do?" lists is understood.
#[tokio::test]
async fn every_listed_example_works() {
    let world = world();
    let list = says(&world, "What can you do?").await;
    let examples = list.lines().filter_map(|line| line.strip_prefix("- ")).collect::<Vec<_>>();
    assert!(examples.len() > 25, "{list}");
    for example in examples {
        if ["Be down", "Be busy", "Be slow", "Talk garbage", "End early"].contains(&example)
            || example.contains("story")
        {
            continue;
        }
        let answer = message(&world, &body(&example.replace("<id>", "a1"), &[])).await;
        let said = answer["content"].as_str().unwrap_or_default();
        assert!(!said.contains("do not know that sentence"), "{example}: {said}");
    }
}

#[tokio::test]
async fn the_answer_is_computed_from_the_tool_result() {
    let world = world();
    let cases = [
        ("Am I free tomorrow at 9?", json!({"available": true}), "You are free tomorrow at 09:00."),
        ("Am I free tomorrow at 9?", json!({"available": false}), "You are busy tomorrow at 09:00."),
        (
            "who am i",
            json!({"result": {"name": "Ana", "email": "ana@example.com", "sub": "auth0|1"}}),
            "You are Ana, signed in as ana@example.com (user id auth0|1).",
        ),
        ("who am i", json!("There is no user logged in."), "There is no user logged in."),
        (
            "In 5 seconds remind me to stretch",
            json!("Task scheduled for type \"delayed\" : 5"),
            "I will remind you in 5 seconds: stretch.",
        ),
        (
            "In 5 seconds remind me to stretch",
            json!("Error scheduling task: full"),
            "That did not work. `scheduleTask` answered: Error scheduling task: full",
        ),
        ("what is scheduled?", json!("No scheduled tasks found."), "No scheduled tasks found."),
        ("what is scheduled?", json!([{"id": "x", "payload": "stretch"}]), "Scheduled:\n\n- stretch (id x)"),
        ("cancel task x", json!("Task x has been successfully canceled."), "Task x has been successfully canceled."),
        ("What time is it in Tokyo?", json!("2026-08-05 19:30:00+09:00"), "In Tokyo it is 2026-08-05 19:30:00+09:00."),
        ("weather in Paris", json!("The weather in Paris is sunny"), "The weather in Paris is sunny."),
        ("list my repositories", json!(["deputy", "notes"]), "Your repositories:\n\n- deputy\n- notes"),
        ("list my Slack channels", json!(["general"]), "Your Slack channels:\n\n- #general"),
        ("list my Slack channels", json!([]), "You are in no Slack channel."),
        (
            "get me 2 opportunities from Salesforce",
            json!({"records": [{"Name": "A", "StageName": "Won", "CloseDate": "2026-09-01"}]}),
            "1 opportunities:\n\n- A: Won, closes 2026-09-01",
        ),
        ("buy 3 shares of GOOGL", json!("OK"), "The order for 3 GOOGL was answered with: OK."),
        (
            "Show me forecast for ZEKO?",
            json!([{"number": 1, "content": "ZEKO makes chips."}, {"number": 2, "content": "ZEKO: the forecast is rain."}]),
            "ZEKO: the forecast is rain. [2]",
        ),
        (
            "Show me forecast for ZEKO?",
            json!([{"number": 1, "content": "ZEKO makes chips."}]),
            "I don't know: the documents that you may see do not tell.",
        ),
        ("Show me forecast for ZEKO?", json!([]), "I don't know: the documents that you may see do not tell."),
        ("Show me forecast for ZEKO?", json!([{"note": "Nothing was found."}]), "I don't know. Nothing was found."),
        ("Show me forecast for ZEKO?", json!("There is no user logged in."), "There is no user logged in."),
        ("List my documents", json!({"documents": []}), "There are no documents that you may see."),
        ("List my documents", json!({"documents": [{"title": "Plan"}]}), "You may see these documents:\n\n- Plan"),
    ];
    for (sentence, result, expected) in cases {
        assert_eq!(settles(&world, sentence, &[result]).await, expected, "{sentence}");
    }
}

#[tokio::test]
async fn refusals_and_failures_are_told_honestly() {
    let world = world();
    let refused = "All right, I did not use `getWeatherInformation`";
    for result in [
        json!("The user denied the request."),
        json!({"error": "The user refused"}),
        json!("Error: The user chose not to connect google now."),
    ] {
        let said = settles(&world, "weather in Paris", &[result]).await;
        assert!(said.starts_with(refused), "{said}");
        assert!(!said.contains("sunny"));
    }
    let said = settles(&world, "am I free tomorrow at 9?", &[json!({"error": {"message": "Calendar is down"}})]).await;
    assert_eq!(said, "That did not work. `checkUsersCalendar` answered: Calendar is down");
}

#[tokio::test]
async fn parallel_results_are_answered_one_by_one() {
    let results = [json!("The user denied the request"), json!("2026-08-05 19:30:00+09:00")];
    let said = settles(&world(), "two things: weather in Paris and time in Tokyo", &results).await;
    let (weather, time) = said.split_once("\n\n").unwrap();
    assert!(weather.contains("did not use `getWeatherInformation`"));
    assert_eq!(time, "In Tokyo it is 2026-08-05 19:30:00+09:00.");
}

#[tokio::test]
async fn it_says_that_it_is_a_script_and_what_it_lacks() {
    let world = world();
    assert!(says(&world, "What are you?").await.contains("not a language model"));
    assert!(says(&world, "Write me a sonnet").await.contains("- Am I free tomorrow at 9?"));
    assert!(says(&world, "what time is it in Atlantis?").await.contains("do not know the time zone of Atlantis"));
    assert_eq!(says(&world, "Running scheduled task: stretch").await, "Reminder: stretch");
    assert!(says(&world, "show me markdown").await.contains("| Authority |"));
    let mut bare = body("weather in Paris", &[]);
    bare["tool_choice"] = json!("none");
    let message = message(&world, &bare).await;
    assert!(message["content"].as_str().unwrap().contains("`getWeatherInformation`"));
    assert!(message.get("tool_calls").is_none());
}

#[tokio::test]
async fn the_long_story_has_more_than_two_hundred_deltas() {
    let world = world();
    let mut request = body("Tell me a long story", &[]);
    request["stream"] = json!(true);
    request["stream_options"] = json!({"include_usage": true});
    let response = send(&world, Some("Bearer any"), &request).await;
    assert!(response.headers()[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/event-stream"));
    let text = text(response).await;
    assert!(text.ends_with("data: [DONE]\n\n"));
    assert!(text.matches("\"content\":").count() > 200);
    assert!(text.contains("\"completion_tokens\":"));
}

#[tokio::test]
async fn scripted_faults_are_what_they_say() {
    let world = world();
    let mut request = body("be down", &[]);
    request["stream"] = json!(true);
    let down = send(&world, Some("Bearer any"), &request).await;
    assert_eq!(down.status(), StatusCode::SERVICE_UNAVAILABLE);
    let error: Value = serde_json::from_str(&text(down).await).unwrap();
    assert_eq!(error["error"]["type"], "server_error");
    assert_eq!(error["error"]["code"], "service_unavailable");
    request["messages"][1]["content"] = json!("be busy");
    let busy = send(&world, Some("Bearer any"), &request).await;
    assert_eq!(
        (busy.status(), busy.headers()[header::RETRY_AFTER].to_str().unwrap()),
        (StatusCode::TOO_MANY_REQUESTS, "2")
    );
    request["messages"][1]["content"] = json!("talk garbage");
    let garbage = text(send(&world, Some("Bearer any"), &request).await).await;
    assert!(garbage.contains("not json at all") && !garbage.contains("[DONE]"));
    request["messages"][1]["content"] = json!("end early");
    let early = text(send(&world, Some("Bearer any"), &request).await).await;
    assert!(early.contains("This ") && !early.contains("[DONE]") && !early.contains("\"stop\""));
}

/// CF-14: the model that never stops calling.
#[tokio::test]
async fn loop_forever_calls_again_whatever_the_result() {
    let world = world();
    let mut rest = Vec::new();
    for step in 0..12 {
        let asked = message(&world, &body("loop forever", &rest)).await;
        assert_eq!(asked["tool_calls"][0]["function"]["name"], "getLocalTime", "step {step}");
        let id = asked["tool_calls"][0]["id"].clone();
        rest.push(asked);
        rest.push(json!({"role": "tool", "tool_call_id": id, "content": "12:00"}));
    }
}

#[tokio::test]
async fn requests_are_refused_in_openais_shape() {
    let world = world();
    for key in [None, Some("Bearer "), Some("Basic abc")] {
        let response = send(&world, key, &body("hi", &[])).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        let error: Value = serde_json::from_str(&text(response).await).unwrap();
        assert_eq!(error["error"]["type"], "invalid_request_error");
    }
    let response = send(&world, Some("Bearer any"), &json!({"model": "m", "messages": "hi"})).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let request = Request::get("/v1/nothing").body(Body::empty()).unwrap();
    let response = model::router(Arc::clone(&world)).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    let request = Request::get("/v1/models").header(header::AUTHORIZATION, "Bearer any").body(Body::empty()).unwrap();
    let response = model::router(world).oneshot(request).await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text(response).await).unwrap()["data"][0]["id"], "scripted");
}

#[tokio::test]
async fn rules_can_be_set_and_reset() {
    let world = world();
    model::set_rules(&world, &json!([{"name": "mine", "when": "^who are you", "say": "Somebody else."}])).unwrap();
    assert_eq!(says(&world, "who are you?").await, "Somebody else.");
    assert!(says(&world, "hello").await.contains("scripted model"));
    let error = model::set_rules(&world, &json!([{"name": "broken", "when": "("}])).unwrap_err();
    assert!(error.to_string().contains("broken"));
    assert_eq!(says(&world, "who are you?").await, "Somebody else.");
    model::set_rules(&world, &json!({"replace": true, "fallback": "Only this.", "rules": []})).unwrap();
    assert_eq!(says(&world, "who are you?").await, "Only this.");
    world.reset().unwrap();
    assert!(says(&world, "who are you?").await.contains("not a language model"));
}
