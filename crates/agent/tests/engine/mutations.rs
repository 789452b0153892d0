//! S-09: what was approved is what runs. Every byte of a stored call is changed, at every moment in which somebody could.

use deputy_agent::{Decision, Digest};
use serde_json::{Value, json};

use crate::support::chat::Chat;
use crate::support::model::{Act, Script, scripted};
use crate::support::world::World;

/// When the row is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// The device shows the question.
    Asked,
    /// The user has said yes, and the chat has not looked yet.
    Answered,
    /// The chat knows of the yes; the call waits for a connection.
    Approved,
}

/// A chat in which a call has come to this moment.
fn chat_at(moment: Moment) -> Chat {
    let tool = tool_of(moment);
    let call = Act::Call(tool.to_owned(), json!({"what": "shares"}));
    let script: Script = [("Go".to_owned(), vec![vec![call], vec![Act::Text("Done.".to_owned())]])].into();
    let world = World::new(move |request| scripted(&script, request));
    let mut chat = Chat::open(&world);
    chat.say("Go");
    chat.settle();
    if moment != Moment::Asked {
        assert!(chat.on_device(tool, "approved").ends_with("approved"));
    }
    if moment == Moment::Approved {
        world.advance(5_000);
        chat.poll();
        chat.settle();
        assert_eq!(chat.waiting().len(), 1, "it waits for the connection");
    }
    assert!(world.runs.borrow().is_empty());
    chat
}

fn tool_of(moment: Moment) -> &'static str {
    if moment == Moment::Approved { "trade" } else { "buy" }
}

/// The row is overwritten, the process dies, and everything that can happen does. What ran: tool and input.
fn after_overwriting(moment: Moment, with: impl FnOnce(&str) -> Option<String>) -> Option<Vec<(String, String)>> {
    let chat = chat_at(moment);
    let world = chat.world.clone();
    let (seq, body) = world.store.borrow().call_row();
    let changed = with(&body)?;
    world.store.borrow_mut().overwrite(seq, &changed);
    let mut chat = chat.crash();
    for _ in 0..3 {
        chat.settle_unchecked();
        let asked: Vec<String> = world.account.borrow().approvals.keys().cloned().collect();
        for call in asked {
            if let Some(asked) = world.account.borrow_mut().approvals.get_mut(&call)
                && asked.state == "pending"
                && moment == Moment::Asked
            {
                "approved".clone_into(&mut asked.state);
            }
        }
        world.advance(5_000);
        chat.poll();
        chat.settle_unchecked();
        chat.connect("google", &["cal".to_owned()], &["fresh".to_owned()]);
        chat.settle_unchecked();
        let waiting: Vec<String> = chat.driver.state().waiting_for("google");
        for call in waiting {
            let _ = chat.driver.answer(&call, &Decision::Continue { consented: true }, "again", None);
        }
        chat.drive();
        chat.settle_unchecked();
    }
    let runs = world.runs.borrow();
    Some(runs.iter().map(|run| (run.tool.to_owned(), run.what.clone())).collect())
}

fn as_approved(moment: Moment) -> Vec<(String, String)> {
    let what =
        if moment == Moment::Approved { "shares with fresh with approved token" } else { "shares with approved token" };
    vec![(tool_of(moment).to_owned(), what.to_owned())]
}

const MOMENTS: [Moment; 3] = [Moment::Asked, Moment::Answered, Moment::Approved];

/// S-09: each byte of the stored call in turn, with several values: nothing but the approved call ever runs, and that once.
#[test]
fn s_09_every_byte_of_a_stored_call() {
    for moment in MOMENTS {
        let unchanged = after_overwriting(moment, |body| Some(body.to_owned())).unwrap();
        assert_eq!(unchanged, as_approved(moment), "{moment:?}: unchanged it runs once");
        let length = chat_at(moment).world.store.borrow().call_row().1.len();
        assert!(length > 100, "{length}");
        let (mut tried, mut refused) = (0, 0);
        for at in 0..length {
            for value in [1_u8, 2, 4, 0x10, 0x20, 0x40] {
                let changed = after_overwriting(moment, |body| {
                    let mut bytes = body.as_bytes().to_vec();
                    bytes[at] ^= value;
                    String::from_utf8(bytes).ok()
                });
                let Some(ran) = changed else { continue };
                tried += 1;
                refused += usize::from(ran.is_empty());
                assert!(ran.is_empty() || ran == as_approved(moment), "{moment:?}, byte {at} ^ {value}: {ran:?}");
            }
        }
        assert!(tried > length * 5 && refused * 2 > tried, "{moment:?}: {refused} of {tried} were refused");
    }
}

/// S-09: whoever changes the input and makes the digest fit has another call, and that was not approved.
#[test]
fn s_09_a_digest_that_fits_the_changed_call_is_not_the_approved_one() {
    for moment in MOMENTS {
        for (tool, input) in
            [(tool_of(moment), json!({"what": "cheques"})), ("trade", json!({"what": "shares", "bytes": 1}))]
        {
            let ran = after_overwriting(moment, |body| {
                let mut row: Value = serde_json::from_str(body).unwrap();
                let call = &mut row["call_requested"]["call"];
                call["tool"] = json!(tool);
                call["input"] = input.clone();
                call["digest"] = json!(Digest::of(tool, &input, "user|1").as_str());
                Some(row.to_string())
            });
            assert_eq!(ran.unwrap(), [], "{moment:?}, {tool} {input}");
        }
        let other_account = after_overwriting(moment, |body| {
            let digest = Digest::of(tool_of(moment), &json!({"what": "shares"}), "user|2");
            let mut row: Value = serde_json::from_str(body).unwrap();
            row["call_requested"]["call"]["digest"] = json!(digest.as_str());
            Some(row.to_string())
        });
        assert_eq!(other_account.unwrap(), [], "{moment:?}: another account's call");
    }
}
