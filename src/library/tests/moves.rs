//! A move that the service refuses, and what others did meanwhile.

use std::task::{Context, Waker};

use futures::FutureExt;
use futures::future::LocalBoxFuture;

use super::service::{SETTINGS, Service, refusal};
use super::*;

/// A service that takes no tuple by which something would be in a folder of this id.
fn refuses(service: &Service, folder: &str) {
    let parent = format!("folder:{folder}");
    service.trouble(move |path, body| {
        let keys = body["writes"]["tuple_keys"].as_array();
        let refused = keys.is_some_and(|keys| keys.iter().any(|key| key["user"] == parent.as_str()));
        (path == "write" && refused).then(|| Ok(refusal(400, "validation_error")))
    });
}

fn move_folder(id: &str, parent: Option<&str>) -> ChangeFolder {
    ChangeFolder { who: person("ana"), id: id.to_owned(), title: None, parent: Some(parent.map(str::to_owned)) }
}

/// A request of which the first write is on its way.
fn begun<'a, R: LibraryRequest>(
    host: &FakeHost,
    library: &'a Core<FakeHost>,
    request: R,
) -> LocalBoxFuture<'a, Result<String, Refusal>> {
    let body = serde_json::to_string(&request).unwrap();
    let mut asked: LocalBoxFuture<'_, _> = Box::pin(async move { dispatch(library, R::NAME, &body).await });
    let before = host.sent("/write").len();
    while host.sent("/write").len() == before {
        assert!(asked.poll_unpin(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    asked
}

fn parent_of(library: &Core<FakeHost>, id: &str) -> Option<String> {
    library.folder_row(id).unwrap().unwrap().parent
}

fn scene() -> (FakeHost, Service, Core<FakeHost>) {
    let host = FakeHost::new();
    host.let_sleeps_pass();
    let service = Service::of(&host);
    let library = library(&host, SETTINGS);
    (host, service, library)
}

/// RG-09: whoever moved it on meanwhile has decided where it is: a refused move takes nothing from that.
#[test]
fn rg_09_a_refused_move_does_not_overwrite_a_later_one() {
    let (host, service, library) = scene();
    let [a, b, c, moved] = ["A", "B", "C", "Moved"].map(|title| folder(&library, "ana", title, None));
    ask(&library, move_folder(&moved, Some(&a))).unwrap();
    refuses(&service, &b);
    let first = begun(&host, &library, move_folder(&moved, Some(&b)));
    // The second is in the same log, and waits for the first to be sent.
    let body = serde_json::to_string(&move_folder(&moved, Some(&c))).unwrap();
    let (first, second) = block_on(futures::future::join(first, dispatch(&library, ChangeFolder::NAME, &body)));
    assert!(first.is_err());
    assert_eq!(parent_of(&library, &moved).as_deref(), Some(&*c), "{second:?}");
    service.works();
    host.pass(3_600_000);
    block_on(library.settle()).unwrap();
    let parents = |folder: &str| service.has(&format!("folder:{folder}"), "parent", &format!("folder:{moved}"));
    assert_eq!([parents(&a), parents(&b), parents(&c)], [false, false, true]);
}

/// RG-09: moved back into what was moved into it meanwhile, it would be in itself, and seen by nobody or by everybody: it is in no folder.
#[test]
fn rg_09_a_refused_move_makes_no_circle() {
    let (host, service, library) = scene();
    let [a, b, moved] = ["A", "B", "Moved"].map(|title| folder(&library, "ana", title, None));
    ask(&library, move_folder(&moved, Some(&a))).unwrap();
    refuses(&service, &b);
    let first = begun(&host, &library, move_folder(&moved, Some(&b)));
    let body = serde_json::to_string(&move_folder(&a, Some(&moved))).unwrap();
    let (first, _) = block_on(futures::future::join(first, dispatch(&library, ChangeFolder::NAME, &body)));
    assert!(first.is_err());
    let mut place = Some(moved.clone());
    for _ in 0..5 {
        place = place.and_then(|id| parent_of(&library, &id));
    }
    assert_eq!(place, None, "a circle");
    service.works();
    host.pass(3_600_000);
    block_on(library.settle()).unwrap();
    let tuples = service.tuples();
    for (id, parent) in [(&moved, &a), (&a, &moved)] {
        let there = tuples.contains(&format!("folder:{id}#parent@folder:{parent}"));
        assert_eq!(there, parent_of(&library, id).as_deref() == Some(&**parent), "{tuples:?}");
    }
}

/// RG-09: a folder that was removed meanwhile takes nothing back in.
#[test]
fn rg_09_a_refused_move_does_not_go_back_into_what_is_gone() {
    let (host, service, library) = scene();
    let [a, b] = ["A", "B"].map(|title| folder(&library, "ana", title, None));
    add(&library, "ana", "plan", Some(&a)).unwrap();
    refuses(&service, &b);
    let to_b = ChangeDocument { who: person("ana"), id: "plan".to_owned(), title: None, folder: Some(Some(b.clone())) };
    let first = begun(&host, &library, to_b);
    let body = serde_json::to_string(&RemoveFolder { who: person("ana"), id: a.clone() }).unwrap();
    let (first, removed) = block_on(futures::future::join(first, dispatch(&library, RemoveFolder::NAME, &body)));
    assert!(first.is_err() && removed.is_ok(), "{removed:?}");
    assert_eq!(library.document_row("plan").unwrap().unwrap().folder, None);
    service.works();
    host.pass(3_600_000);
    block_on(library.settle()).unwrap();
    assert!(!service.tuples().iter().any(|tuple| tuple.contains(&a)), "{:?}", service.tuples());
    assert!(sees(&library, "ana", "plan"));
}
