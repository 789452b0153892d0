use deputy_http::{ReadResponse, TransportError, response};

use super::service::{SETTINGS, STORE, Service, refusal};
use super::*;

const CREDENTIALS: &[(&str, &str)] = &[
    ("FGA_API_URL", "https://fga.example"),
    ("FGA_STORE_ID", STORE),
    ("FGA_CLIENT_ID", "fga-client"),
    ("FGA_CLIENT_SECRET", "fga-secret-value"),
    ("FGA_API_TOKEN_ISSUER", "auth.fga.example"),
];

/// A document that everybody may see, and a service.
fn scene(settings: &[(&str, &str)]) -> (FakeHost, Service, Core<FakeHost>) {
    let host = FakeHost::new();
    host.let_sleeps_pass();
    let service = Service::of(&host);
    let library = library(&host, settings);
    add(&library, "ana", "plan", None).unwrap();
    share(&library, "ana", "plan", ShareWith::Everybody).unwrap();
    service.take_calls();
    (host, service, library)
}

/// Nothing is shown: not by itself, not in the list, not by its words, and nowhere is there a trace of it.
fn shows_nothing(library: &Core<FakeHost>, code: &str) {
    for who in ["ana", "bo"] {
        assert_eq!(refused(read(library, who, "plan")), (503, code.to_owned()), "{who}");
        let list = ask(library, ListDocuments { who: person(who), folder: None }).unwrap();
        assert!(list.documents.is_empty() && list.unchecked, "{who}");
        let search = SearchDocuments { who: person(who), query: "the secret of plan".to_owned(), wanted: 5 };
        let found = ask(library, search).unwrap();
        assert!(found.passages.is_empty() && found.unchecked, "{who}");
        let relation = CheckRelation {
            who: person(who),
            relation: "can_view".to_owned(),
            object: "doc:plan".to_owned(),
            context: None,
        };
        assert_eq!(ask(library, relation).unwrap(), RelationChecked { allowed: false, unchecked: true });
    }
    // An id that is not there gets the same answer: it would tell which are.
    assert_eq!(refused(read(library, "bo", "nothing")), refused(read(library, "bo", "plan")));
    assert_eq!(refused(shares(library, "ana", "nothing")), refused(shares(library, "ana", "plan")));
}

/// RG-07: the questions of a page go in one batch, by verified user and document id; 50 at most.
#[test]
fn rg_07_documents_are_asked_for_in_batches() {
    let (_, service, library) = scene(SETTINGS);
    for number in 0..60 {
        add(&library, "ana", &format!("d{number}"), None).unwrap();
    }
    service.take_calls();
    ask(&library, ListDocuments { who: person("bo"), folder: None }).unwrap();
    let calls = service.take_calls();
    let sizes: Vec<_> = calls.iter().map(|(_, body)| body["checks"].as_array().unwrap().len()).collect();
    assert!(calls.iter().all(|(path, _)| path == "batch-check") && sizes.iter().all(|size| *size <= 50), "{sizes:?}");
    assert!(sizes.len() <= sizes.iter().sum::<usize>().div_ceil(50), "{sizes:?}");
    for (_, body) in &calls {
        for check in body["checks"].as_array().unwrap() {
            assert_eq!(check["tuple_key"]["user"], "user:auth0|bo");
            assert!(check["tuple_key"]["object"].as_str().unwrap().starts_with("doc:"));
        }
    }
}

/// RG-02: a token by the client's credentials, with the audience that ends with a slash; one for all calls. The secret goes nowhere else.
#[test]
fn rg_02_the_token_is_asked_for_once() {
    let (host, service, library) = scene(CREDENTIALS);
    assert!(sees(&library, "bo", "plan"));
    let tokens = host.sent("auth.fga.example/oauth/token");
    assert_eq!((tokens.len(), service.count("token")), (1, 0));
    let form = tokens[0].body().text().to_owned();
    assert!(
        form.contains("audience=https%3A%2F%2Ffga.example%2F&")
            || form.ends_with("audience=https%3A%2F%2Ffga.example%2F"),
        "{form}"
    );
    let calls = host.sent(&format!("https://fga.example/stores/{STORE}/"));
    assert!(!calls.is_empty() && calls.iter().all(|call| call.headers()["authorization"] == "Bearer fga-access-token"));
    assert_eq!(host.sent("fga-secret-value").len(), 1);
    assert!(!host.dump().contains("fga-secret-value") && !host.dump().contains("fga-access-token"));
}

