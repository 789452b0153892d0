use std::task::{Context, Waker};

use futures::FutureExt;

use super::service::{SETTINGS, STORE, Service, refusal, unreachable};
use super::*;

/// The process dies when it has sent tuples to the service, before they arrive: what was asked is never answered.
fn dies<R: LibraryRequest>(host: &FakeHost, library: &Core<FakeHost>, request: R) {
    let body = serde_json::to_string(&request).unwrap();
    let mut asked = Box::pin(dispatch(library, R::NAME, &body));
    let before = host.sent("/write").len();
    while host.sent("/write").len() == before {
        assert!(asked.poll_unpin(&mut Context::from_waker(Waker::noop())).is_pending());
    }
}

fn upload(id: &str, folder: Option<&str>) -> AddDocument {
    AddDocument {
        who: person("ana"),
        title: "Plan".to_owned(),
        text: format!("The secret of {id}."),
        media_type: "text/plain".to_owned(),
        folder: folder.map(str::to_owned),
        id: Some(id.to_owned()),
    }
}

fn alarms(host: &FakeHost) -> usize {
    host.take_told().iter().filter(|(name, _)| name == "alarm").count()
}

/// RG-09: an upload writes the owner's tuple, with the folder's in one call, and the uploader can read it at once.
#[test]
fn rg_09_an_upload_writes_its_tuples() {
    let host = FakeHost::new();
    let service = Service::of(&host);
    let library = library(&host, SETTINGS);
    let plans = folder(&library, "ana", "Plans", None);
    service.take_calls();
    add(&library, "ana", "plan", Some(&plans)).unwrap();
    assert!(service.has("user:auth0|ana", "owner", "doc:plan"));
    assert!(service.has(&format!("folder:{plans}"), "parent", "doc:plan"));
    assert_eq!(service.count("write"), 1);
    assert!(sees(&library, "ana", "plan") && !sees(&library, "bo", "plan"));
    ask(&library, RemoveDocument { who: person("ana"), id: "plan".to_owned() }).unwrap();
    assert_eq!(service.tuples(), [format!("folder:{plans}#owner@user:auth0|ana")]);
}

/// RG-09: a process that dies after the row and before the tuple. Until the tuple is there nobody sees the document, not even through
/// its folder; the alarm that was set before the call brings it there.
#[test]
fn rg_09_a_death_between_row_and_tuple_is_repaired() {
    let host = FakeHost::new();
    let service = Service::of(&host);
    let first = library(&host, SETTINGS);
    let plans = folder(&first, "ana", "Plans", None);
    share(&first, "ana", &plans, ShareWith::Everybody).unwrap();
    host.take_told();
    // The call never arrives.
    dies(&host, &first, upload("plan", Some(&plans)));
    drop(first);
    assert!(!service.has("user:auth0|ana", "owner", "doc:plan"));
    assert_eq!(alarms(&host), 1);

    let again = library(&host, SETTINGS);
    assert_eq!(refused(read(&again, "ana", "plan")), code(503, "rights_not_settled"));
    assert_eq!(refused(read(&again, "bo", "plan")), refused(read(&again, "bo", "nothing")));
    assert!(!sees(&again, "bo", "plan"));
    block_on(again.settle()).unwrap();
    assert!(sees(&again, "ana", "plan") && sees(&again, "bo", "plan"));
    service.take_calls();
    block_on(again.settle()).unwrap();
    assert_eq!(service.count("write"), 0, "what is confirmed is not sent again");
}

/// The same at a removal: the document is gone with its row, and its tuples follow.
#[test]
fn rg_09_a_death_in_a_removal_is_repaired() {
    let host = FakeHost::new();
    let service = Service::of(&host);
    let first = library(&host, SETTINGS);
    add(&first, "ana", "plan", None).unwrap();
    share(&first, "ana", "plan", ShareWith::Everybody).unwrap();
    dies(&host, &first, RemoveDocument { who: person("ana"), id: "plan".to_owned() });
    drop(first);
    assert_eq!(service.tuples().len(), 2);
    let again = library(&host, SETTINGS);
    assert!(!sees(&again, "ana", "plan") && !sees(&again, "bo", "plan"));
    block_on(again.settle()).unwrap();
    assert!(service.tuples().is_empty());
}

