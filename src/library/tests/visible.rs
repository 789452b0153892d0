//! Which of the documents that were shown before may still be seen.

use super::service::{SETTINGS, Service};
use super::taken::takes_no_writes;
use super::*;

fn visible(library: &Core<FakeHost>, who: &str, ids: &[&str]) -> Vec<String> {
    let ids = ids.iter().map(|id| (*id).to_owned()).collect();
    ask(library, VisibleDocuments { who: person(who), ids }).unwrap()
}

/// RG-13: the ids that somebody may see, and no other: with the embedded evaluator and with a service.
#[test]
fn rg_13_only_what_may_be_seen_is_visible() {
    for settings in [SETTINGS, &[]] {
        let host = FakeHost::new();
        let service = Service::of(&host);
        let library = library(&host, settings);
        for id in ["own", "shared", "removed"] {
            add(&library, "ana", id, None).unwrap();
        }
        add(&library, "cy", "foreign", None).unwrap();
        for id in ["shared", "removed"] {
            share(&library, "ana", id, email("bo@example.com")).unwrap();
        }
        let all = ["own", "shared", "removed", "foreign", "nothing", "no id", "", "doc:shared", "shared#viewer"];
        assert_eq!(visible(&library, "bo", &all), ["shared", "removed"]);
        assert_eq!(visible(&library, "ana", &all), ["own", "shared", "removed"]);
        assert_eq!(visible(&library, "di", &all), [""; 0]);
        // Its tuples are there still.
        takes_no_writes(&service);
        host.let_sleeps_pass();
        ask(&library, RemoveDocument { who: person("ana"), id: "removed".to_owned() }).unwrap();
        assert_eq!(service.has("user:auth0|bo", "viewer", "doc:removed"), !settings.is_empty());
        assert_eq!(visible(&library, "bo", &all), ["shared"]);
        assert_eq!(visible(&library, "ana", &all), ["own", "shared"]);
        // And so are those of a share that has ended.
        let shared = shares(&library, "ana", "shared").unwrap().remove(0);
        unshare(&library, "ana", "shared", &shared.id).unwrap();
        assert_eq!(visible(&library, "bo", &all), [""; 0]);
        assert_eq!(visible(&library, "ana", &all), ["own", "shared"]);
    }
}

/// RG-13: tuples of a document that was removed, which somebody else has written again.
#[test]
fn rg_13_a_removed_document_is_visible_to_nobody() {
    let host = FakeHost::new();
    let service = Service::of(&host);
    let library = library(&host, SETTINGS);
    add(&library, "ana", "plan", None).unwrap();
    ask(&library, RemoveDocument { who: person("ana"), id: "plan".to_owned() }).unwrap();
    service.write("user:auth0|bo", "viewer", "doc:plan");
    assert!(visible(&library, "bo", &["plan"]).is_empty());
}

/// RG-13: while nobody answers nothing is visible, and nobody is asked again and again.
#[test]
fn rg_13_nothing_is_visible_while_nobody_answers() {
    let host = FakeHost::new();
    host.let_sleeps_pass();
    let service = Service::of(&host);
    let library = library(&host, SETTINGS);
    add(&library, "ana", "plan", None).unwrap();
    let ids: Vec<String> = (0..120).map(|number| format!("d{number}")).chain(["plan".to_owned()]).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    service.take_calls();
    assert_eq!(visible(&library, "ana", &ids), ["plan"]);
    assert_eq!(service.count("batch-check"), 3, "50 at a time");
    service.is_down();
    service.take_calls();
    assert!(visible(&library, "ana", &ids).is_empty());
    assert_eq!(service.count("batch-check"), 2, "one page, and once more");
}
