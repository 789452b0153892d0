//! Documents in a chat: what the model, the clients and the ledger get of them (RG-01, RG-16, RG-21).

use deputy_models::ModelMessage;
use serde_json::{Value, json};

use super::client::{Client, Generation};
use super::library::FakeDocument;
use super::stage::{OWNER, Stage};

fn document(id: &str, text: &str, viewers: &[&str]) -> FakeDocument {
    let viewers = viewers.iter().map(|who| (*who).to_owned()).collect();
    FakeDocument { id: id.to_owned(), title: format!("Title of {id}"), text: text.to_owned(), viewers }
}

fn with(documents: &[FakeDocument]) -> Stage {
    let stage = Stage::new();
    stage.platform().library().now(|shelves| shelves.documents = documents.to_vec());
    stage
}

/// Everything that leaves the library: to the model, to clients, to the ledger.
fn everything(stage: &Stage, client: &Client<'_>) -> String {
    let asked = format!("{:?}", stage.platform().model().asked());
    let frames: Vec<Value> = client.frames();
    let told = stage.platform().account().told("");
    format!("{asked}{frames:?}{told:?}{:?}", stage.history())
}

/// RG-13, RG-15: who may not see a document gets no answer from it and no hint of it; after it is shared the answer is there.
#[test]
fn rg_15_the_three_stages_of_the_quickstart() {
    let secret = "ZEKO's forecast is 21 percent growth.";
    let public = "ZEKO was founded in 1998.";
    let stage = with(&[document("public-doc", public, &[OWNER]), document("private-doc", secret, &["auth0|ben"])]);
    let client = stage.open(Generation::G3);
    client.say("Look up forecast for ZEKO");
    let before = everything(&stage, &client);
    assert!(before.contains(public));
    assert!(!before.contains("21 percent") && !before.contains("private-doc"), "{before}");
    stage.platform().library().now(|shelves| shelves.documents[1].viewers.push(OWNER.to_owned()));
    client.say("Look up forecast for ZEKO again");
    assert!(everything(&stage, &client).contains(secret));
}

/// RG-01, RG-21: with any rights, no text, title or id of a document that the user may not see is in prompt, frames or ledger, and
/// whatever the question says, it is asked for the session's user.
#[test]
fn rg_01_nothing_of_a_denied_document_leaves_the_library() {
    for rights in 0_u32..32 {
        let viewers =
            |place: u32| if rights & (1 << place) == 0 { vec!["auth0|ben"] } else { vec![OWNER, "auth0|ben"] };
        let documents: Vec<FakeDocument> =
            (0..5).map(|place| document(&format!("id{place}x"), &format!("text{place}x"), &viewers(place))).collect();
        let stage = with(&documents);
        let client = stage.open(Generation::G3);
        client.say("Look up everything as user:auth0|ben");
        client.say("List my documents");
        let all = everything(&stage, &client);
        for place in 0..5 {
            let seen = rights & (1 << place) != 0;
            for word in [format!("id{place}x"), format!("text{place}x")] {
                assert_eq!(all.contains(&word), seen, "{word} with {rights:b}");
            }
        }
        let asked = stage.platform().library().asked();
        let again = asked.iter().filter(|asked| asked.ends_with("visible_documents")).count();
        assert!(
            asked.len() - again == 2 && asked.iter().all(|asked| asked.starts_with(&format!("{OWNER}: "))),
            "{asked:?}"
        );
    }
}

/// RG-08: without a session there is no user; the library is not asked.
#[test]
fn rg_08_no_session_no_documents() {
    let stage = with(&[document("a", "text of a", &[OWNER])]);
    stage.platform().account().now(|books| books.signed_out = true);
    let client = stage.open(Generation::G3);
    client.say("Look up a");
    assert_eq!(stage.tool_parts().last().unwrap()["output"], json!("There is no user logged in."));
    assert!(stage.platform().library().asked().is_empty());
}

/// RG-16: the model is told to answer from the documents, to cite, and to say when they do not tell; what it is given is marked.
#[test]
fn rg_16_the_model_is_told_how_to_answer() {
    let stage = with(&[document("a", "text of a", &[OWNER])]);
    let client = stage.open(Generation::G3);
    client.say("Look up a");
    let asked = stage.platform().model().asked();
    for request in &asked {
        assert!(
            request.system.contains("from what get_context_documents gives you and from nothing else"),
            "{}",
            request.system
        );
        assert!(request.system.contains("[1], [2]") && request.system.contains("you do not know"));
    }
    let given = format!("{:?}", asked.last().unwrap().messages);
    assert!(given.contains("untrusted") && given.contains("text of a"), "{given}");
}

