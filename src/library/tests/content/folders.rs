use super::*;

fn change(who: &str, id: &str, title: Option<&str>, parent: Option<Option<&str>>) -> ChangeFolder {
    let parent = parent.map(|parent| parent.map(str::to_owned));
    ChangeFolder { who: person(who), id: id.to_owned(), title: title.map(str::to_owned), parent }
}

fn remove(who: &str, id: &str) -> RemoveFolder {
    RemoveFolder { who: person(who), id: id.to_owned() }
}

fn put(who: &str, id: &str, folder: Option<&str>) -> ChangeDocument {
    ChangeDocument { who: person(who), id: id.to_owned(), title: None, folder: Some(folder.map(str::to_owned)) }
}

/// Rights come by the folder, at any depth, and go with it.
#[test]
fn who_sees_a_folder_sees_what_is_in_it() {
    let host = Host::new();
    let library = library(&host);
    let plans = add_folder(&library, "ana", "Plans", None);
    let secret = add_folder(&library, "ana", "Secret", Some(&plans));
    let deep = add(&library, "ana", "Deep", "A deep plan.", Some(&secret));
    add(&library, "ana", "Outside", "Another plan.", None);
    assert!(titles(&library, "ben").is_empty() && list(&library, "ben").folders.is_empty());
    share(&library, "ana", &secret, with("ben"));
    let seen = list(&library, "ben");
    assert_eq!(titles(&library, "ben"), ["Deep"]);
    assert_eq!(seen.documents[0].folder.as_deref(), Some(secret.as_str()));
    // The folder above is not his: neither its title nor its id is told.
    assert_eq!(seen.folders.len(), 1);
    assert_eq!(ask(&library, ListFolders { who: person("ben") }).unwrap(), seen.folders);
    assert_eq!((seen.folders[0].title.as_str(), seen.folders[0].parent.as_deref()), ("Secret", None));
    assert_eq!(found_titles(&library, "ben", "plan"), ["Deep"]);
    // Taken out of the folder it is not his any more.
    ask(&library, put("ana", &deep, None)).unwrap();
    assert!(titles(&library, "ben").is_empty());
    ask(&library, put("ana", &deep, Some(&plans))).unwrap();
    assert!(titles(&library, "ben").is_empty());
    share(&library, "ana", &plans, ShareWith::Everybody);
    assert_eq!(titles(&library, "cleo"), ["Deep"]);
    assert!(list(&library, "cleo").folders.iter().any(|folder| folder.everybody && folder.title == "Plans"));
}

#[test]
fn a_list_of_a_folder_has_what_is_in_it() {
    let host = Host::new();
    let library = library(&host);
    let folder = add_folder(&library, "ana", "Plans", None);
    let inner = add_folder(&library, "ana", "Inner", Some(&folder));
    add(&library, "ana", "In it", "Text.", Some(&folder));
    add(&library, "ana", "Below", "Text.", Some(&inner));
    add(&library, "ana", "Outside", "Text.", None);
    let listing = ask(&library, ListDocuments { who: person("ana"), folder: Some(folder.clone()) }).unwrap();
    let titles: Vec<_> = listing.documents.iter().map(|document| document.title.as_str()).collect();
    assert_eq!((titles.as_slice(), listing.folders.len()), (["In it"].as_slice(), 1));
    assert_eq!(listing.documents[0].folder.as_ref(), Some(&folder));
    assert_eq!(listing.folders[0].parent.as_ref(), Some(&folder));
    // A document is no folder.
    let document = listing.documents[0].id.clone();
    assert_eq!(refused(&library, ListDocuments { who: person("ana"), folder: Some(document) }), unknown());
}

/// Into a folder puts only its owner.
#[test]
fn a_folder_takes_in_what_its_owner_puts_there() {
    let host = Host::new();
    let library = library(&host);
    let folder = add_folder(&library, "ana", "Plans", None);
    share(&library, "ana", &folder, with("ben"));
    let own = add(&library, "ben", "Ben's", "Text.", None);
    assert_eq!(list(&library, "ben").folders.len(), 1);
    for folder in [folder.as_str(), "nothing", own.as_str()] {
        assert_eq!(refused(&library, adding("ben", "Here", "Text.", Some(folder))), unknown());
        assert_eq!(refused(&library, put("ben", &own, Some(folder))), unknown());
        let new = AddFolder { who: person("ben"), title: "Inner".to_owned(), parent: Some(folder.to_owned()) };
        assert_eq!(refused(&library, new), unknown());
    }
    for request in [change("ben", &folder, Some("Ben's"), None), change("ben", &folder, None, Some(None))] {
        assert!(ask(&library, request).is_err());
    }
    assert!(ask(&library, remove("ben", &folder)).is_err());
    assert_eq!(host.count("documents"), 1);
}

#[test]
fn a_folder_is_never_in_itself_and_not_too_deep() {
    let host = Host::new();
    let library = library(&host);
    let mut chain = vec![add_folder(&library, "ana", "1", None)];
    for depth in 2..=10 {
        let parent = chain.last().cloned();
        chain.push(add_folder(&library, "ana", &depth.to_string(), parent.as_deref()));
    }
    let (top, bottom) = (chain[0].clone(), chain[9].clone());
    let too_deep = (409, "folder_too_deep".to_owned());
    let more = AddFolder { who: person("ana"), title: "11".to_owned(), parent: Some(bottom.clone()) };
    assert_eq!(refused(&library, more), too_deep);
    for below in [&top, &chain[1], &bottom] {
        let into_itself = change("ana", &top, None, Some(Some(below)));
        assert_eq!(refused(&library, into_itself), (409, "folder_in_itself".to_owned()));
    }
    let other = add_folder(&library, "ana", "Other", None);
    assert_eq!(refused(&library, change("ana", &top, None, Some(Some(&other)))), too_deep);
    // Half of it fits.
    ask(&library, change("ana", &chain[5], None, Some(Some(&other)))).unwrap();
    let deepest = add(&library, "ana", "Deepest", "Text.", Some(&bottom));
    share(&library, "ana", &other, with("ben"));
    assert_eq!(titles(&library, "ben"), ["Deepest"]);
    assert!(ask(&library, ReadDocument { who: person("ben"), id: deepest }).is_ok());
}

#[test]
fn only_an_empty_folder_is_removed() {
    let host = Host::new();
    let library = library(&host);
    let folder = add_folder(&library, "ana", "Plans", None);
    let inner = add_folder(&library, "ana", "Inner", Some(&folder));
    let id = add(&library, "ana", "Deep", "Text.", Some(&inner));
    let not_empty = (409, "folder_not_empty".to_owned());
    assert_eq!(refused(&library, remove("ana", &folder)), not_empty);
    assert_eq!(refused(&library, remove("ana", &inner)), not_empty);
    ask(&library, RemoveDocument { who: person("ana"), id }).unwrap();
    share(&library, "ana", &inner, with("ben"));
    ask(&library, remove("ana", &inner)).unwrap();
    ask(&library, remove("ana", &folder)).unwrap();
    assert_eq!((host.count("folders"), host.count("library_tuples"), host.count("shares")), (0, 0, 0));
    assert_eq!(refused(&library, remove("ana", &folder)), unknown());
}
