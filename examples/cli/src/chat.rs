use std::io::Read;

use deputy_http::{BuildRequest, Request, append_query};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::AgentError;
use crate::login::Session;
use crate::network::Network;
use crate::stream::{Interrupt, Turn};
use crate::terminal::Terminal;

/// The call was cut off while it ran, and nobody but the user knows whether it happened.
const OUTCOME_UNKNOWN: &str = "DEPUTY_OUTCOME_UNKNOWN";

/// A conversation over `POST /chat` (docs/headless.md). The server keeps it; only what is new is sent.
pub struct Conversation {
    deputy: String,
    id: String,
    messages: u64,
    thread: Option<String>,
}

impl Conversation {
    /// A new one.
    pub fn new(deputy: &str) -> Result<Self, AgentError> {
        let mut bytes = [0_u8; 16];
        getrandom::fill(&mut bytes).map_err(|_| AgentError::NoRandomness)?;
        let id: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { deputy: deputy.to_owned(), id, messages: 0, thread: None })
    }

    /// Asks, prints the answer, and goes on with it until nothing waits any more.
    pub fn ask(
        &mut self,
        network: &Network,
        session: &mut Session<'_>,
        terminal: &mut Terminal,
        question: &str,
    ) -> Result<(), AgentError> {
        self.messages = self.messages.saturating_add(1);
        let id = format!("{}-{}", self.id, self.messages);
        let mut message = json!({ "id": id, "role": "user", "parts": [{ "type": "text", "text": question }] });
        let mut turn = Turn::default();
        loop {
            self.send(network, session, terminal, &message, &mut turn)?;
            if let Some(sentence) = turn.failure.take() {
                return Err(AgentError::Failed { sentence });
            }
            if !turn.ended {
                return Err(AgentError::Unreachable { url: self.deputy.clone() });
            }
            let Some((call, answer)) = self.answer(terminal, &turn)? else { return Ok(()) };
            message = json!({ "id": turn.message_id, "role": "assistant", "parts": [part(&call, answer)] });
        }
    }

    fn send(
        &mut self,
        network: &Network,
        session: &mut Session<'_>,
        terminal: &mut Terminal,
        message: &Value,
        turn: &mut Turn,
    ) -> Result<(), AgentError> {
        let token = session.access_token(network)?;
        let body = json!({ "id": self.id, "trigger": "submit-message", "messages": [message] });
        let request: Request = deputy_http::post(format!("{}/chat", self.deputy)).bearer(&token).json(&body);
        let unreachable = || AgentError::Unreachable { url: self.deputy.clone() };
        let (status, headers, mut body) = network.open(request).ok_or_else(unreachable)?;
        if status != 200 {
            return Err(refusal(status, &mut body));
        }
        let thread = headers.get("x-thread-id").and_then(|value| value.to_str().ok());
        self.thread = thread.map(str::to_owned).or(self.thread.take());
        turn.read(body, &mut |text| terminal.say(text));
        Ok(())
    }

    /// What the user says to the call that waits, if one does.
    fn answer(&self, terminal: &mut Terminal, turn: &Turn) -> Result<Option<(Waiting, Value)>, AgentError> {
        let waits =
            || AgentError::Waits { url: format!("{}/c/{}", self.deputy, self.thread.as_deref().unwrap_or_default()) };
        if let Some(interrupt) = &turn.interrupt {
            terminal.line(&self.shown(interrupt));
            let answer = if interrupt.code == OUTCOME_UNKNOWN {
                outcome(terminal, interrupt.can_check)
            } else {
                let said = terminal.ask("Press Enter when that is done, or type no to do without: ");
                said.map(|said| if is_no(&said) { not_now() } else { go_on() })
            };
            let (call, answer) = (&interrupt.tool_call, answer.ok_or_else(waits)?);
            return Ok(Some((Waiting::new(&call.id, &call.name, &call.args), answer)));
        }
        let Some((id, call)) = turn.open.iter().next() else { return Ok(None) };
        terminal.line(&format!("\nDeputy asks for your yes: {} {}", call.name, call.input));
        loop {
            let said = terminal.ask("Yes or no? ").ok_or_else(waits)?;
            let answer = match said.to_ascii_lowercase().as_str() {
                "y" | "yes" => "Yes, confirmed.",
                _ if is_no(&said) => "No, denied.",
                _ => continue,
            };
            return Ok(Some((Waiting::new(id, &call.name, &call.input), answer.into())));
        }
    }

    /// The question, and where it is answered. The link logs the browser in first: the consent is the user's own.
    fn shown(&self, interrupt: &Interrupt) -> String {
        let mut text = format!("\n{}", interrupt.message);
        if interrupt.code == OUTCOME_UNKNOWN {
            text.push_str(&format!("\nIt was {} {}", interrupt.tool_call.name, interrupt.tool_call.args));
        }
        if let Some(connection) = &interrupt.connection {
            let scopes = interrupt.required_scopes.join(" ");
            let query = [("connection", connection.as_str()), ("scopes", scopes.as_str()), ("returnTo", "/close")];
            let consent = append_query("/auth/connect", query);
            let link = append_query(&format!("{}/auth/login", self.deputy), [("returnTo", consent.as_str())]);
            text.push_str(&format!("\nOpen {link}"));
        }
        if let Some(message) = &interrupt.binding_message {
            text.push_str(&format!("\nYour device shows: {message}"));
        }
        if let Some(code) = &interrupt.approval_code {
            text.push_str(&format!("\nCode: {code}"));
        }
        text
    }
}

/// What the user says of a call that may have happened; none at the end of the input. Nothing is done twice unless that is typed.
fn outcome(terminal: &mut Terminal, can_check: bool) -> Option<Value> {
    let look = if can_check { "Press Enter to have it looked up, or type" } else { "Type" };
    loop {
        let said = terminal.ask(&format!("{look} done, again (to do it once more) or no (to leave it open): "))?;
        match said.to_ascii_lowercase().as_str() {
            "" if can_check => return Some(go_on()),
            "done" => return Some(json!({ "outcome": "done" })),
            "again" => return Some(json!({ "outcome": "retry" })),
            _ if is_no(&said) => return Some(not_now()),
            _ => {}
        }
    }
}

fn go_on() -> Value {
    json!({ "continueInterruption": true })
}

fn not_now() -> Value {
    json!({ "notNow": true })
}

/// The call that is answered, as it stands in the message.
struct Waiting {
    id: String,
    name: String,
    input: Value,
}

impl Waiting {
    fn new(id: &str, name: &str, input: &Value) -> Self {
        Self { id: id.to_owned(), name: name.to_owned(), input: input.clone() }
    }
}

fn part(call: &Waiting, output: Value) -> Value {
    json!({ "type": format!("tool-{}", call.name), "toolCallId": call.id, "state": "output-available",
        "input": call.input, "output": output })
}

fn is_no(said: &str) -> bool {
    matches!(said.to_ascii_lowercase().as_str(), "n" | "no")
}

fn refusal(status: u16, body: &mut impl Read) -> AgentError {
    #[derive(Deserialize, Default)]
    struct Refusal {
        #[serde(default)]
        error: String,
        #[serde(default)]
        code: String,
    }
    const MOST_BYTES: u64 = 64 * 1024;
    let mut bytes = Vec::new();
    // What cannot be read says nothing; the status does.
    let _ = body.take(MOST_BYTES).read_to_end(&mut bytes);
    let said: Refusal = serde_json::from_slice(&bytes).unwrap_or_default();
    let sentence = if said.error.is_empty() { format!("Deputy answered with {status}.") } else { said.error };
    AgentError::Refused { status, code: said.code, sentence }
}
