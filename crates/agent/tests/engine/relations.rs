//! Relations of the user to what a call is about (SD-10, RG-21): who is asked for, when, and who is offered what.

use deputy_agent::{Authority, Digest, Effect, Related, Relation, Ruling, Unrelated, rule};
use serde_json::json;

use crate::support::chat::Chat;
use crate::support::model::{Act, place};
use crate::support::world::World;

fn calling(tool: &'static str) -> World {
    World::new(move |request| match place(request).1 {
        0 => vec![Act::Call(tool.to_owned(), json!({"what": "7", "user": "user|2"}))],
        _ => vec![Act::Text("So it is.".to_owned())],
    })
}

fn offered(world: &World) -> bool {
    world.requests.borrow().last().unwrap().tools.iter().any(|tool| tool.name == "close")
}

/// RG-21: whatever the model says, the question is about the user of the session; each attempt asks, and none more than once.
#[test]
fn rg_21_the_question_is_about_the_verified_user() {
    let world = calling("share");
    world.account.borrow_mut().relations.insert("owner doc:7".to_owned());
    let mut chat = Chat::open(&world);
    chat.say("Share it as user|2");
    chat.settle();
    let asked = |world: &World| {
        let checked = world.account.borrow().checked.clone();
        checked.into_iter().filter(|asked| !asked.contains("team:finance")).collect::<Vec<_>>()
    };
    assert_eq!(asked(&world), ["user|1 owner doc:7"]);
    chat.finish();
    assert_eq!(asked(&world), ["user|1 owner doc:7", "user|1 owner doc:7"], "once before the yes, once after it");
    assert_eq!(world.runs.borrow().len(), 1);
}

/// SD-10: what is offered depends on the relation, asked anew for each turn; without an answer or a session it is not offered.
#[test]
fn sd_10_a_tool_is_offered_to_those_who_stand_in_the_relation() {
    let world = World::new(|_| vec![Act::Text("Hello.".to_owned())]);
    let mut chat = Chat::open(&world);
    let mut offered_when = |change: &dyn Fn(&World)| {
        change(&world);
        chat.say("Hello");
        chat.settle();
        offered(&world)
    };
    assert!(!offered_when(&|_| {}));
    assert!(offered_when(&|world| {
        world.account.borrow_mut().relations.insert("member team:finance".to_owned());
    }));
    assert!(!offered_when(&|world| world.account.borrow_mut().fga_down = true));
    assert!(offered_when(&|world| world.account.borrow_mut().fga_down = false));
    assert!(!offered_when(&|world| world.account.borrow_mut().signed_out = true));
}

/// A call whose relation nobody has asked about is not permitted, whatever else was said to it.
#[test]
fn sd_10_the_rule_needs_an_answer_to_every_relation() {
    let digest = Digest::of("view", &json!({}), "a");
    let declared = [Authority::Relation(Relation::of("can_view", "doc", "7"))];
    let ruled = |related| {
        let yes = deputy_agent::Answers { confirmed: true, approved: true, again: false, related };
        rule(Effect::Sends, &declared, &digest, yes)
    };
    assert_eq!(ruled(Related::Unasked), Ruling::Refused(Unrelated::Unchecked));
    for why in Unrelated::ALL {
        assert_eq!(ruled(Related::Refused(why)), Ruling::Refused(why));
    }
    assert!(matches!(ruled(Related::Allowed), Ruling::Permitted(_)));
}
