//! While the service does not know of every change: what is refused, to whom, and what it tells.

use super::service::{SETTINGS, STORE, Service};
use super::taken::{begin, says_yes_late, takes_no_writes, until};
use super::*;

fn change(library: &Core<FakeHost>, id: &str, folder: Option<&str>) -> Result<DocumentView, Refusal> {
    let folder = Some(folder.map(str::to_owned));
    ask(library, ChangeDocument { who: person("ana"), id: id.to_owned(), title: None, folder })
}

fn scene() -> (FakeHost, Service, Core<FakeHost>) {
    let host = FakeHost::new();
    host.let_sleeps_pass();
    let service = Service::of(&host);
    let library = library(&host, SETTINGS);
    (host, service, library)
}

/// RG-09: a folder's tuple that waits to be deleted holds up what is in that folder, and nothing else.
#[test]
fn rg_09_a_pending_folder_refuses_what_it_leads_to_and_nothing_else() {
    let (host, service, library) = scene();
    let [plans, old] = ["Plans", "Old plans"].map(|title| folder(&library, "ana", title, None));
    let inner = folder(&library, "ana", "Inner", Some(&plans));
    for (id, place) in [("apart", None), ("in-old", Some(&*old)), ("deep", Some(&*inner))] {
        add(&library, "ana", id, place).unwrap();
    }
    for (id, with) in [(&*plans, "bo"), (&old, "bo"), ("apart", "bo"), (&plans, "cy")] {
        share(&library, "ana", id, email(&format!("{with}@example.com"))).unwrap();
    }
    assert!(["apart", "in-old", "deep"].iter().all(|id| sees(&library, "bo", id)) && sees(&library, "cy", "deep"));
    takes_no_writes(&service);
    // Out of the folder that both see, into nothing.
    let moved = ChangeFolder { who: person("ana"), id: inner.clone(), title: None, parent: Some(None) };
    assert_eq!(refused(ask(&library, moved)), code(503, "rights_not_settled"));
    for who in ["ana", "bo"] {
        assert!(sees(&library, who, "apart") && sees(&library, who, "in-old"), "{who}");
    }
    assert!(!sees(&library, "bo", "deep") && !sees(&library, "cy", "deep"));
    // An ended share of a folder is the matter of whom it was for.
    let shared = shares(&library, "ana", &old).unwrap().remove(0);
    unshare(&library, "ana", &old, &shared.id).unwrap();
    assert!(!sees(&library, "bo", "in-old") && sees(&library, "bo", "apart") && sees(&library, "ana", "in-old"));
    service.works();
    host.pass(3_600_000);
    block_on(library.settle()).unwrap();
    assert!(sees(&library, "ana", "deep") && !sees(&library, "bo", "deep"));
}

/// RG-09: what has no tuple here may be led to by any folder: that stays refused.
#[test]
fn rg_09_what_nobody_can_tell_stays_refused() {
    let (_, service, library) = scene();
    let [plans, inner] = ["Plans", "Inner"].map(|title| folder(&library, "ana", title, None));
    service.write(&format!("folder:{inner}"), "parent", "doc:elsewhere");
    service.write("user:auth0|bo", "viewer", &format!("folder:{inner}"));
    let relation = || CheckRelation {
        who: person("bo"),
        relation: "can_view".to_owned(),
        object: "doc:elsewhere".to_owned(),
        context: None,
    };
    assert!(ask(&library, relation()).unwrap().allowed);
    takes_no_writes(&service);
    ask(&library, RemoveFolder { who: person("ana"), id: plans }).unwrap();
    assert!(ask(&library, relation()).unwrap().allowed, "a folder of nobody but ana takes nothing from bo");
    let shared = folder_share(&service, &library, &inner);
    unshare(&library, "ana", &inner, &shared).unwrap();
    assert!(!ask(&library, relation()).unwrap().allowed);
}

/// RG-09: a folder that somebody else has put a document into. The tuples here know of the document and not of that: while something
/// is taken from a user by any folder, a yes that nothing here explains is no.
#[test]
fn rg_09_a_folder_that_others_wrote_is_no_way_around_a_pending_delete() {
    let (host, service, library) = scene();
    let plans = folder(&library, "ana", "Plans", None);
    for id in ["within", "apart"] {
        add(&library, "ana", id, None).unwrap();
    }
    service.write(&format!("folder:{plans}"), "parent", "doc:within");
    let [shared, _] = [&*plans, "apart"].map(|id| share(&library, "ana", id, email("bo@example.com")).unwrap());
    share(&library, "ana", &plans, email("cy@example.com")).unwrap();
    assert!(sees(&library, "bo", "within") && sees(&library, "bo", "apart") && sees(&library, "cy", "within"));
    takes_no_writes(&service);
    unshare(&library, "ana", &plans, &shared.id).unwrap();
    assert!(!sees(&library, "bo", "within"), "by the tuple that is to be deleted");
    assert_eq!(refused(read(&library, "bo", "within")), refused(read(&library, "bo", "nothing")));
    // What is explained, and what is not taken from them, stays.
    assert!(sees(&library, "bo", "apart") && sees(&library, "ana", "within") && sees(&library, "cy", "within"));
    service.works();
    host.pass(3_600_000);
    block_on(library.settle()).unwrap();
    assert!(!sees(&library, "bo", "within") && sees(&library, "cy", "within"));
}

