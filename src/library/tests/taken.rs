//! What is taken from somebody while something is read: what was decided before is decided again.

use std::task::{Context, Waker};

use futures::FutureExt;
use futures::future::LocalBoxFuture;

use super::service::{SETTINGS, Service, refusal};
use super::*;

type Answered = Result<String, Refusal>;

/// A request that is on its way: goes on with [`until`].
pub fn begin<'a, R: LibraryRequest>(library: &'a Core<FakeHost>, request: R) -> LocalBoxFuture<'a, Answered> {
    let body = serde_json::to_string(&request).unwrap();
    Box::pin(async move { dispatch(library, R::NAME, &body).await })
}

/// Goes on until so many more batch checks were sent, before they are answered.
pub fn until(asked: &mut LocalBoxFuture<'_, Answered>, host: &FakeHost, checks: usize) {
    let all = host.sent("/batch-check").len() + checks;
    while host.sent("/batch-check").len() < all {
        assert!(asked.poll_unpin(&mut Context::from_waker(Waker::noop())).is_pending());
    }
}

pub fn takes_no_writes(service: &Service) {
    service.trouble(|path, _| (path == "write").then(|| Ok(refusal(500, "internal_error"))));
}

/// The service has said yes to what it was asked last, and its answer is on its way. `writes`: whether it takes writes meanwhile.
pub fn says_yes_late(service: &Service, writes: bool) {
    let late = std::cell::Cell::new(true);
    service.trouble(move |path, body| match path {
        "batch-check" if late.replace(false) => {
            let items = body["checks"].as_array().unwrap();
            let yes = |item: &serde_json::Value| {
                (item["correlation_id"].as_str().unwrap().to_owned(), serde_json::json!({"allowed": true}))
            };
            let result: serde_json::Map<_, _> = items.iter().map(yes).collect();
            Some(Ok(deputy_http::response(200, serde_json::json!({ "result": result }).to_string())))
        }
        "write" if !writes => Some(Ok(refusal(500, "internal_error"))),
        _ => None,
    });
}

/// A document of ana's that bo and cy may see.
fn scene() -> (FakeHost, Service, Core<FakeHost>) {
    let host = FakeHost::new();
    host.let_sleeps_pass();
    let service = Service::of(&host);
    let library = library(&host, SETTINGS);
    add(&library, "ana", "plan", None).unwrap();
    for who in ["bo", "cy"] {
        share(&library, "ana", "plan", email(&format!("{who}@example.com"))).unwrap();
        assert!(sees(&library, who, "plan"));
    }
    (host, service, library)
}

fn share_of(library: &Core<FakeHost>, who: &str) -> String {
    let with = email(&format!("{who}@example.com"));
    shares(library, "ana", "plan").unwrap().into_iter().find(|share| share.with == with).unwrap().id
}

/// RG-12: the share has ended, and the service does not know yet. It says yes, then it is told, then its yes arrives: when nothing is
/// pending any more that would put it in doubt.
#[test]
fn rg_12_a_yes_from_before_the_service_was_told_is_asked_again() {
    for request in ["document", "content", "visible", "search"] {
        let (host, service, library) = scene();
        unshare(&library, "ana", "plan", &share_of(&library, "bo")).unwrap();
        assert!(service.has("user:auth0|bo", "viewer", "doc:plan"), "it is told later");
        let (who, id) = (person("bo"), "plan".to_owned());
        let mut asked = match request {
            "document" => begin(&library, ReadDocument { who, id }),
            "content" => begin(&library, ReadContent { who, id }),
            "visible" => begin(&library, VisibleDocuments { who, ids: vec![id] }),
            _ => begin(&library, SearchDocuments { who, query: "secret of plan".to_owned(), wanted: 5 }),
        };
        until(&mut asked, &host, 1);
        says_yes_late(&service, true);
        block_on(library.settle()).unwrap();
        assert!(!service.has("user:auth0|bo", "viewer", "doc:plan"));
        match (request, block_on(asked)) {
            ("document" | "content", answer) => assert_eq!(refused(answer), code(404, "document_unknown"), "{request}"),
            ("visible", answer) => assert_eq!(answer.unwrap(), "[]"),
            (_, answer) => {
                let found: Found = serde_json::from_str(&answer.unwrap()).unwrap();
                assert!(found.passages.is_empty(), "{found:?}");
            }
        }
    }
}

/// RG-12: what is taken from somebody else makes nobody's answer late; what everybody loses, and a folder, may be theirs.
#[test]
fn rg_12_only_what_may_be_theirs_is_asked_again() {
    for (taken, again) in [("cy", 0), ("everybody", 1), ("bo", 1)] {
        let (host, service, library) = scene();
        add(&library, "ana", "other", None).unwrap();
        let all = share(&library, "ana", "other", ShareWith::Everybody).unwrap();
        let before = |id: &str| read(&library, "bo", id).unwrap();
        assert_eq!((before("plan").id, before("other").id), ("plan".to_owned(), "other".to_owned()));
        // What a read of what is not in a folder asks.
        let mut asked = begin(&library, ReadContent { who: person("bo"), id: "other".to_owned() });
        until(&mut asked, &host, 1);
        match taken {
            "everybody" => unshare(&library, "ana", "other", &all.id).unwrap(),
            who => {
                unshare(&library, "ana", "plan", &share_of(&library, who)).unwrap();
                block_on(library.settle()).unwrap();
            }
        }
        service.take_calls();
        let answer = block_on(asked);
        assert_eq!(answer.is_ok(), taken != "everybody", "{taken}");
        // The one on its way is answered, too.
        assert_eq!(service.count("batch-check"), 1 + again, "{taken}");
    }
}

/// RG-12: who can see something is about others: what is taken from any of them counts.
#[test]
fn rg_12_who_can_see_it_is_of_after_what_was_taken_from_anybody() {
    let (host, service, library) = scene();
    let shared = share_of(&library, "bo");
    let mut asked = begin(&library, WhoCanSee { who: person("ana"), kind: ItemKind::Document, id: "plan".to_owned() });
    // Whose it is, and then who of those that were found sees it.
    until(&mut asked, &host, 2);
    unshare(&library, "ana", "plan", &shared).unwrap();
    block_on(library.settle()).unwrap();
    assert!(!service.has("user:auth0|bo", "viewer", "doc:plan"));
    let audience: Audience = serde_json::from_str(&block_on(asked).unwrap()).unwrap();
    let people: Vec<_> = audience.people.iter().map(|viewer| viewer.who.as_str()).collect();
    assert_eq!(people, ["You", "cy@example.com"]);
}
