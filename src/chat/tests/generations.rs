//! Pages of every generation, side by side in one chat: in the end each shows what the server keeps.

use serde_json::json;

use super::client::Generation;
use super::screen::Page;
use super::stage::Stage;
use crate::account::ChatEvent;

/// One page of every generation.
fn pages(stage: &Stage) -> Vec<Page<'_>> {
    Generation::ALL.map(|generation| Page::open(stage, generation)).into()
}

#[track_caller]
fn all_agree(pages: &[Page<'_>]) {
    pages.iter().for_each(Page::agrees);
}

/// Plays a scene once for each generation that acts in it, with pages of all generations watching.
fn each(scene: impl Fn(&Stage, &Page<'_>, &[Page<'_>])) {
    for actor in 0..Generation::ALL.len() {
        let stage = Stage::new();
        let pages = pages(&stage);
        scene(&stage, &pages[actor], &pages);
        stage.pass(5_000);
        all_agree(&pages);
    }
}

#[test]
fn a_question_and_its_answer() {
    each(|stage, page, pages| {
        page.say("Think");
        all_agree(pages);
        page.say("Tell me a story");
        stage.pass(5_000);
        all_agree(pages);
        page.say("Be down");
    });
}

#[test]
fn a_stopped_answer() {
    each(|stage, page, _| {
        let turn = page.say("Tell me a story");
        stage.pass(250);
        page.client().cancel(&turn);
    });
}

#[test]
fn questions_of_all_at_once() {
    each(|stage, page, pages| {
        page.say("Tell me a story");
        stage.pass(150);
        pages.iter().for_each(|page| drop(page.say("Thanks")));
    });
}

#[test]
fn a_page_that_is_loaded_in_the_middle_of_an_answer() {
    each(|stage, page, _| {
        page.say("Tell me a story");
        stage.pass(350);
        let late = pages(stage);
        stage.pass(5_000);
        all_agree(&late);
    });
}

#[test]
fn cf_18_a_yes_and_a_no() {
    for yes in [true, false] {
        each(|stage, page, pages| {
            page.say("Weather in Paris");
            all_agree(pages);
            page.decide(yes);
            stage.pass(100);
        });
    }
}

#[test]
fn cf_18_a_yes_of_another_page_than_the_one_that_asked() {
    for asker in Generation::ALL {
        each(|stage, page, pages| {
            let other = pages.iter().find(|page| page.client().generation() == asker).unwrap();
            other.say("Weather in Paris");
            page.look();
            page.decide(true);
            stage.pass(100);
            all_agree(pages);
            page.say("Thanks");
        });
    }
}

#[test]
fn tv_14_a_card_and_a_consent_that_continues_by_itself() {
    each(|stage, page, pages| {
        page.say("Am I free tomorrow at 9?");
        all_agree(pages);
        stage.platform().host().world(|_| Ok(deputy_http::response(200, r#"{"calendars":{"primary":{"busy":[]}}}"#)));
        stage.platform().account().now(|account| account.connected.push("google-oauth2".to_owned()));
        stage.call(ChatEvent::ConnectionChanged { connection: "google-oauth2".to_owned(), connected: true });
        all_agree(pages);
        page.say("Thanks");
    });
}

#[test]
fn tv_14_a_card_and_a_resume_before_and_after_the_consent() {
    each(|stage, page, pages| {
        page.say("Am I free tomorrow at 9?");
        page.resume();
        stage.pass(2_000);
        all_agree(pages);
        stage.platform().host().world(|_| Ok(deputy_http::response(200, r#"{"calendars":{"primary":{"busy":[]}}}"#)));
        stage.platform().account().now(|account| account.connected.push("google-oauth2".to_owned()));
        page.resume();
        stage.pass(2_000);
        all_agree(pages);
        assert_eq!(stage.platform().host().sent("freeBusy").len(), 1);
    });
}

#[test]
fn a_clear() {
    each(|stage, page, pages| {
        page.say("Thanks");
        page.say("Tell me a story");
        stage.pass(250);
        page.client().send(&json!({"type": "cf_agent_chat_clear"}));
        page.clear();
        all_agree(pages);
        page.say("Thanks");
    });
}

#[test]
fn a_scheduled_task() {
    each(|stage, page, pages| {
        page.say("wait 60 to stretch");
        stage.pass(61_000);
        all_agree(pages);
    });
}

#[test]
fn a_process_that_dies_in_the_middle_of_an_answer() {
    for generation in Generation::ALL {
        let stage = Stage::new();
        Page::open(&stage, generation).say("Tell me a story");
        stage.pass(450);
        stage.crash();
        let pages = pages(&stage);
        stage.pass(40_000);
        all_agree(&pages);
        pages[0].say("Thanks");
        all_agree(&pages);
    }
}
