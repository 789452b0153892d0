//! A service that decides, and what happens when it does not answer.

use super::*;

fn down(request: &Request) -> Result<Response, TransportError> {
    Err(TransportError::Unreachable { host: request.uri().to_string() })
}

fn broken(_: &Request) -> Result<Response, TransportError> {
    json_answer(500, &json!({ "code": "internal_error", "message": "no" }))
}

fn odd(_: &Request) -> Result<Response, TransportError> {
    json_answer(200, &json!({ "result": { "1": { "allowed": "yes" } } }))
}

fn refuses(request: &Request) -> Result<Response, TransportError> {
    if request.uri().path().ends_with("/write") {
        let said = json!({ "code": "validation_error", "message": "type 'doc' not found" });
        return json_answer(400, &said);
    }
    json_answer(200, &json!({ "result": {} }))
}

/// A library with a service that knows two documents of ana's.
fn filled() -> (Host, Core<Host>, String) {
    let host = Host::new();
    let library = library_with(&host, &SERVICE);
    host.fake.world(service(|user, _, _| user == "user:auth0|ana"));
    let folder = add_folder(&library, "ana", "Plans", None);
    let id = add(&library, "ana", "Plan", "A secret harvest.", Some(&folder));
    add(&library, "ana", "Other", "Another harvest.", None);
    (host, library, id)
}

/// RG-07, RG-09: the owner's tuple goes to the service, and the check asks as the documents say.
#[test]
fn rg_07_rg_09_the_service_is_told_and_asked() {
    let (host, library, id) = filled();
    let written = host.fake.sent("/write");
    assert!(written.iter().any(|request| request.body().text().contains(&format!("doc:{id}"))));
    let asked = host.fake.sent("batch-check").len();
    assert_eq!(find(&library, "ana", "harvest").passages.len(), 2);
    let checks = host.fake.sent("batch-check");
    assert_eq!(checks.len() - asked, 1, "in one batch");
    let last = checks.last().unwrap().body().text();
    assert!(last.contains("user:auth0|ana") && last.contains(&format!("doc:{id}")) && last.contains("can_view"));
    assert_eq!(titles(&library, "ana").len(), 2);
    assert!(titles(&library, "ben").is_empty());
}

/// Denied on any error, and it is said; what is there and what is not are answered alike.
#[test]
fn rg_01_rights_that_cannot_be_checked_show_nothing() {
    for world in [down, broken, odd] {
        let (host, library, id) = filled();
        host.fake.world(world);
        let found = find(&library, "ana", "harvest");
        assert_eq!((found.passages.len(), found.cut, found.unchecked), (0, None, true));
        let listing = list(&library, "ana");
        assert!(listing.documents.is_empty() && listing.folders.is_empty() && listing.unchecked);
        for id in [id.as_str(), "nothing"] {
            let (status, code) = refused(&library, ReadContent { who: person("ana"), id: id.to_owned() });
            assert_eq!(status, 503, "{code}");
            assert_eq!(
                refused(&library, ReadPassage { who: person("ana"), id: id.to_owned(), chunk: 0 }),
                (503, code.clone())
            );
            assert_eq!(refused(&library, RemoveDocument { who: person("ana"), id: id.to_owned() }), (503, code));
        }
        assert_eq!(host.count("documents"), 2);
        host.fake.world(service(|user, _, _| user == "user:auth0|ana"));
        assert_eq!(titles(&library, "ana").len(), 2, "and when it answers again, all is there");
    }
}

/// An upload that the service is not told of, or does not take, is not half there.
#[test]
fn rg_09_an_upload_that_nobody_could_see_is_not_kept() {
    for world in [down, broken, refuses] {
        let host = Host::new();
        let library = library_with(&host, &SERVICE);
        host.fake.world(world);
        let (status, code) = refused(&library, adding("ana", "Plan", "A secret harvest.", None));
        assert_eq!(status, 503, "{code}");
        let folder = AddFolder { who: person("ana"), title: "Plans".to_owned(), parent: None };
        assert_eq!(refused(&library, folder).0, 503);
        for table in ["documents", "contents", "chunks", "library_search", "folders"] {
            assert_eq!(host.count(table), 0, "{table}");
        }
        // The service is told of what it may have heard: nothing is left there either.
        host.fake.world(service(|user, _, _| user == "user:auth0|ana"));
        host.fake.pass(24 * 3_600_000);
        block_on(library.settle()).unwrap();
        assert_eq!(host.count("library_tuples"), 0);
        assert!(titles(&library, "ana").is_empty());
        add(&library, "ana", "Plan", "A secret harvest.", None);
        assert_eq!(titles(&library, "ana"), ["Plan"]);
    }
}

/// A process that died before the service heard of an upload: nobody sees it until the outbox is sent, its owner afterwards.
#[test]
fn rg_09_an_upload_is_there_when_the_service_knows_whose_it_is() {
    let host = Host::new();
    let library = library_with(&host, &SERVICE);
    host.fake.world(service(|_, _, _| true));
    let id = add(&library, "ana", "Plan", "A secret harvest.", None);
    let pending = "UPDATE library_tuples SET pending = 'write'";
    host.fake.exec(pending, &[]).unwrap();
    let again = library_with(&host, &SERVICE);
    assert!(titles(&again, "ana").is_empty() && find(&again, "ana", "harvest").passages.is_empty());
    assert_eq!(refused(&again, ReadDocument { who: person("ana"), id }).0, 503);
    block_on(again.settle()).unwrap();
    assert_eq!(titles(&again, "ana"), ["Plan"]);
}

/// What was removed is gone at once, whether the service has heard of it or not.
#[test]
fn a_removal_does_not_wait_for_the_service() {
    let (host, library, id) = filled();
    host.fake.world(|request| {
        if request.uri().path().ends_with("/write") { down(request) } else { service(|_, _, _| true)(request) }
    });
    ask(&library, RemoveDocument { who: person("ana"), id: id.clone() }).unwrap();
    assert_eq!(titles(&library, "ben"), ["Other"]);
    assert_eq!(refused(&library, ReadContent { who: person("ben"), id }).0, 404, "its tuples are still being deleted");
    assert!(!host.fake.take_told().is_empty(), "and that is tried again");
}

/// A service that cannot list is asked row by row, in pages.
#[test]
fn a_long_list_that_is_not_complete_says_so() {
    let host = Host::new();
    let library = library_with(&host, &SERVICE);
    host.fake.world(service(|_, _, _| true));
    let fill = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600) INSERT INTO documents
        (id, title, owner, media_type, characters, chunks, created_at, changed_at)
        SELECT 'd' || i, 't', 'auth0|ana', 'text/plain', 1, 1, i, i FROM n";
    host.fake.exec(fill, &[]).unwrap();
    let asked = host.fake.sent("batch-check").len();
    let listing = list(&library, "ana");
    assert_eq!((listing.documents.len(), listing.cut, listing.unchecked), (500, false, true));
    assert_eq!(listing.documents[0].id, "d600");
    assert_eq!(host.fake.sent("batch-check").len() - asked, 20);
    host.fake.world(broken);
    let asked = host.fake.sent("batch-check").len();
    assert!(list(&library, "ana").unchecked);
    assert!(host.fake.sent("batch-check").len() - asked <= 4, "who cannot answer is not asked again and again");
}
