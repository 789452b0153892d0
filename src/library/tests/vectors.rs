//! Vectors in the library: made by the alarm, beside the words, and never shown to whoever may not see the passage.

use std::cell::Cell;
use std::pin::pin;
use std::task::{Context, Waker};

use deputy_http::{Request, Response, TransportError};
use serde_json::{Value, json};

use super::*;
use crate::platform::ports::Clock as _;

const MODEL: [(&str, &str); 2] = [("EMBEDDINGS_BASE_URL", "https://vectors.example/v1"), ("EMBEDDINGS_MODEL", "small")];
const OTHER: [(&str, &str); 2] = [("EMBEDDINGS_BASE_URL", "https://vectors.example/v1"), ("EMBEDDINGS_MODEL", "large")];

/// A server to which otters and lutrinae are one thing, and everything else is another.
fn server(request: &Request) -> Result<Response, TransportError> {
    let body: Value = serde_json::from_str(&request.body().text()).unwrap();
    let texts = body["input"].as_array().unwrap();
    let vector = |text: &Value| {
        let text = text.as_str().unwrap().to_lowercase();
        let is_otter = text.contains("otter") || text.contains("lutrinae");
        if is_otter { json!([0.9, 0.1]) } else { json!([-0.1, 0.9]) }
    };
    // The last first: which is which is said by the index.
    let data = texts.iter().enumerate().rev().map(|(index, text)| json!({"index": index, "embedding": vector(text)}));
    Ok(deputy_http::response(200, json!({ "data": data.collect::<Vec<_>>() }).to_string()))
}

fn refuses(status: u16) -> impl Fn(&Request) -> Result<Response, TransportError> {
    move |_| Ok(deputy_http::response(status, "{}"))
}

fn text(library: &Core<FakeHost>, who: &str, id: &str, text: &str) {
    let request = AddDocument {
        who: person(who),
        title: id.to_owned(),
        text: text.to_owned(),
        media_type: "text/plain".to_owned(),
        folder: None,
        id: Some(id.to_owned()),
    };
    ask(library, request).unwrap();
}

fn found(library: &Core<FakeHost>, who: &str, query: &str) -> Vec<String> {
    let search = SearchDocuments { who: person(who), query: query.to_owned(), wanted: 10 };
    ask(library, search).unwrap().passages.into_iter().map(|passage| passage.document_id).collect()
}

fn count(host: &FakeHost, table: &str) -> u64 {
    host.number(&format!("SELECT count(*) AS value FROM {table}"), &[]).unwrap().unwrap()
}

/// When the alarm was last set for, if it was.
fn alarm(host: &FakeHost) -> Option<u64> {
    host.take_told().into_iter().rfind(|(name, _)| name == "alarm").map(|(_, at)| at.parse().unwrap())
}

/// RG-11: what no word of the question finds, its vector does; the similarity is the cosine; and only for whoever may see it.
#[test]
fn rg_11_vectors_find_what_words_do_not_and_rights_decide() {
    let host = FakeHost::new();
    host.world(server);
    let library = library(&host, &MODEL);
    text(&library, "ana", "river", "Otters hold hands.");
    text(&library, "ana", "town", "Cars stand in line.");
    assert!(host.sent("embeddings").is_empty(), "nobody who uploads waits for it");
    assert!(alarm(&host).is_some_and(|at| at <= host.now()));
    assert!(found(&library, "ana", "lutrinae").is_empty(), "none is made yet");
    block_on(library.tend()).unwrap();
    assert_eq!((count(&host, "vectors"), count(&host, "vectors_due")), (2, 0));
    assert_eq!(found(&library, "ana", "lutrinae"), ["river"]);
    let search = SearchDocuments { who: person("ana"), query: "lutrinae".to_owned(), wanted: 1 };
    assert!(ask(&library, search).unwrap().passages[0].similarity > 0.99);
    assert_eq!(found(&library, "ana", "otters")[0], "river");
    assert!(found(&library, "ben", "lutrinae").is_empty() && found(&library, "ben", "otters").is_empty());
    share(&library, "ana", "river", email("ben@example.com")).unwrap();
    assert_eq!(found(&library, "ben", "lutrinae"), ["river"]);
    ask(&library, RemoveDocument { who: person("ana"), id: "river".to_owned() }).unwrap();
    assert_eq!((count(&host, "vectors"), found(&library, "ana", "lutrinae").len()), (1, 0));
}

