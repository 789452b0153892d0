use super::*;

fn read(who: &str, id: &str) -> ReadDocument {
    ReadDocument { who: person(who), id: id.to_owned() }
}

fn content(who: &str, id: &str) -> ReadContent {
    ReadContent { who: person(who), id: id.to_owned() }
}

fn passage(who: &str, id: &str, chunk: u32) -> ReadPassage {
    ReadPassage { who: person(who), id: id.to_owned(), chunk }
}

fn change(who: &str, id: &str, title: Option<&str>, folder: Option<Option<&str>>) -> ChangeDocument {
    let folder = folder.map(|folder| folder.map(str::to_owned));
    ChangeDocument { who: person(who), id: id.to_owned(), title: title.map(str::to_owned), folder }
}

fn remove(who: &str, id: &str) -> RemoveDocument {
    RemoveDocument { who: person(who), id: id.to_owned() }
}

/// RG-09, RG-10: what is uploaded is its uploader's: an owner tuple with the row, listed and read.
#[test]
fn rg_09_rg_10_a_document_belongs_to_whoever_brought_it() {
    let host = Host::new();
    let library = library(&host);
    let text = "# Forecast\n\nZEKO grows by a third.\n";
    let added = ask(&library, adding("ana", "  ZEKO\n forecast ", text, None)).unwrap();
    assert_eq!((added.title.as_str(), added.mine, added.everybody), ("ZEKO forecast", true, false));
    assert_eq!((added.characters, added.media_type.as_str()), (text.chars().count() as u64, "text/markdown"));
    let tuple = format!(
        "SELECT 1 AS value FROM library_tuples WHERE object_type = 'doc' AND object_id = '{}' AND relation = 'owner' AND user = 'user:auth0|ana'",
        added.id
    );
    assert!(host.exists(&tuple, &[]).unwrap());
    assert_eq!(list(&library, "ana").documents, std::slice::from_ref(&added));
    assert_eq!(ask(&library, read("ana", &added.id)).unwrap(), added);
    let whole = ask(&library, content("ana", &added.id)).unwrap();
    assert_eq!((whole.title.as_str(), whole.text.as_str()), ("ZEKO forecast", text));
    let cited = ask(&library, passage("ana", &added.id, 0)).unwrap();
    assert!(cited.text.contains("ZEKO grows"), "{cited:?}");
    let units: Vec<u16> = text.encode_utf16().collect();
    let slice = units.get(cited.start as usize..cited.end as usize).unwrap();
    assert_eq!(String::from_utf16(slice).unwrap(), cited.text);
    assert_eq!(refused(&library, passage("ana", &added.id, 9)), unknown());
}

/// RG-01, RG-10: of somebody else's there is nothing, and the answer is that of what is not there.
#[test]
fn rg_10_foreign_and_unknown_are_answered_alike() {
    let host = Host::new();
    let library = library(&host);
    let id = add(&library, "ana", "Plans", "Secret plans.", None);
    assert!(titles(&library, "ben").is_empty());
    let long = "x".repeat(500);
    for id in [id.as_str(), "no-such-document", "", "*", "a b", "doc:x", "x#owner", "' OR 1 --", "é", &long] {
        let body = |refusal: Refusal| (refusal.status, refusal.code.clone(), refusal.message.clone());
        let told = |refusal: Option<Refusal>| refusal.map(body).unwrap();
        let expected = (404, "document_unknown".to_owned(), "There is no such document or folder.".to_owned());
        assert_eq!(told(ask(&library, read("ben", id)).err()), expected, "{id}");
        assert_eq!(told(ask(&library, content("ben", id)).err()), expected);
        assert_eq!(told(ask(&library, passage("ben", id, 0)).err()), expected);
        assert_eq!(told(ask(&library, change("ben", id, Some("Mine"), None)).err()), expected);
        assert_eq!(told(ask(&library, remove("ben", id)).err()), expected);
        let listing = ListDocuments { who: person("ben"), folder: Some(id.to_owned()) };
        assert_eq!(told(ask(&library, listing).err()), expected);
    }
    assert_eq!(titles(&library, "ana"), ["Plans"]);
}

/// Who may see something may not change it, and is told no more than that it is not there for them.
#[test]
fn a_viewer_reads_and_changes_nothing() {
    let host = Host::new();
    let library = library(&host);
    let id = add(&library, "ana", "Plans", "Shared plans.", None);
    share(&library, "ana", &id, with("ben"));
    let seen = ask(&library, read("ben", &id)).unwrap();
    assert_eq!((seen.mine, seen.everybody), (false, false));
    assert!(ask(&library, change("ben", &id, Some("Ben's"), None)).is_err());
    assert!(ask(&library, remove("ben", &id)).is_err());
    let folder = add_folder(&library, "ben", "Ben's", None);
    assert!(ask(&library, change("ben", &id, None, Some(Some(&folder)))).is_err());
    assert_eq!(titles(&library, "ana"), ["Plans"]);
    share(&library, "ana", &id, ShareWith::Everybody);
    assert!(ask(&library, read("cleo", &id)).unwrap().everybody);
}

#[test]
fn the_same_title_twice_is_two_documents() {
    let host = Host::new();
    let library = library(&host);
    let first = add(&library, "ana", "Notes", "The first.", None);
    let second = add(&library, "ana", "Notes", "The second.", None);
    assert_ne!(first, second);
    assert_eq!(titles(&library, "ana"), ["Notes", "Notes"]);
    assert_eq!(ask(&library, content("ana", &first)).unwrap().text, "The first.");
}

