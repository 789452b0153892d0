//! The library's decisions over a real SQLite, with the embedded evaluator or a service that a test writes in a few lines.

mod documents;
mod folders;
mod leaks;
mod limits;
mod relation;
mod search;
mod service;
mod units;

use std::cell::Cell;
use std::rc::Rc;

use deputy_agent::VerifiedUser;
use deputy_http::{Request, Response, TransportError};
use futures::executor::block_on;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::kind_of;
use crate::config::testing::settings;
use crate::library::core::{Core, Ports};
use crate::library::dispatch::dispatch;
use crate::library::requests::*;
use crate::objects::Refusal;
use crate::platform::ports::{Bind, Clock, Network, Random, Sql, SqlError};
use crate::platform::random::NoRandomness;
use crate::platform::testing::FakeHost;

/// A host whose process can be made to die between two writes.
#[derive(Clone)]
struct Host {
    fake: FakeHost,
    writes_left: Rc<Cell<Option<usize>>>,
}

impl Host {
    fn new() -> Self {
        let fake = FakeHost::new();
        fake.let_sleeps_pass();
        Self { fake, writes_left: Rc::default() }
    }

    /// From now on that many more writes succeed.
    fn dies_after(&self, writes: Option<usize>) {
        self.writes_left.set(writes);
    }

    /// The rows of a table.
    fn count(&self, table: &str) -> u64 {
        self.fake.number(&format!("SELECT count(*) AS value FROM {table}"), &[]).unwrap().unwrap()
    }
}

impl Sql for Host {
    fn rows<T: DeserializeOwned>(&self, query: &str, binds: &[Bind<'_>]) -> Result<Vec<T>, SqlError> {
        self.fake.rows(query, binds)
    }

    fn exec(&self, query: &str, binds: &[Bind<'_>]) -> Result<(), SqlError> {
        match self.writes_left.get() {
            Some(0) => return Err(SqlError("the process died".to_owned())),
            Some(left) => self.writes_left.set(Some(left - 1)),
            None => {}
        }
        self.fake.exec(query, binds)
    }
}

impl Clock for Host {
    fn now(&self) -> u64 {
        self.fake.now()
    }

    async fn sleep(&self, ms: u64) {
        self.fake.sleep(ms).await;
    }
}

impl Random for Host {
    fn random<const N: usize>(&self) -> Result<[u8; N], NoRandomness> {
        self.fake.random()
    }
}

impl Network for Host {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.fake.send(request).await
    }
}

impl Ports for Host {
    fn transaction(&self, work: &dyn Fn() -> Result<(), Refusal>) -> Result<(), Refusal> {
        self.fake.exec("BEGIN", &[])?;
        let done = work();
        self.fake.exec(if done.is_ok() { "COMMIT" } else { "ROLLBACK" }, &[])?;
        done
    }

    fn wake_at(&self, at: u64) {
        self.fake.tell("alarm".to_owned(), at.to_string());
    }
}

/// A library with the embedded evaluator.
fn library(host: &Host) -> Core<Host> {
    library_with(host, &[])
}

fn library_with(host: &Host, change: &[(&str, &str)]) -> Core<Host> {
    Core::open(host.clone(), Rc::new(settings(change).unwrap())).unwrap()
}

/// Somebody whose e-mail address is verified.
fn person(name: &str) -> Person {
    Person { subject: format!("auth0|{name}"), email: Some(format!("{name}@example.com")), name: Some(name.to_owned()) }
}

/// Asks as the edge and the chats do: by name, JSON in, JSON out.
fn ask<R: LibraryRequest>(library: &Core<Host>, request: R) -> Result<R::Reply, Refusal> {
    let body = serde_json::to_string(&request).unwrap();
    block_on(dispatch(library, R::NAME, &body)).map(|reply| serde_json::from_str(&reply).unwrap())
}

/// Status and code of a refusal.
fn refused<R: LibraryRequest>(library: &Core<Host>, request: R) -> (u16, String) {
    match ask(library, request) {
        Ok(_) => panic!("not refused"),
        Err(refusal) => (refusal.status, refusal.code.clone()),
    }
}

fn unknown() -> (u16, String) {
    (404, "document_unknown".to_owned())
}

fn adding(who: &str, title: &str, text: &str, folder: Option<&str>) -> AddDocument {
    AddDocument {
        who: person(who),
        title: title.to_owned(),
        text: text.to_owned(),
        media_type: "text/markdown".to_owned(),
        folder: folder.map(str::to_owned),
        id: None,
    }
}

/// Takes a document in; gives its id.
fn add(library: &Core<Host>, who: &str, title: &str, text: &str, folder: Option<&str>) -> String {
    ask(library, adding(who, title, text, folder)).unwrap().id
}

/// Makes a folder; gives its id.
fn add_folder(library: &Core<Host>, who: &str, title: &str, parent: Option<&str>) -> String {
    let parent = parent.map(str::to_owned);
    ask(library, AddFolder { who: person(who), title: title.to_owned(), parent }).unwrap().id
}

fn share(library: &Core<Host>, who: &str, id: &str, with: ShareWith) {
    ask(library, ShareDocument { who: person(who), kind: kind_of(library, id), id: id.to_owned(), with }).unwrap();
}

fn with(name: &str) -> ShareWith {
    ShareWith::Email(format!("{name}@example.com"))
}

fn list(library: &Core<Host>, who: &str) -> Listing {
    ask(library, ListDocuments { who: person(who), folder: None }).unwrap()
}

/// Titles of the documents that somebody sees, the newest first.
fn titles(library: &Core<Host>, who: &str) -> Vec<String> {
    list(library, who).documents.into_iter().map(|document| document.title).collect()
}

fn find(library: &Core<Host>, who: &str, query: &str) -> Found {
    ask(library, SearchDocuments { who: person(who), query: query.to_owned(), wanted: 10 }).unwrap()
}

fn found_titles(library: &Core<Host>, who: &str, query: &str) -> Vec<String> {
    find(library, who, query).passages.into_iter().map(|passage| passage.title).collect()
}

/// Settings with which a service decides.
const SERVICE: [(&str, &str); 2] =
    [("FGA_API_URL", "https://fga.example"), ("FGA_STORE_ID", "01JZ0000000000000000000001")];

fn json_answer(status: u16, value: &Value) -> Result<Response, TransportError> {
    Ok(deputy_http::response(status, value.to_string()))
}

/// A service that answers checks with this, and takes every write.
fn service(
    allows: impl Fn(&str, &str, &str) -> bool + 'static,
) -> impl Fn(&Request) -> Result<Response, TransportError> {
    move |request| {
        let body: Value = serde_json::from_str(&request.body().text()).unwrap_or_default();
        if !request.uri().path().ends_with("/batch-check") {
            return json_answer(200, &json!({}));
        }
        let answers = body["checks"].as_array().unwrap().iter().map(|check| {
            let part = |name: &str| check["tuple_key"][name].as_str().unwrap();
            let allowed = allows(part("user"), part("relation"), part("object"));
            (check["correlation_id"].as_str().unwrap().to_owned(), json!({ "allowed": allowed }))
        });
        json_answer(200, &json!({ "result": answers.collect::<serde_json::Map<_, _>>() }))
    }
}
