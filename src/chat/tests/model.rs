//! A model that follows a script: what the user says, and what it answers to that.

use std::cell::RefCell;
use std::rc::Rc;

use deputy_http::Secret;
use deputy_models::{
    FinishReason, ModelConfig, ModelError, ModelEvent, ModelMessage, ModelRequest, Provided, ToolCall,
};
use futures::StreamExt;
use futures::stream;
use serde_json::{Value, json};

use super::servers;
use super::world::FakePlatform;
use crate::chat::core::ports::ModelStream;
use crate::platform::ports::Clock;

/// One thing a model does.
#[derive(Debug, Clone)]
pub enum Step {
    /// More text.
    Says(String),
    /// More reasoning.
    Thinks(&'static str),
    /// Nothing, for that many milliseconds.
    Waits(u64),
    /// It calls a tool.
    Calls(&'static str, Value),
    /// It calls a tool whose name it has read.
    CallsRead(String, Value),
    /// It calls a tool, and its provider wants a signature and its own id back.
    Signs(&'static str, Value),
    /// The answer breaks off.
    Breaks(ModelError),
}

/// The model.
#[derive(Default)]
pub struct ScriptedModel {
    asked: RefCell<Vec<ModelRequest>>,
}

impl ScriptedModel {
    /// What it was asked so far.
    pub fn asked(&self) -> Vec<ModelRequest> {
        self.asked.borrow().clone()
    }

    /// Answers by its script.
    pub fn open(&self, platform: FakePlatform, request: &ModelRequest) -> Result<ModelStream, ModelError> {
        // How often it was asked the very same before.
        let tries = self.asked.borrow().iter().rev().take_while(|asked| asked.messages == request.messages).count();
        self.asked.borrow_mut().push(request.clone());
        let steps = trial(request, tries, platform.now()).unwrap_or_else(|| steps(request));
        if let [Step::Breaks(error)] = steps.as_slice() {
            return Err(error.clone());
        }
        let calls = steps.iter().any(|step| matches!(step, Step::Calls(..) | Step::CallsRead(..) | Step::Signs(..)));
        let platform = Rc::new(platform);
        let said = stream::iter(steps.into_iter().enumerate()).then(move |(index, step)| {
            let platform = Rc::clone(&platform);
            async move {
                match step {
                    Step::Says(text) => Ok(vec![ModelEvent::Text(text)]),
                    Step::Thinks(text) => Ok(vec![ModelEvent::Reasoning(text.to_owned())]),
                    Step::Waits(ms) => {
                        platform.sleep(ms).await;
                        Ok(Vec::new())
                    }
                    Step::Calls(name, arguments) => {
                        Ok(vec![ModelEvent::ToolCall(ToolCall::new(format!("c{index}"), name, arguments))])
                    }
                    Step::CallsRead(name, arguments) => {
                        Ok(vec![ModelEvent::ToolCall(ToolCall::new(format!("c{index}"), name, arguments))])
                    }
                    Step::Signs(name, arguments) => Ok(vec![ModelEvent::ToolCall(ToolCall {
                        provided: Some(signature()),
                        ..ToolCall::new("function-call-9", name, arguments)
                    })]),
                    Step::Breaks(error) => Err(error),
                }
            }
        });
        let reason = if calls { FinishReason::ToolCalls } else { FinishReason::Stop };
        let end = vec![
            ModelEvent::Usage { input_tokens: 10, output_tokens: 5, cached_tokens: 0 },
            ModelEvent::Finished(reason),
        ];
        Ok(said.chain(stream::iter([Ok(end)])).boxed_local())
    }
}

/// The model as it is set up.
pub fn config() -> ModelConfig {
    ModelConfig::new("https://model.example/v1", Secret::new("k"), "m")
}

/// What its provider wants back.
pub fn signature() -> Provided {
    let call = json!({"extra_content": {"google": {"thought_signature": "c2ln"}}});
    let step = json!({"reasoning_content": "I look first."});
    let members = |value: Value| value.as_object().cloned().unwrap();
    Provided { origin: config().origin(), id: "function-call-9".into(), call: members(call), step: members(step) }
}

/// What the user wrote last. What the model is told beside it stands behind an empty line, in brackets.
fn asked_last(request: &ModelRequest) -> Option<&str> {
    request.messages.iter().rev().find_map(|message| match message {
        ModelMessage::User { text } => Some(text.split_once("\n\n[Now: ").map_or(text.as_str(), |(said, _)| said)),
        _ => None,
    })
}

/// What a provider does on bad days (trials).
fn trial(request: &ModelRequest, tries: usize, now: u64) -> Option<Vec<Step>> {
    let after_tool = matches!(request.messages.last(), Some(ModelMessage::ToolResult { .. }));
    let length = |message: &ModelMessage| match message {
        ModelMessage::User { text } | ModelMessage::Assistant { text, .. } => text.len(),
        ModelMessage::ToolResult { content, .. } => content.len(),
    };
    let busy = |seconds: u64| vec![Step::Breaks(ModelError::Overloaded { retry_at: Some(now + seconds * 1000) })];
    match asked_last(request)? {
        "Be busy twice" if tries < 2 => Some(vec![Step::Breaks(ModelError::Overloaded { retry_at: None })]),
        "Be busy for ever" => Some(busy(2)),
        "Be busy for an hour" => Some(busy(3600)),
        "Slip once" if tries < 1 => Some(vec![Step::Breaks(ModelError::CallSlip)]),
        "Lose the line once" if tries < 1 => Some(vec![Step::Breaks(ModelError::Unreachable)]),
        "Remind me, then be busy" if after_tool && tries < 1 => Some(busy(2)),
        "Remind me, then be busy" if !after_tool => {
            let when = json!({"type": "delayed", "delayInSeconds": 600});
            Some(vec![Step::Calls("scheduleTask", json!({"when": when, "description": "water"}))])
        }
        "Sign" if !after_tool => Some(vec![Step::Signs("getScheduledTasks", json!({}))]),
        "Make up a name" if !after_tool => Some(vec![Step::Calls("multi_tool_use.parallel", json!({"tool_uses": []}))]),
        text if text.starts_with("Read this") && request.messages.iter().map(length).sum::<usize>() > 5_000 => {
            Some(vec![Step::Breaks(ModelError::ContextTooLong)])
        }
        _ => None,
    }
}

/// The script.
fn steps(request: &ModelRequest) -> Vec<Step> {
    let asked = asked_last(request).unwrap_or_default();
    let says = |text: &str| vec![Step::Says(text.to_owned())];
    if asked == "Loop forever" {
        return vec![Step::Calls("getLocalTime", json!({"timeZone": "UTC"}))];
    }
    if let Some(ModelMessage::ToolResult { content, .. }) = request.messages.last() {
        return if content.contains("denied") {
            says("Then I will not.")
        } else {
            says(&format!("It says: {content}"))
        };
    }
    if let Some((name, arguments)) = servers::told_to_call(request) {
        return vec![Step::CallsRead(name, arguments)];
    }
    if let Some((name, arguments)) = asked.strip_prefix("Call ").and_then(|rest| rest.split_once(" with ")) {
        return vec![Step::CallsRead(name.to_owned(), serde_json::from_str(arguments).unwrap())];
    }
    if let Some(task) = asked.strip_prefix("Running scheduled task: ") {
        return match task {
            "who" => vec![Step::Calls("get_user_info", json!({}))],
            "wait 60 to stretch" => {
                let when = json!({"type": "delayed", "delayInSeconds": 60});
                vec![Step::Calls("scheduleTask", json!({"when": when, "description": "stretch"}))]
            }
            task => says(&format!("Reminder: {task}")),
        };
    }
    if let Some(city) = asked.strip_prefix("Weather in ") {
        return vec![Step::Calls("getWeatherInformation", json!({"city": city}))];
    }
    if let Some((seconds, task)) = asked.strip_prefix("wait ").and_then(|rest| rest.split_once(" to ")) {
        let when = json!({"type": "delayed", "delayInSeconds": seconds.parse::<u64>().unwrap_or_default()});
        return vec![Step::Calls("scheduleTask", json!({"when": when, "description": task}))];
    }
    if let Some((cron, task)) = asked.strip_prefix("cron ").and_then(|rest| rest.split_once(" to ")) {
        let when = json!({"type": "cron", "cron": cron});
        return vec![Step::Calls("scheduleTask", json!({"when": when, "description": task}))];
    }
    if asked.starts_with("Look up ") {
        return vec![Step::Calls("get_context_documents", json!({"question": asked}))];
    }
    if let Some(id) = asked.strip_prefix("Cancel task ") {
        return vec![Step::Calls("cancelScheduledTask", json!({"taskId": id}))];
    }
    match asked {
        "Am I free tomorrow at 9?" => {
            vec![
                Step::Says("Let me look.".to_owned()),
                Step::Calls("checkUsersCalendar", json!({"date": "2026-11-24T09:00:00Z"})),
            ]
        }
        "Two cities" => vec![
            Step::Calls("getWeatherInformation", json!({"city": "Paris"})),
            Step::Calls("getWeatherInformation", json!({"city": "Oslo"})),
        ],
        "Buy shoes" => vec![Step::Calls("shop_online", json!({"product": "shoes", "qty": 1, "priceLimit": 100}))],
        "Tell me a story" => {
            let words = ["Once ", "upon ", "a ", "time ", "there ", "was ", "a ", "deputy."];
            words.iter().flat_map(|word| [Step::Says((*word).to_owned()), Step::Waits(100)]).collect()
        }
        "Think" => vec![Step::Thinks("Hmm. "), Step::Says("I have thought.".to_owned())],
        "Be down" => vec![Step::Breaks(ModelError::Down { status: 501 })],
        "Break off" => vec![Step::Says("I was ".to_owned()), Step::Breaks(ModelError::Malformed)],
        "wait thrice" => ["one", "two", "three"]
            .map(|task| {
                let when = json!({"type": "delayed", "delayInSeconds": 60});
                Step::Calls("scheduleTask", json!({"when": when, "description": task}))
            })
            .into(),
        "What is scheduled?" => vec![Step::Calls("getScheduledTasks", json!({}))],
        "List my documents" => vec![Step::Calls("list_documents", json!({}))],
        "Save a note" => vec![Step::Calls("save_document", json!({"title": "Note", "text": "Remember the milk."}))],
        "Who am I?" => vec![Step::Calls("get_user_info", json!({}))],
        _ => says("You are welcome."),
    }
}