fn folder_share(service: &Service, library: &Core<FakeHost>, folder: &str) -> String {
    service.works();
    let shared = share(library, "ana", folder, ShareWith::Everybody).unwrap();
    takes_no_writes(service);
    shared.id
}

/// RG-12: while a delete is pending, who may not see something gets the answer of what is not there: by whatever it is asked for. Who
/// has a right that stands is told that it cannot be said now.
#[test]
fn rg_12_a_pending_delete_tells_nobody_of_what_is_not_theirs() {
    let (_, service, library) = scene();
    let [one, two] = ["One", "Two"].map(|title| folder(&library, "ana", title, None));
    add(&library, "ana", "plan", Some(&one)).unwrap();
    share(&library, "ana", &one, email("bo@example.com")).unwrap();
    share(&library, "ana", &two, email("cy@example.com")).unwrap();
    let all = share(&library, "ana", "plan", ShareWith::Everybody).unwrap();
    for who in ["ana", "bo", "cy", "di"] {
        assert!(sees(&library, who, "plan"), "{who}");
    }
    takes_no_writes(&service);
    assert_eq!(refused(change(&library, "plan", Some(&two))), code(503, "rights_not_settled"));
    let looks = |who: &str, id: &str| {
        let content = ReadContent { who: person(who), id: id.to_owned() };
        let passage = ReadPassage { who: person(who), id: id.to_owned(), chunk: 0 };
        let visible = VisibleDocuments { who: person(who), ids: vec![id.to_owned()] };
        assert!(ask(&library, visible).unwrap().is_empty(), "{who} {id}");
        let list = ask(&library, ListDocuments { who: person(who), folder: None }).unwrap();
        assert!(!list.documents.iter().any(|document| document.id == id));
        (
            refused(read(&library, who, id)),
            refused(ask(&library, content)),
            refused(ask(&library, passage)),
            refused(shares(&library, who, id)),
        )
    };
    assert_eq!(looks("ana", "plan").0, code(503, "rights_not_settled"));
    assert_eq!(looks("cy", "plan").0, code(503, "rights_not_settled"), "by the folder that it is in now");
    service.works();
    unshare_pending(&service, &library, &all.id);
    for who in ["bo", "di"] {
        assert_eq!(looks(who, "plan"), looks(who, "nothing"), "{who}");
        let list = ask(&library, ListDocuments { who: person(who), folder: None }).unwrap();
        assert!(!list.unchecked, "{who}");
    }
}

/// Ends the share with everybody while the service takes no writes.
fn unshare_pending(service: &Service, library: &Core<FakeHost>, share: &str) {
    takes_no_writes(service);
    // Whose it is cannot be said while the move is on its way: as a restart would, the owner comes back when that is settled.
    let _ = library.rights.change(crate::library::rights::Changes::default().delete(
        "user:*",
        crate::library::rights::VIEWER,
        "doc:plan",
    ));
    library.ports.exec("DELETE FROM shares WHERE id = ?", &[share.into()]).unwrap();
}

/// RG-12: ending a share while somebody's question is on its way. What was decided before is decided again.
#[test]
fn rg_12_an_answer_is_of_after_what_was_taken() {
    for settles in [true, false] {
        let (host, service, library) = scene();
        let plans = folder(&library, "ana", "Plans", None);
        add(&library, "ana", "plan", Some(&plans)).unwrap();
        let shared = share(&library, "ana", &plans, email("bo@example.com")).unwrap();
        assert!(sees(&library, "bo", "plan"));
        for request in ["document", "content", "list", "search"] {
            share(&library, "ana", &plans, email("bo@example.com")).unwrap();
            assert!(sees(&library, "bo", "plan"), "{request}");
            let who = person("bo");
            let mut asked = match request {
                "document" => begin(&library, ReadDocument { who, id: "plan".to_owned() }),
                "content" => begin(&library, ReadContent { who, id: "plan".to_owned() }),
                "list" => begin(&library, ListDocuments { who, folder: Some(plans.clone()) }),
                _ => begin(&library, SearchDocuments { who, query: "secret of plan".to_owned(), wanted: 5 }),
            };
            until(&mut asked, &host, if matches!(request, "document" | "list") { 2 } else { 1 });
            says_yes_late(&service, settles);
            let id = shares(&library, "ana", &plans);
            let id = id.map_or_else(|_| shared.id.clone(), |shares| shares[0].id.clone());
            unshare(&library, "ana", &plans, &id).unwrap();
            if settles {
                block_on(library.settle()).unwrap();
            }
            let shown = format!("{:?}", block_on(asked));
            assert!(!shown.contains("Title of plan") && !shown.contains("The secret"), "{settles} {request}: {shown}");
            service.works();
            host.pass(3_600_000);
            block_on(library.settle()).unwrap();
        }
    }
}