/// A user who sees one document among many that are nearer finds it all the same: the question is put to what they see.
#[test]
fn rg_08_vectors_of_what_is_not_seen_hide_nothing() {
    let host = FakeHost::new();
    host.world(server);
    let library = library(&host, &MODEL);
    for number in 0..210 {
        text(&library, "ana", &format!("o{number}"), "Otters hold hands.");
    }
    text(&library, "ben", "last", "Otters hold hands.");
    while count(&host, "vectors_due") > 0 {
        block_on(library.tend()).unwrap();
    }
    assert_eq!(found(&library, "ben", "lutrinae"), ["last"]);
    assert_eq!(found(&library, "ana", "lutrinae").len(), 10);
}

/// Without settings nothing is different: no row, no call, no alarm.
#[test]
fn rg_11_without_a_server_the_words_are_searched() {
    let host = FakeHost::new();
    let library = library(&host, &[]);
    text(&library, "ana", "river", "Otters hold hands.");
    assert_eq!((alarm(&host), count(&host, "vectors_due")), (None, 0));
    block_on(library.tend()).unwrap();
    assert_eq!(found(&library, "ana", "otters"), ["river"]);
    assert!(host.sent("").is_empty());
}

/// Whatever the server says, an upload is taken, the words answer, and it is asked again later: after twice the time, when it allows.
#[test]
fn a_server_that_fails_costs_neither_upload_nor_answer() {
    let host = FakeHost::new();
    let library = library(&host, &MODEL);
    for status in [401, 404, 429, 500, 503] {
        host.world(refuses(status));
        text(&library, "ana", &format!("river{status}"), "Otters hold hands.");
        host.pass(3_600_001);
        block_on(library.tend()).unwrap();
        assert!(alarm(&host).is_some_and(|at| at > host.now()), "{status}");
        assert!(!found(&library, "ana", "otters").is_empty(), "{status}");
        let asked = host.sent("embeddings").len();
        block_on(library.tend()).unwrap();
        found(&library, "ana", "otters");
        assert_eq!(host.sent("embeddings").len(), asked, "{status}: it is left alone for a while");
    }
    let at = host.now() + 7_200_000;
    host.world(|_| {
        let mut answer = deputy_http::response(429, "{}");
        answer.headers_mut().insert("retry-after", "7200".parse().unwrap());
        Ok(answer)
    });
    host.pass(3_600_001);
    block_on(library.tend()).unwrap();
    assert!(alarm(&host).is_some_and(|next| next >= at), "Retry-After");
    host.world(server);
    host.pass(7_300_000);
    while count(&host, "vectors_due") > 0 {
        block_on(library.tend()).unwrap();
    }
    assert_eq!((count(&host, "vectors"), found(&library, "ana", "lutrinae").len()), (5, 5));
}

/// A passage that the server takes not holds up no other, and is tried again by itself.
#[test]
fn a_passage_that_is_refused_holds_up_no_other() {
    let host = FakeHost::new();
    host.world(|request| {
        if request.body().text().contains("poison") {
            return Ok(deputy_http::response(400, "{}"));
        }
        server(request)
    });
    let library = library(&host, &MODEL);
    text(&library, "ana", "bad", "Otters and poison.");
    text(&library, "ana", "good", "Otters hold hands.");
    block_on(library.tend()).unwrap();
    assert_eq!((count(&host, "vectors"), count(&host, "vectors_due")), (1, 1));
    assert_eq!(found(&library, "ana", "lutrinae"), ["good"]);
    assert!(alarm(&host).is_some_and(|at| at > host.now()));
    host.world(server);
    host.pass(86_400_000);
    block_on(library.tend()).unwrap();
    assert_eq!(count(&host, "vectors"), 2);
}

