//! The program itself, against the offline tenant's device flow and a Deputy whose answers are given.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use deputy_offline::options::Options;
use deputy_offline::server;
use deputy_offline::world::{ApprovalDecision, Service, World};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::ServiceExt;

/// A Deputy that says what it was told to, and what it was asked.
#[derive(Default)]
struct Canned {
    answers: Mutex<VecDeque<(u16, String)>>,
    asked: Mutex<Vec<(String, Value)>>,
}

/// The tenant and a Deputy, on ports of their own.
struct Stage {
    world: Arc<World>,
    deputy: Arc<Canned>,
    deputy_url: String,
}

impl Stage {
    /// `answers`: status and chunks (or a body) of each answer of `POST /chat`.
    fn new(answers: &[(u16, Value)]) -> Self {
        let deputy = Arc::new(Canned::default());
        *deputy.answers.lock().unwrap() = answers.iter().map(|(status, said)| (*status, written(said))).collect();
        let (send, started) = mpsc::channel();
        let canned = Arc::clone(&deputy);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async move {
                let tenant = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let port = tenant.local_addr().unwrap().port();
                let issuer = format!("http://127.0.0.1:{port}/");
                let world = World::new(Options { quiet: true, issuer, ..Options::default() }).unwrap();
                let faster = Request::patch("/policies")
                    .header("host", "localhost")
                    .body(Body::from(r#"{"polling_interval": 1}"#))
                    .unwrap();
                let control = server::router(Service::Control, &world).oneshot(faster).await.unwrap();
                assert!(control.status().is_success());
                let chat = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let deputy_url = format!("http://127.0.0.1:{}", chat.local_addr().unwrap().port());
                let router = server::router(Service::Tenant, &world);
                send.send((world, deputy_url)).unwrap();
                let deputy = Router::new().route("/chat", post(answer)).with_state(canned);
                let (tenant, deputy) = (axum::serve(tenant, router), axum::serve(chat, deputy));
                let _ = tokio::join!(async { tenant.await }, async { deputy.await });
            });
        });
        let (world, deputy_url) = started.recv().unwrap();
        Self { world, deputy, deputy_url }
    }

    fn start(&self, arguments: &[&str]) -> Program {
        let mut command = Command::new(env!("CARGO_BIN_EXE_deputy-agent"));
        command.args(arguments).env_clear();
        command.env("AUTH0_ISSUER", &self.world.options().issuer).env("AUTH0_AUDIENCE", "https://deputy.example/api");
        command.env("AGENT_CLIENT_ID", "deputy-offline-device").env("DEPUTY_URL", &self.deputy_url);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Program { child, input, output }
    }

    /// Confirms the code that the program shows, or refuses it.
    fn decide(&self, program: &mut Program, decision: ApprovalDecision) {
        let line = program.until("and compare the code ");
        let code = line.split("code ").last().unwrap().trim().to_owned();
        let ana = self.world.users().into_iter().find(|user| user.email == "ana@example.com").unwrap();
        self.world.decide_device(&code, &ana.user_id, "session", decision).unwrap();
    }

    fn asked(&self) -> Vec<Value> {
        self.deputy.asked.lock().unwrap().iter().map(|(_, body)| body.clone()).collect()
    }
}

struct Program {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Program {
    /// The output up to and including the line with that text.
    fn until(&mut self, text: &str) -> String {
        let mut read = String::new();
        while !read.contains(text) || !read.ends_with('\n') {
            assert_ne!(self.output.read_line(&mut read).unwrap(), 0, "{text} in {read}");
        }
        read
    }