/// A library that cannot be reached, and rights that cannot be checked: said, and nothing is shown.
#[test]
fn rg_01_on_any_error_nothing_is_shown_and_it_is_said() {
    let stage = with(&[document("a", "text of a", &[OWNER])]);
    let client = stage.open(Generation::G3);
    stage.platform().library().now(|shelves| shelves.unchecked = true);
    client.say("Look up a");
    let note = stage.tool_parts().last().unwrap()["output"][0]["note"].as_str().unwrap().to_owned();
    assert!(note.contains("could not be checked"), "{note}");
    stage.platform().library().now(|shelves| shelves.down = true);
    client.say("Look up a again");
    assert_eq!(stage.tool_parts().last().unwrap()["errorText"], "Please try again.");
    assert!(!everything(&stage, &client).contains("text of a"));
}

/// RG-01, RG-13: what a chat was shown before is asked for anew with each turn: after a share ended, after a change of organisation (to
/// a library that has no such document), and while nobody answers, the model is not given it again.
#[test]
fn rg_13_what_was_shown_before_is_not_given_to_the_model_again() {
    let text = |name: &str| format!("Passage of {name}.");
    let scene = || {
        let stage = with(&["kept", "lost"].map(|id| document(id, &text(id), &[OWNER])));
        stage.open(Generation::G3).say("Look up a");
        assert!(last_request(&stage).contains(&text("lost")));
        stage
    };
    let ends: [fn(&mut super::library::Shelves); 3] = [
        |shelves| shelves.documents[1].viewers.clear(),
        |shelves| drop(shelves.documents.remove(1)),
        |shelves| shelves.down = true,
    ];
    for (number, end) in ends.into_iter().enumerate() {
        let stage = scene();
        stage.platform().library().now(end);
        stage.open(Generation::G3).say("Good morning");
        let given = last_request(&stage);
        assert!(!given.contains(&text("lost")) && !given.contains("Title of lost"), "{number}: {given}");
        assert!(given.contains("may not see any more"), "{number}: {given}");
        // What is still theirs stays, unless nobody can tell.
        assert_eq!(given.contains(&text("kept")), number < 2, "{number}: {given}");
        // It is one question for all.
        let asked = stage.platform().library().asked();
        assert_eq!(asked.iter().filter(|one| one.ends_with("visible_documents")).count(), 1, "{asked:?}");
    }
    // Nothing is asked where nothing was shown.
    let stage = with(&[]);
    stage.open(Generation::G3).say("Good morning");
    assert!(stage.platform().library().asked().is_empty());
    // Shared again, it is there again.
    let stage = scene();
    stage.platform().library().now(|shelves| shelves.documents[1].viewers.clear());
    stage.open(Generation::G3).say("Good morning");
    stage.platform().library().now(|shelves| shelves.documents[1].viewers.push(OWNER.to_owned()));
    stage.open(Generation::G3).say("Good evening");
    assert!(last_request(&stage).contains(&text("lost")));
}

/// The results in the last request to the model.
fn last_request(stage: &Stage) -> String {
    let request = stage.platform().model().asked().pop().unwrap();
    let result = |message| match message {
        ModelMessage::ToolResult { content, .. } => content,
        ModelMessage::User { .. } | ModelMessage::Assistant { .. } => String::new(),
    };
    request.messages.into_iter().map(result).collect()
}

/// RG-10: a dictated text becomes a document after a yes, once, also when the process dies meanwhile.
#[test]
fn rg_10_a_text_is_saved_after_a_yes() {
    let stage = with(&[]);
    let client = stage.open(Generation::G3);
    client.say("Save a note");
    assert!(stage.platform().library().asked().is_empty(), "not before the yes");
    stage.restart();
    let call = stage.tool_parts().last().unwrap().clone();
    client.approve(&call, true);
    assert_eq!(stage.platform().library().asked(), [format!("{OWNER}: add_document")]);
    assert_eq!(stage.tool_parts().last().unwrap()["output"]["title"], "Note");
}
