//! A model that follows a script: what the user says, and what it answers to that.

use std::cell::RefCell;
use std::rc::Rc;

use deputy_models::{FinishReason, ModelError, ModelEvent, ModelMessage, ModelRequest, ToolCall};
use futures::StreamExt;
use futures::stream;
use serde_json::{Value, json};

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
        self.asked.borrow_mut().push(request.clone());
        let steps = steps(request);
        if let [Step::Breaks(error)] = steps.as_slice() {
            return Err(error.clone());
        }
        let calls = steps.iter().any(|step| matches!(step, Step::Calls(..)));
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
                    Step::Calls(name, arguments) => Ok(vec![ModelEvent::ToolCall(ToolCall {
                        id: format!("c{index}"),
                        name: name.to_owned(),
                        arguments,
                        arguments_error: None,
                    })]),
                    Step::Breaks(error) => Err(error),
                }
            }
        });
        let reason = if calls { FinishReason::ToolCalls } else { FinishReason::Stop };
        let end = vec![ModelEvent::Usage { input_tokens: 10, output_tokens: 5 }, ModelEvent::Finished(reason)];
        Ok(said.chain(stream::iter([Ok(end)])).boxed_local())
    }
}

/// The script.
fn steps(request: &ModelRequest) -> Vec<Step> {
    let asked = request.messages.iter().rev().find_map(|message| match message {
        // What the model is told beside the user's words stands behind an empty line, in brackets.
        ModelMessage::User { text } => Some(text.split_once("\n\n[Now: ").map_or(text.as_str(), |(said, _)| said)),
        _ => None,
    });
    let asked = asked.unwrap_or_default();
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
        "Be down" => vec![Step::Breaks(ModelError::Down { status: 503 })],
        "Break off" => vec![Step::Says("I was ".to_owned()), Step::Breaks(ModelError::Malformed)],
        "wait thrice" => ["one", "two", "three"]
            .map(|task| {
                let when = json!({"type": "delayed", "delayInSeconds": 60});
                Step::Calls("scheduleTask", json!({"when": when, "description": task}))
            })
            .into(),
        "What is scheduled?" => vec![Step::Calls("getScheduledTasks", json!({}))],
        "Who am I?" => vec![Step::Calls("get_user_info", json!({}))],
        _ => says("You are welcome."),
    }
}