/// RG-14: samples have ids of their own.
#[test]
fn rg_14_an_id_can_be_chosen_and_is_not_taken_over() {
    let host = Host::new();
    let library = library(&host);
    let sample = |who: &str, id: &str| AddDocument { id: Some(id.to_owned()), ..adding(who, "ZEKO", "Public.", None) };
    assert_eq!(ask(&library, sample("ana", "public-doc")).unwrap().id, "public-doc");
    for who in ["ana", "ben"] {
        assert_eq!(refused(&library, sample(who, "public-doc")), (409, "document_id_taken".to_owned()));
    }
    let folder = add_folder(&library, "ana", "Folder", None);
    assert_eq!(refused(&library, sample("ana", &folder)), (409, "document_id_taken".to_owned()));
    for id in ["", "a b", "*", "a:b", "a#b", "é"] {
        assert_eq!(refused(&library, sample("ana", id)), (400, "document_id_invalid".to_owned()), "{id}");
    }
    assert!(titles(&library, "ben").is_empty());
}

#[test]
fn a_new_title_is_found_and_the_old_one_is_not() {
    let host = Host::new();
    let library = library(&host);
    let id = add(&library, "ana", "Budget", "Numbers of the year.", None);
    host.fake.pass(1_000);
    let renamed = ask(&library, change("ana", &id, Some("Outlook"), None)).unwrap();
    assert_eq!(renamed.title, "Outlook");
    assert!(renamed.changed_at > renamed.created_at);
    assert_eq!(found_titles(&library, "ana", "outlook"), ["Outlook"]);
    assert!(found_titles(&library, "ana", "budget").is_empty());
    assert_eq!(refused(&library, change("ana", &id, Some(" \n "), None)), (400, "title_empty".to_owned()));
}

/// What is removed takes its passages, its tuples and its shares along: whoever gets its id next starts from nothing.
#[test]
fn a_removed_document_leaves_nothing() {
    let host = Host::new();
    let library = library(&host);
    let sample = || AddDocument { id: Some("plan".to_owned()), ..adding("ana", "Plan", &"A word. ".repeat(900), None) };
    ask(&library, sample()).unwrap();
    share(&library, "ana", "plan", ShareWith::Everybody);
    share(&library, "ana", "plan", with("ben"));
    assert_eq!(titles(&library, "ben"), ["Plan"]);
    ask(&library, remove("ana", "plan")).unwrap();
    for table in ["documents", "contents", "chunks", "library_search", "library_tuples", "shares"] {
        assert_eq!(host.count(table), 0, "{table}");
    }
    assert!(found_titles(&library, "ana", "word").is_empty());
    assert_eq!(refused(&library, read("ana", "plan")), unknown());
    ask(&library, sample()).unwrap();
    assert!(titles(&library, "ben").is_empty());
}

/// RG-21: an address that is not verified is nobody's.
#[test]
fn rg_21_only_a_verified_address_counts() {
    let claims = |claims: Value| Person::from(&VerifiedUser::of("auth0|x", claims.as_object().unwrap()));
    let verified = claims(json!({ "email": "x@example.com", "email_verified": true, "name": "X" }));
    assert_eq!((verified.email.as_deref(), verified.name.as_deref()), (Some("x@example.com"), Some("X")));
    for odd in [
        json!({ "email": "x@example.com" }),
        json!({ "email": "x@example.com", "email_verified": false }),
        json!({ "email": "x@example.com", "email_verified": "true" }),
        json!({ "email": "", "email_verified": true }),
        json!({ "email": 7, "email_verified": true }),
    ] {
        assert_eq!(claims(odd).email, None);
    }
    let host = Host::new();
    let library = library_with(&host, &[("FGA_USER_FORMAT", "user:{email}")]);
    let nobody = Person { email: None, ..person("ana") };
    let upload = AddDocument { who: nobody.clone(), ..adding("ana", "Mine", "Text.", None) };
    assert_eq!(refused(&library, upload), (403, "email_not_verified".to_owned()));
    // Who has no name there sees what everybody sees.
    add(&library, "ana", "Mine", "A harvest.", None);
    let public = add(&library, "ana", "Public", "A harvest.", None);
    share(&library, "ana", &public, ShareWith::Everybody);
    let listing = ask(&library, ListDocuments { who: nobody.clone(), folder: None }).unwrap();
    let seen: Vec<_> = listing.documents.iter().map(|document| (document.title.as_str(), document.mine)).collect();
    assert_eq!(seen, [("Public", false)]);
    let found = ask(&library, SearchDocuments { who: nobody.clone(), query: "harvest".to_owned(), wanted: 5 }).unwrap();
    assert_eq!((found.passages.len(), found.unchecked), (1, false));
    assert_eq!(refused(&library, RemoveDocument { who: nobody, id: public }), unknown());
}

#[test]
fn what_a_library_does_not_know_is_refused() {
    let host = Host::new();
    let library = library(&host);
    let asked = |name: &str, body: &str| block_on(dispatch(&library, name, body)).unwrap_err().code.clone();
    assert_eq!(asked("drop_everything", "{}"), "call_unreadable");
    assert_eq!(asked("add_document", "{"), "call_unreadable");
    assert_eq!(asked("list_documents", r#"{"folder":null}"#), "call_unreadable", "without a person");
}
