//! Waits that the conversation went past: two of them, answered in either order, with messages between and a process that
//! dies anywhere, by a page of every generation.

use serde_json::Value;

use super::client::Generation;
use super::screen::Page;
use super::stage::Stage;
use crate::account::ChatEvent;

const WEATHER: &str = "getWeatherInformation";
const GOOGLE: &str = "google-oauth2";

/// What happens, one after the other. A process may die after each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    /// The user writes.
    Say(&'static str),
    /// Yes to the question about the weather.
    Yes,
    /// The account is connected on Deputy's own pages.
    Consent,
}

const ASKED: [Act; 4] =
    [Act::Say("Weather in Paris"), Act::Say("Thanks"), Act::Say("Am I free tomorrow at 9?"), Act::Say("Hello")];
const ANSWERED: [[Act; 3]; 2] =
    [[Act::Yes, Act::Say("Thanks"), Act::Consent], [Act::Consent, Act::Say("Thanks"), Act::Yes]];

/// Two parked waits, answered in any order, with messages between (CF-13, CF-18, TV-14).
#[test]
fn cf_18_tv_14_two_parked_waits_in_either_order_on_every_generation() {
    for generation in Generation::ALL {
        for answers in ANSWERED {
            play(generation, answers, None);
        }
    }
}

/// The same, and the process dies after each thing that happens (S-10, CF-13).
#[test]
fn s_10_two_parked_waits_across_kills_on_every_generation() {
    for generation in Generation::ALL {
        for answers in ANSWERED {
            for kill in 0..ASKED.len() + answers.len() {
                play(generation, answers, Some(kill));
            }
        }
    }
}

fn play(generation: Generation, answers: [Act; 3], kill: Option<usize>) {
    let about = format!("{generation:?}, {answers:?}, dies after {kill:?}");
    let stage = Stage::new();
    let mut page = Page::open(&stage, generation);
    for (index, act) in ASKED.into_iter().chain(answers).enumerate() {
        match act {
            Act::Say(text) => drop(page.say(text)),
            Act::Yes => page.decide_about(WEATHER, true),
            Act::Consent => consent(&stage),
        }
        if kill == Some(index) {
            stage.crash();
            page = Page::open(&stage, generation);
        } else {
            page.look();
        }
        if index == ASKED.len() - 1 {
            let waits = stage.tool_parts().iter().filter(|part| is_open(part)).count();
            assert_eq!(waits, 2, "{about}: both wait, and the chat went on");
        }
    }
    stage.pass(60_000);
    page.agrees();
    Page::open(&stage, generation).agrees();

    let parts = stage.tool_parts();
    let outputs: Vec<&Value> = parts.iter().filter(|part| part["state"] == "output-available").collect();
    assert_eq!(outputs.len(), 2, "{about}: {parts:?}");
    assert_eq!(stage.platform().host().sent("freeBusy").len(), 1, "{about}: the calendar is asked once");
    let reports = stage.texts().iter().filter(|text| text.contains("It says: ")).count();
    assert_eq!(reports, 2, "{about}: each is reported once: {:?}", stage.texts());
    let asked = stage.texts().iter().filter(|text| *text == "Thanks").count();
    assert_eq!(asked, 2, "{about}: what the user wrote is there once");
}

fn is_open(part: &Value) -> bool {
    matches!(part["state"].as_str(), Some("input-available" | "approval-requested"))
}

fn consent(stage: &Stage) {
    stage.platform().host().world(|_| Ok(deputy_http::response(200, r#"{"calendars":{"primary":{"busy":[]}}}"#)));
    stage.platform().account().now(|account| account.connected.push(GOOGLE.to_owned()));
    stage.call(ChatEvent::ConnectionChanged { connection: GOOGLE.to_owned(), connected: true });
}