    fn type_in(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    /// The rest of the output, what it complained of, and the exit code; the input has ended.
    fn end(mut self) -> (String, String, i32) {
        drop(self.input.take());
        let (mut output, mut problem) = (String::new(), String::new());
        self.output.read_to_string(&mut output).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut problem).unwrap();
        (output, problem, self.child.wait().unwrap().code().unwrap())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn answer(State(canned): State<Arc<Canned>>, headers: HeaderMap, body: String) -> Response {
    let token = headers["authorization"].to_str().unwrap().to_owned();
    canned.asked.lock().unwrap().push((token, serde_json::from_str(&body).unwrap()));
    let (status, said) = canned.answers.lock().unwrap().pop_front().expect("an answer for each question");
    let status = axum::http::StatusCode::from_u16(status).unwrap();
    (status, [("content-type", "text/event-stream"), ("x-thread-id", "thread-1")], said).into_response()
}

/// Chunks as a stream, anything else as it is.
fn written(said: &Value) -> String {
    let Some(chunks) = said.as_array() else { return said.to_string() };
    let mut stream: String = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
    stream.push_str("data: [DONE]\n\n");
    stream
}

fn text(said: &str) -> Value {
    json!([{"type": "start", "messageId": "m1"}, {"type": "text-delta", "delta": said}, {"type": "text-end"}])
}

fn call(id: &str) -> Value {
    json!({"type": "tool-input-available", "toolCallId": id, "toolName": "buyStock", "input": {"qty": 3}})
}

#[test]
fn ua_24_aa_19_a_question_is_answered_after_the_code_was_confirmed() {
    let stage = Stage::new(&[(200, text("Three shares \u{1b}[31mbought."))]);
    let mut program = stage.start(&["Buy", "three", "shares"]);
    stage.decide(&mut program, ApprovalDecision::Approve);
    let (output, problem, code) = program.end();
    assert_eq!((code, problem.as_str()), (0, ""));
    assert!(output.ends_with("You are logged in.\n\nThree shares [31mbought.\n"), "{output}");
    let asked = stage.asked();
    assert_eq!(asked[0]["messages"][0]["parts"][0]["text"], "Buy three shares");
    let tokens = stage.deputy.asked.lock().unwrap().iter().map(|(token, _)| token.clone()).collect::<Vec<_>>();
    let token = tokens[0].strip_prefix("Bearer ey").unwrap();
    assert!(!output.contains(token));
}

#[test]
fn ua_24_no_code_no_question() {
    let stage = Stage::new(&[]);
    let mut program = stage.start(&["Hello"]);
    stage.decide(&mut program, ApprovalDecision::Deny);
    let (_, problem, code) = program.end();
    assert_eq!(code, 1);
    assert!(problem.contains("approval_denied"), "{problem}");
    assert!(stage.asked().is_empty());
}

#[test]
fn aa_19_a_confirmation_is_asked_for_until_it_is_a_yes_or_a_no() {
    let question = json!([{"type": "start", "messageId": "m1"}, call("c1")]);
    let done = json!([{"type": "tool-output-available", "toolCallId": "c1", "output": "OK"},
        {"type": "text-delta", "delta": "Bought."}, {"type": "text-end"}]);
    let stage = Stage::new(&[(200, question), (200, done), (200, text("You are welcome."))]);
    let mut program = stage.start(&[]);
    stage.decide(&mut program, ApprovalDecision::Approve);
    for line in ["Buy 3 shares", "maybe", "yes", "Thanks"] {
        program.type_in(line);
    }
    let (output, problem, code) = program.end();
    assert_eq!((code, problem.as_str()), (0, ""), "{output}");
    assert!(output.contains("asks for your yes: buyStock {\"qty\":3}"), "{output}");
    assert_eq!(output.matches("Yes or no?").count(), 2, "maybe is neither");
    assert!(output.contains("Bought.") && output.contains("You are welcome."));
    let asked = stage.asked();
    let expected = json!({"type": "tool-buyStock", "toolCallId": "c1", "state": "output-available", "input": {"qty": 3},
        "output": "Yes, confirmed."});
    assert_eq!((&asked[1]["messages"][0]["id"], &asked[1]["messages"][0]["parts"][0]), (&json!("m1"), &expected));
    assert_eq!(asked[0]["id"], asked[2]["id"], "one conversation");
    assert_ne!(asked[0]["messages"][0]["id"], asked[2]["messages"][0]["id"]);
}

#[test]
fn ua_24_a_consent_is_a_link_and_not_now_is_an_answer() {
    let interrupt = json!({"code": "TOKEN_VAULT_ERROR", "message": "Connect your calendar.", "connection": "google-oauth2",
        "requiredScopes": ["openid", "calendar"], "toolCall": {"id": "c1", "name": "buyStock", "args": {"qty": 3}}});
    let question = json!([{"type": "start", "messageId": "m1"}, call("c1"),
        {"type": "error", "errorText": format!("AUTH0_AI_INTERRUPTION:{interrupt}")}]);
    let done = json!([{"type": "tool-output-error", "toolCallId": "c1", "errorText": "Not now."},
        {"type": "text-delta", "delta": "Then not."}, {"type": "text-end"}]);
    let stage = Stage::new(&[(200, question.clone()), (200, question), (200, done)]);
    let mut program = stage.start(&["Am I free?"]);
    stage.decide(&mut program, ApprovalDecision::Approve);
    program.type_in("");
    program.type_in("no");
    let (output, _, code) = program.end();
    assert_eq!(code, 0, "{output}");
    let link = format!(
        "{}/auth/login?returnTo=%2Fauth%2Fconnect%3Fconnection%3Dgoogle-oauth2%26scopes%3Dopenid%2Bcalendar%26returnTo%3D%252Fclose",
        stage.deputy_url
    );
    assert!(output.contains(&link), "{output}");
    let outputs: Vec<_> =
        stage.asked()[1..].iter().map(|body| body["messages"][0]["parts"][0]["output"].clone()).collect();
    assert_eq!(outputs, [json!({"continueInterruption": true}), json!({"notNow": true})]);
}

/// AA-18: what may have happened is done again only when that is typed; Enter alone is no answer where nothing can be looked up.
#[test]
fn aa_18_ua_24_what_may_have_happened_is_looked_up_done_or_done_again() {
    let unknown = |can_check: bool| {
        let interrupt = json!({"code": "DEPUTY_OUTCOME_UNKNOWN", "message": "It may have happened.", "canCheck": can_check,
            "toolCall": {"id": "c1", "name": "buyStock", "args": {"qty": 3}}});
        (
            200,
            json!([{"type": "start", "messageId": "m1"}, call("c1"),
            {"type": "error", "errorText": format!("AUTH0_AI_INTERRUPTION:{interrupt}")}]),
        )
    };
    for (can_check, typed, answers) in [
        (true, vec!["", "done"], vec![json!({"continueInterruption": true}), json!({"outcome": "done"})]),
        (false, vec!["", "yes", "again"], vec![json!({"outcome": "retry"})]),
        (false, vec!["no"], vec![json!({"notNow": true})]),
    ] {
        let mut said: Vec<_> = answers.iter().map(|_| unknown(can_check)).collect();
        let settled = json!([{"type": "tool-output-available", "toolCallId": "c1", "output": "OK"},
            {"type": "text-delta", "delta": "So be it."}, {"type": "text-end"}]);
        said.push((200, settled));
        let stage = Stage::new(&said);
        let mut program = stage.start(&["Buy 3 shares"]);
        stage.decide(&mut program, ApprovalDecision::Approve);
        for line in &typed {
            program.type_in(line);
        }
        let (output, problem, code) = program.end();
        assert_eq!((code, problem.as_str()), (0, ""), "{output}");
        assert!(output.contains("It was buyStock {\"qty\":3}") && output.ends_with("So be it.\n"), "{output}");
        assert_eq!(output.contains("Press Enter to have it looked up"), can_check);
        let outputs: Vec<_> =
            stage.asked()[1..].iter().map(|body| body["messages"][0]["parts"][0]["output"].clone()).collect();
        assert_eq!(outputs, answers);
    }
    let stage = Stage::new(&[unknown(false)]);
    let mut program = stage.start(&["Buy 3 shares"]);
    stage.decide(&mut program, ApprovalDecision::Approve);
    let (_, problem, code) = program.end();
    assert!(code == 3 && problem.contains("/c/thread-1"), "the end of the input is no answer: {problem}");
}

#[test]
fn aa_19_without_somebody_to_ask_nothing_is_confirmed() {
    let stage = Stage::new(&[(200, json!([{"type": "start", "messageId": "m1"}, call("c1")]))]);
    let mut program = stage.start(&["Buy 3 shares"]);
    stage.decide(&mut program, ApprovalDecision::Approve);
    let (_, problem, code) = program.end();
    assert_eq!(code, 3);
    assert!(problem.contains(&format!("{}/c/thread-1", stage.deputy_url)), "{problem}");
    assert_eq!(stage.asked().len(), 1);
}

#[test]
fn ua_24_refusals_and_answers_that_break_off_are_told_in_words() {
    let failed = json!([{"type": "start", "messageId": "m1"}, {"type": "error", "errorText": "The model is down."}]);
    for (status, said, expected) in [
        (
            401,
            json!({"error": "Invalid Authorization token provided.", "code": "bearer_client_not_allowed"}),
            "bearer_client_not_allowed",
        ),
        (502, json!("<html>"), "502"),
        (200, failed, "The model is down."),
        (200, json!({"not": "a stream"}), "agent_unreachable"),
    ] {
        let stage = Stage::new(&[(status, said)]);
        let mut program = stage.start(&["Hello"]);
        stage.decide(&mut program, ApprovalDecision::Approve);
        let (_, problem, code) = program.end();
        assert!(code == 1 && problem.contains(expected), "{expected}: {problem}");
    }
}

#[test]
fn ua_24_a_setting_that_is_missing_is_named() {
    let output = Command::new(env!("CARGO_BIN_EXE_deputy-agent")).env_clear().arg("Hello").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("AUTH0_DOMAIN"));
    let help = Command::new(env!("CARGO_BIN_EXE_deputy-agent")).arg("--help").output().unwrap();
    assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).contains("AGENT_CLIENT_ID"));
}