/// A service that is down at an upload: nothing is left of it, here or there, whatever became of the call.
#[test]
fn rg_09_an_upload_that_cannot_be_told_is_undone() {
    let host = FakeHost::new();
    host.let_sleeps_pass();
    let service = Service::of(&host);
    let library = library(&host, SETTINGS);
    service.trouble(|path, _| (path == "write").then(unreachable));
    assert_eq!(refused(ask(&library, upload("plan", None))), code(503, "fga_down"));
    assert!(!host.dump().contains("The secret of plan"));
    assert!(alarms(&host) > 0);
    service.works();
    host.pass(3_600_000);
    block_on(library.settle()).unwrap();
    assert!(service.tuples().is_empty() && library.rights.next_try().unwrap().is_none());
    ask(&library, upload("plan", None)).unwrap();
    assert!(sees(&library, "ana", "plan"));
}

/// A service whose model refuses one tuple of two: neither of them stays, nor the document, and other changes are not held up.
#[test]
fn rg_09_a_change_that_is_refused_in_part_leaves_nothing() {
    let model = "model\n  schema 1.1\n\ntype user\n\ntype folder\n  relations\n    define owner: [user]\n\ntype doc\n  relations\n    define owner: [user]\n    define viewer: [user]\n    define can_view: owner or viewer\n";
    let host = FakeHost::new();
    let service = Service::with_model(&host, model);
    let library = library(&host, &[SETTINGS, &[("FGA_RELATION", "owner")]].concat());
    let plans = folder(&library, "ana", "Plans", None);
    let before = service.tuples();
    let (status, problem) = refused(ask(&library, upload("plan", Some(&plans))));
    assert!(status == 503 && problem.starts_with("fga_"), "{problem}");
    assert_eq!(service.tuples(), before);
    assert!(!host.dump().contains("The secret of plan") && library.rights.next_try().unwrap().is_none());
    // `viewer: [user]` takes no `user:*`: it is not shared, and not listed as if it were.
    ask(&library, upload("plan", None)).unwrap();
    assert_eq!(refused(share(&library, "ana", "plan", ShareWith::Everybody)).0, 503);
    assert!(shares(&library, "ana", "plan").unwrap().is_empty() && library.rights.next_try().unwrap().is_none());
}

/// Unsharing is at once, also while the service takes no writes: what it would still allow is not asked.
#[test]
fn rg_12_unsharing_does_not_wait_for_the_service() {
    let host = FakeHost::new();
    host.let_sleeps_pass();
    let service = Service::of(&host);
    let library = library(&host, SETTINGS);
    let plans = folder(&library, "ana", "Plans", None);
    for id in ["one", "all"] {
        add(&library, "ana", id, None).unwrap();
    }
    add(&library, "ana", "within", Some(&plans)).unwrap();
    let one = share(&library, "ana", "one", email("bo@example.com")).unwrap();
    let all = share(&library, "ana", "all", ShareWith::Everybody).unwrap();
    let inside = share(&library, "ana", &plans, email("bo@example.com")).unwrap();
    let ids = [("one", "one", &one), ("all", "all", &all), ("within", plans.as_str(), &inside)];
    assert!(ids.iter().all(|(id, ..)| sees(&library, "bo", id)));
    service.trouble(|path, _| (path == "write").then(|| Ok(refusal(500, "internal_error"))));
    for (id, shared, share) in ids {
        unshare(&library, "ana", shared, &share.id).unwrap();
        assert!(!sees(&library, "bo", id), "{id}");
    }
    assert!(service.has("user:auth0|bo", "viewer", "doc:one"), "the service does not know yet");
    assert!(sees(&library, "ana", "one"));
    service.works();
    host.pass(3_600_000);
    block_on(library.settle()).unwrap();
    assert!(!service.tuples().iter().any(|tuple| tuple.contains("viewer")));
    assert!(ids.iter().all(|(id, ..)| sees(&library, "ana", id) && !sees(&library, "bo", id)));
}