/// A token that is refused is got anew, once; credentials that are refused show nothing.
#[test]
fn a_refused_token_is_renewed_and_refused_credentials_show_nothing() {
    let (host, service, library) = scene(CREDENTIALS);
    let used = std::cell::Cell::new(false);
    service.trouble(move |path, _| {
        (path == "batch-check" && !used.replace(true)).then(|| Ok(refusal(401, "invalid_bearer_token")))
    });
    assert!(sees(&library, "bo", "plan"));
    assert_eq!(host.sent("/oauth/token").len(), 2);
    service.trouble(|path, _| (path != "token").then(|| Ok(refusal(401, "invalid_bearer_token"))));
    shows_nothing(&library, "fga_unauthenticated");
    service.trouble(|path, _| (path == "token").then(|| Ok(response(401, r#"{"error":"access_denied"}"#))));
    shows_nothing(&library, "fga_credentials_refused");
    service.works();
    assert!(sees(&library, "bo", "plan"));
}

/// RG-03: a client without the permission to write, or to ask: said by its code.
#[test]
fn rg_03_a_client_without_permission_is_named() {
    let (_, service, library) = scene(CREDENTIALS);
    service.trouble(|path, _| (path == "write").then(|| Ok(refusal(403, "forbidden"))));
    assert_eq!(refused(add(&library, "ana", "second", None)), code(503, "fga_forbidden"));
    assert!(sees(&library, "bo", "plan") && !sees(&library, "ana", "second"));
    service.trouble(|path, _| (path == "batch-check").then(|| Ok(refusal(403, "forbidden"))));
    shows_nothing(&library, "fga_forbidden");
}

#[test]
fn a_service_that_is_down_slow_or_another_shows_nothing() {
    let (_, service, library) = scene(SETTINGS);
    service.is_down();
    shows_nothing(&library, "fga_down");
    service.trouble(|_, _| Some(Err(TransportError::TimedOut { host: "fga.example".to_owned() })));
    shows_nothing(&library, "fga_down");
    service.trouble(|_, _| Some(Ok(refusal(404, "store_id_not_found"))));
    shows_nothing(&library, "fga_store_not_found");
    service.trouble(|_, _| Some(Ok(refusal(400, "latest_authorization_model_not_found"))));
    shows_nothing(&library, "fga_model_not_found");
    service.trouble(|_, _| Some(Ok(response(200, "<html>welcome</html>"))));
    shows_nothing(&library, "fga_malformed");
    service.trouble(|_, _| Some(Ok(response(200, r#"{"result":{}}"#))));
    shows_nothing(&library, "fga_malformed");
    service.works();
    assert!(sees(&library, "bo", "plan"));
}

/// RG-05: a model without the relation that is asked for is an error, not a no; and it is said which settings to look at.
#[test]
fn rg_05_a_model_without_the_relation_shows_nothing() {
    let printed = "model\n  schema 1.1\n\ntype user\n\ntype doc\n  relations\n    define owner: [user]\n    define viewer: [user, user:*]\n";
    let host = FakeHost::new();
    host.let_sleeps_pass();
    let service = Service::with_model(&host, printed);
    let wrong = library(&host, SETTINGS);
    let (status, problem) = refused(add(&wrong, "ana", "plan", None).and_then(|_| read(&wrong, "ana", "plan")));
    assert!(status == 503 && problem.starts_with("fga_"), "{problem}");
    assert!(service.has("user:auth0|ana", "owner", "doc:plan"));
    // The documents' other way: to ask for `viewer` (RG-05, RG-18), which owners have to have.
    let (host, owners) = (FakeHost::new(), printed.replace("user:*]", "user:*] or owner"));
    let _service = Service::with_model(&host, &owners);
    let right = library(&host, &[SETTINGS, &[("FGA_RELATION", "viewer")]].concat());
    add(&right, "ana", "public-doc", None).unwrap();
    share(&right, "ana", "public-doc", ShareWith::Everybody).unwrap();
    assert!(sees(&right, "bo", "public-doc"));
}

/// A limit is waited for if that is short, and never by a change: that comes back when it may.
#[test]
fn a_limit_is_waited_for_or_said() {
    let (host, service, library) = scene(SETTINGS);
    let limited = |seconds: &'static str| {
        let used = std::cell::Cell::new(false);
        move |_: &str, _: &serde_json::Value| {
            (seconds != "1" || !used.replace(true)).then(|| Ok(response(429, "").with_header("retry-after", seconds)))
        }
    };
    service.trouble(limited("1"));
    assert!(read(&library, "bo", "plan").is_ok());
    service.trouble(limited("60"));
    service.take_calls();
    shows_nothing(&library, "fga_rate_limited");
    service.works();
    let shared = shares(&library, "ana", "plan").unwrap().remove(0);
    service.trouble(|path, _| (path == "write").then(|| Ok(response(429, "").with_header("retry-after", "60"))));
    let before = crate::platform::ports::Clock::now(&host);
    unshare(&library, "ana", "plan", &shared.id).unwrap();
    let next = library.rights.next_try().unwrap().unwrap();
    assert!(next >= before + 60_000, "not before the service said");
    service.works();
    block_on(library.settle()).unwrap();
    assert_eq!(service.count("write"), 1, "not a second time within the minute");
    host.pass(60_000);
    block_on(library.settle()).unwrap();
    assert!(!service.has("user:*", "viewer", "doc:plan"));
}
