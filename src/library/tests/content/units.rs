//! A process that dies between two writes leaves all of a change, or nothing of it.

use super::*;

const TABLES: [&str; 7] = ["documents", "contents", "chunks", "library_search", "library_tuples", "folders", "shares"];

fn counts(host: &Host) -> Vec<u64> {
    TABLES.iter().map(|table| host.count(table)).collect()
}

/// Lets the process die after each number of writes, until the request goes through. Gives how often it died.
fn die_everywhere<R: LibraryRequest>(library: &Core<Host>, request: impl Fn() -> R) -> usize {
    let host = library.ports.clone();
    let (before, dump) = (counts(&host), host.fake.dump());
    for writes in 0.. {
        host.dies_after(Some(writes));
        let answer = ask(library, request());
        host.dies_after(None);
        match answer {
            Ok(_) => return writes,
            Err(refusal) => {
                assert!([500, 503].contains(&refusal.status), "{refusal:?}");
                assert_eq!(counts(&host), before, "after {writes} writes");
                assert!(host.fake.dump() == dump, "after {writes} writes");
            }
        }
    }
    0
}

/// RG-09: the document, its passages and its owner's tuple are one unit.
#[test]
fn rg_09_a_document_and_its_owner_are_one_unit() {
    let host = Host::new();
    let library = library(&host);
    let folder = add_folder(&library, "ana", "Plans", None);
    let text = "A sentence about something. ".repeat(120);
    let died = die_everywhere(&library, || adding("ana", "Plan", &text, Some(&folder)));
    assert!(died > 8, "{died}");
    assert_eq!(titles(&library, "ana"), ["Plan"]);
    assert_eq!(host.count("library_tuples"), 3);
}

#[test]
fn a_change_is_one_unit() {
    let host = Host::new();
    let library = library(&host);
    let (from, to) = (add_folder(&library, "ana", "From", None), add_folder(&library, "ana", "To", None));
    let text = "A sentence about something. ".repeat(120);
    let id = add(&library, "ana", "Plan", &text, Some(&from));
    let change = || ChangeDocument {
        who: person("ana"),
        id: id.clone(),
        title: Some("Renamed".to_owned()),
        folder: Some(Some(to.clone())),
    };
    assert!(die_everywhere(&library, change) > 5);
    let listed = &list(&library, "ana").documents[0];
    assert_eq!((listed.title.as_str(), listed.folder.as_ref()), ("Renamed", Some(&to)));
    let parent = Some(Some(from.clone()));
    let move_folder =
        || ChangeFolder { who: person("ana"), id: to.clone(), title: Some("Moved".to_owned()), parent: parent.clone() };
    assert!(die_everywhere(&library, move_folder) > 2);
}

#[test]
fn a_removal_is_one_unit() {
    let host = Host::new();
    let library = library(&host);
    let folder = add_folder(&library, "ana", "Plans", None);
    let id = add(&library, "ana", "Plan", "Some text.", Some(&folder));
    share(&library, "ana", &id, ShareWith::Everybody);
    share(&library, "ana", &folder, with("ben"));
    assert!(die_everywhere(&library, || RemoveDocument { who: person("ana"), id: id.clone() }) > 4);
    assert!(die_everywhere(&library, || RemoveFolder { who: person("ana"), id: folder.clone() }) > 2);
    assert_eq!(counts(&host), [0; 7]);
}

/// What a library holds is there when it is opened again.
#[test]
fn a_library_is_opened_again_as_it_was() {
    let host = Host::new();
    let id = add(&library(&host), "ana", "Plan", "Some text.", None);
    let again = library(&host);
    assert_eq!(list(&again, "ana").documents[0].id, id);
    assert_eq!(found_titles(&again, "ana", "text"), ["Plan"]);
}