/// What is there already, or not there any more, is done: also at a server that knows no `ignore`.
#[test]
fn rg_09_writes_and_deletes_may_be_made_twice() {
    let host = FakeHost::new();
    let service = Service::of(&host);
    let library = library(&host, SETTINGS);
    service.write("user:auth0|ana", "owner", "doc:plan");
    add(&library, "ana", "plan", None).unwrap();
    let strict = service.clone();
    service.trouble(move |path, body| {
        let key = &body["writes"]["tuple_keys"][0];
        let there = key["relation"].as_str().is_some_and(|relation| {
            strict.has(key["user"].as_str().unwrap(), relation, key["object"].as_str().unwrap())
        });
        (path == "write" && there).then(|| Ok(refusal(400, "write_failed_due_to_invalid_input")))
    });
    service.write("user:auth0|ana", "owner", "doc:second");
    add(&library, "ana", "second", None).unwrap();
    assert!(sees(&library, "ana", "second") && library.rights.next_try().unwrap().is_none());
}

/// A service that decides for the first time is told what there is, 40 tuples a call, and until then nobody sees anything.
#[test]
fn rg_02_a_service_that_is_new_is_told_everything() {
    let host = FakeHost::new();
    let embedded = library(&host, &[]);
    for number in 0..45 {
        add(&embedded, "ana", &format!("d{number}"), None).unwrap();
    }
    share(&embedded, "ana", "d7", ShareWith::Everybody).unwrap();
    drop(embedded);
    let service = Service::of(&host);
    alarms(&host);
    let remote = library(&host, SETTINGS);
    assert_eq!(alarms(&host), 1, "whether or not anybody changes anything");
    assert!(!sees(&remote, "bo", "d7"));
    block_on(remote.settle()).unwrap();
    assert_eq!(service.tuples().len(), 46);
    let sizes: Vec<_> = service
        .take_calls()
        .iter()
        .filter(|(path, _)| path == "write")
        .map(|(_, body)| body["writes"]["tuple_keys"].as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [40, 6]);
    assert!(sees(&remote, "ana", "d44") && sees(&remote, "bo", "d7") && !sees(&remote, "bo", "d8"));
    // And back: the tuples are the library's own.
    let embedded = library(&host, &[]);
    assert!(sees(&embedded, "bo", "d7") && !sees(&embedded, "bo", "d8"));
}

/// RG-02: what another service refused and the library took back may be in the one that decided before: that is told when it decides
/// again.
#[test]
fn rg_02_what_was_taken_back_is_deleted_where_it_was_told_before() {
    let host = FakeHost::new();
    let first = Service::of(&host);
    let one = library(&host, SETTINGS);
    add(&one, "ana", "plan", None).unwrap();
    share(&one, "ana", "plan", ShareWith::Everybody).unwrap();
    drop(one);
    // It takes no `user:*`.
    let model = "model\n  schema 1.1\n\ntype user\n\ntype doc\n  relations\n    define owner: [user]\n    define viewer: [user]\n    define can_view: owner or viewer\n";
    let _second = Service::with_model(&host, model);
    let other = library(&host, &[("FGA_API_URL", "https://other.example"), ("FGA_STORE_ID", STORE)]);
    let _ = block_on(other.settle());
    assert_eq!(refused(share(&other, "ana", "plan", ShareWith::Everybody)).0, 503);
    assert!(shares(&other, "ana", "plan").unwrap().is_empty());
    drop(other);
    first.answers(&host);
    assert!(first.has("user:*", "viewer", "doc:plan"));
    let again = library(&host, SETTINGS);
    assert!(!sees(&again, "bo", "plan"), "not before it is told, either");
    block_on(again.settle()).unwrap();
    assert!(!first.has("user:*", "viewer", "doc:plan") && !sees(&again, "bo", "plan") && sees(&again, "ana", "plan"));
}