/// RG-12: whether somebody with an address has come makes no difference to its owner: not in what is answered while the service fails,
/// nor in what the service is asked meanwhile, which takes time.
#[test]
fn rg_12_sharing_again_and_ending_it_do_not_tell_of_an_account() {
    let looks = |arrives: bool, fails: bool| {
        let (_, service, library) = scene();
        add(&library, "ana", "plan", None).unwrap();
        let shared = share(&library, "ana", "plan", email("bo@example.com")).unwrap();
        if arrives {
            assert!(sees(&library, "bo", "plan"));
        }
        if fails {
            takes_no_writes(&service);
        }
        service.take_calls();
        let again = share(&library, "ana", "plan", email("bo@example.com")).map(|share| share.with);
        let again = again.map_err(|refusal| refusal.code.clone());
        let ended = unshare(&library, "ana", "plan", &shared.id).is_ok();
        let calls: Vec<_> = service.take_calls().into_iter().map(|(path, _)| path).collect();
        (again, ended, calls)
    };
    for fails in [false, true] {
        assert_eq!(looks(true, fails), looks(false, fails), "{fails}");
    }
}

/// RG-02: what was deleted while another decided, or nobody heard, is deleted where it was told when that decides again.
#[test]
fn rg_02_a_service_that_decides_again_hears_of_what_was_deleted() {
    const OTHER: &[(&str, &str)] = &[("FGA_API_URL", "https://other.example"), ("FGA_STORE_ID", STORE)];
    for between in [OTHER, &[]] {
        let host = FakeHost::new();
        host.let_sleeps_pass();
        let first = Service::of(&host);
        let open = |settings| library(&host, settings);
        let one = open(SETTINGS);
        for id in ["early", "late", "again"] {
            add(&one, "ana", id, None).unwrap();
            share(&one, "ana", id, ShareWith::Everybody).unwrap();
        }
        let end = |library: &Core<FakeHost>, id: &str| {
            let shared = shares(library, "ana", id).unwrap().remove(0);
            unshare(library, "ana", id, &shared.id).unwrap();
        };
        takes_no_writes(&first);
        end(&one, "early");
        drop(one);
        // Another decides, elsewhere.
        let _second = Service::of(&host);
        let other = open(between);
        block_on(other.settle()).unwrap();
        end(&other, "late");
        end(&other, "again");
        share(&other, "ana", "again", ShareWith::Everybody).unwrap();
        drop(other);
        first.works();
        first.answers(&host);
        let again = open(SETTINGS);
        assert!(!sees(&again, "bo", "early") && !sees(&again, "bo", "late"), "not before it is told, either");
        block_on(again.settle()).unwrap();
        assert!(!first.has("user:*", "viewer", "doc:early") && !first.has("user:*", "viewer", "doc:late"));
        assert!(!sees(&again, "bo", "early") && !sees(&again, "bo", "late") && sees(&again, "bo", "again"));
    }
}

/// RG-08: that a search or a list has an end does not tell how much there is that is not theirs; and who sees little finds it.
#[test]
fn rg_08_a_cut_tells_nothing_of_what_is_not_seen() {
    let (_, _, library) = scene();
    add(&library, "ana", "shared", None).unwrap();
    share(&library, "ana", "shared", email("bo@example.com")).unwrap();
    let words = |number: usize| format!("secret secret secret {number}");
    for number in 0..501 {
        let request = AddDocument {
            who: person("ana"),
            title: format!("Secret {number}"),
            text: words(number),
            media_type: "text/plain".to_owned(),
            folder: None,
            id: None,
        };
        ask(&library, request).unwrap();
    }
    let search = |who: &str| SearchDocuments { who: person(who), query: "secret".to_owned(), wanted: 25 };
    let foreign = ask(&library, search("cy")).unwrap();
    assert_eq!(foreign, Found::default());
    let few = ask(&library, search("bo")).unwrap();
    assert!(few.passages.len() == 1 && few.cut.is_none(), "{few:?}");
    let list = |who: &str| ask(&library, ListDocuments { who: person(who), folder: None }).unwrap();
    let (foreign, few, all) = (list("cy"), list("bo"), list("ana"));
    assert!(foreign.documents.is_empty() && !foreign.cut && !foreign.unchecked);
    assert!(few.documents.len() == 1 && !few.cut);
    assert!(all.documents.len() == 500 && all.cut);
}

/// RG-18: whoever sees more than a service lists at once is listed all of it, or told that there is more.
#[test]
fn rg_18_a_long_list_is_complete() {
    let host = FakeHost::new();
    let library = library(&host, &[]);
    for number in 0..1_101 {
        let all = crate::library::rights::Changes::default().write("user:*", "viewer", &format!("doc:d{number}"));
        library.rights.change(all).unwrap();
    }
    let seen = library.rights.list_objects("doc", "can_view", "user:auth0|bo");
    let seen = seen.unwrap().unwrap();
    assert_eq!((seen.items.len(), seen.cut_off), (1_101, None));
}