/// The process dies between text and vector, and while the server answers: the next one goes on by itself.
#[test]
fn a_process_that_dies_loses_no_vector() {
    let host = FakeHost::new();
    host.world(server);
    let first = library(&host, &MODEL);
    text(&first, "ana", "river", "Otters hold hands.");
    drop(first);
    alarm(&host);
    let second = library(&host, &MODEL);
    assert!(alarm(&host).is_some(), "whoever opens it sees to it");
    {
        let mut tending = pin!(second.tend());
        assert!(tending.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(host.sent("embeddings").len(), 1);
    }
    assert_eq!((count(&host, "vectors"), count(&host, "vectors_due")), (0, 1));
    drop(second);
    let third = library(&host, &MODEL);
    block_on(third.tend()).unwrap();
    assert_eq!(found(&third, "ana", "lutrinae"), ["river"]);
}

/// A document that goes or is renamed while the server answers: its vector is given to no other passage, and made of the new title.
#[test]
fn a_vector_is_kept_of_nothing_that_changed_meanwhile() {
    let host = FakeHost::new();
    host.world(server);
    let library = library(&host, &MODEL);
    text(&library, "ana", "river", "Otters hold hands.");
    {
        let mut tending = pin!(library.tend());
        let mut context = Context::from_waker(Waker::noop());
        assert!(tending.as_mut().poll(&mut context).is_pending());
        ask(&library, RemoveDocument { who: person("ana"), id: "river".to_owned() }).unwrap();
        // It has the number that was free.
        text(&library, "ana", "town", "Cars stand in line.");
        block_on(tending).unwrap();
    }
    while count(&host, "vectors_due") > 0 {
        block_on(library.tend()).unwrap();
    }
    assert!(found(&library, "ana", "lutrinae").is_empty());
    let renamed =
        ChangeDocument { who: person("ana"), id: "town".to_owned(), title: Some("Lutrinae".to_owned()), folder: None };
    ask(&library, renamed).unwrap();
    block_on(library.tend()).unwrap();
    assert_eq!(found(&library, "ana", "otter"), ["town"], "the title is part of it");
}

/// Another model: all anew. None: they are gone. The same model with other dimensions: nothing is mixed, the words answer.
#[test]
fn vectors_are_of_one_model() {
    let host = FakeHost::new();
    let dimensions = Rc::new(Cell::new(2_usize));
    let of = dimensions.clone();
    host.world(move |request| {
        let Ok(answer) = server(request) else { panic!("it answers") };
        let text = answer.body().text().replace("0.9]", &format!("0.9{}]", ",0".repeat(of.get() - 2)));
        let text = text.replace("0.1]", &format!("0.1{}]", ",0".repeat(of.get() - 2)));
        Ok(deputy_http::response(200, text))
    });
    let small = library(&host, &MODEL);
    text(&small, "ana", "river", "Otters hold hands.");
    block_on(small.tend()).unwrap();
    dimensions.set(3);
    text(&small, "ana", "brook", "Otters hold hands.");
    block_on(small.tend()).unwrap();
    assert_eq!((count(&host, "vectors"), count(&host, "vectors_due")), (1, 1), "refused");
    assert!(found(&small, "ana", "lutrinae").is_empty());
    assert_eq!(found(&small, "ana", "otters").len(), 2);
    let large = library(&host, &OTHER);
    assert_eq!((count(&host, "vectors"), count(&host, "vectors_due")), (0, 2));
    block_on(large.tend()).unwrap();
    assert_eq!(found(&large, "ana", "lutrinae").len(), 2);
    let none = library(&host, &[]);
    assert_eq!((count(&host, "vectors"), count(&host, "vectors_due")), (0, 0));
    assert_eq!(found(&none, "ana", "otters").len(), 2);
}

/// Neither the key nor the words of a document are anywhere but where they belong.
#[test]
fn s_21_the_key_is_sent_to_the_server_alone() {
    let host = FakeHost::new();
    host.world(server);
    let with_key = [MODEL[0], MODEL[1], ("EMBEDDINGS_API_KEY", "embeddings-key-value")];
    let library = library(&host, &with_key);
    text(&library, "ana", "river", "Otters hold hands.");
    block_on(library.tend()).unwrap();
    let sent = host.sent("embeddings");
    assert_eq!(sent[0].headers()["authorization"], "Bearer embeddings-key-value");
    assert_eq!(sent[0].uri().to_string(), "https://vectors.example/v1/embeddings");
    let shown = format!("{:?} {}", library.settings, host.dump());
    assert!(!shown.contains("embeddings-key-value"));
}
