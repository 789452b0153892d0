//! A service that lists less than somebody sees: at its limit, or because it was out of time, and then it does not say so.

use deputy_http::response;
use serde_json::json;

use super::service::{SETTINGS, Service};
use super::*;

/// 520 documents of ana's, `d520` the newest of them; `top`, newer and a better answer than they are, which bo may see; and `old`, bo's own,
/// older and a worse one.
fn scene() -> (Service, Core<FakeHost>) {
    let host = FakeHost::new();
    host.let_sleeps_pass();
    let service = Service::of(&host);
    let library = library(&host, SETTINGS);
    let upload = |who: &str, id: &str, title: &str, text: &str| {
        let request = AddDocument {
            who: person(who),
            title: title.to_owned(),
            text: text.to_owned(),
            media_type: "text/plain".to_owned(),
            folder: None,
            id: Some(id.to_owned()),
        };
        ask(&library, request).unwrap();
    };
    let text = "A text of which a word is secret.";
    (1..=520).for_each(|number| upload("ana", &format!("d{number}"), "One of many", text));
    upload("ana", "top", "Secret", text);
    let long = format!("{} Somewhere in it the secret.", "Many other words. ".repeat(30));
    upload("bo", "old", "Old", &long);
    let ages = "UPDATE documents SET created_at = CASE id WHEN 'old' THEN 0 WHEN 'top' THEN 1000
        ELSE CAST(substr(id, 2) AS INTEGER) END";
    library.ports.exec(ages, &[]).unwrap();
    share(&library, "ana", "top", email("bo@example.com")).unwrap();
    (service, library)
}

fn lists(service: &Service, objects: Vec<String>) {
    service.trouble(move |path, _| {
        (path == "list-objects").then(|| Ok(response(200, json!({ "objects": objects }).to_string())))
    });
}

/// What bo is listed, and what bo finds: ids, and whether there is more.
fn shown(library: &Core<FakeHost>) -> [(Vec<String>, bool); 2] {
    let list = ask(library, ListDocuments { who: person("bo"), folder: None }).unwrap();
    let search = SearchDocuments { who: person("bo"), query: "secret".to_owned(), wanted: 5 };
    let found = ask(library, search).unwrap();
    assert!(!list.unchecked && !found.unchecked);
    [
        (list.documents.into_iter().map(|document| document.id).collect(), list.cut),
        (found.passages.into_iter().map(|passage| passage.document_id).collect(), found.cut.is_some()),
    ]
}

/// RG-08: a list at its limit, 1,000 in no order, takes nothing away of what is known to be theirs, and it is said that there is more.
/// One that was cut and does not say so adds to what is known without it.
#[test]
fn rg_08_a_list_that_was_cut_takes_nothing_away() {
    let (service, library) = scene();
    let [top, old] = ["top", "old"].map(str::to_owned);
    assert_eq!(shown(&library), [0, 1].map(|_| (vec![top.clone(), old.clone()], false)), "the whole list");
    let any = (0..999).map(|number| format!("doc:x{number}")).chain(["doc:old".to_owned()]);
    lists(&service, any.collect());
    assert_eq!(shown(&library), [0, 1].map(|_| (vec![top.clone()], true)), "at its limit");
    lists(&service, vec!["doc:old".to_owned()]);
    assert_eq!(shown(&library), [0, 1].map(|_| (vec![top.clone(), old.clone()], false)), "cut");
    lists(&service, Vec::new());
    assert_eq!(shown(&library), [0, 1].map(|_| (vec![top.clone()], false)), "cut to nothing");
}
