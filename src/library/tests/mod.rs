//! The library's decisions over a real SQLite, with the embedded evaluator or with a service that a test can break.

mod audience;
mod content;
mod cut_lists;
mod doubts;
mod fga;
mod moves;
mod outbox;
mod service;
mod service_fails;
mod shares;
mod taken;
mod tuples;
mod vectors;
mod visible;

use std::rc::Rc;

use futures::executor::block_on;

use super::core::{Core, Ports};
use super::dispatch::dispatch;
use super::requests::*;
use crate::config::testing::settings;
use crate::objects::Refusal;
use crate::platform::ports::Sql;
use crate::platform::testing::FakeHost;

impl Ports for FakeHost {
    fn transaction(&self, work: &dyn Fn() -> Result<(), Refusal>) -> Result<(), Refusal> {
        self.exec("SAVEPOINT unit", &[])?;
        let done = work();
        if done.is_err() {
            self.exec("ROLLBACK TO unit", &[])?;
        }
        self.exec("RELEASE unit", &[])?;
        done
    }

    fn wake_at(&self, at: u64) {
        self.tell("alarm".to_owned(), at.to_string());
    }
}

/// The library over the host, with these settings changed. Opening it again is what a restart does.
fn library(host: &FakeHost, change: &[(&str, &str)]) -> Core<FakeHost> {
    Core::open(host.clone(), Rc::new(settings(change).unwrap())).unwrap()
}

/// Asks as the edge and the tools do: by name, JSON in, JSON out.
fn ask<R: LibraryRequest>(library: &Core<FakeHost>, request: R) -> Result<R::Reply, Refusal> {
    let body = serde_json::to_string(&request).unwrap();
    block_on(dispatch(library, R::NAME, &body)).map(|reply| serde_json::from_str(&reply).unwrap())
}

/// Somebody with a verified address: `auth0|ana` and `ana@example.com`.
fn person(name: &str) -> Person {
    Person { subject: format!("auth0|{name}"), email: Some(format!("{name}@example.com")), name: Some(name.to_owned()) }
}

fn add(library: &Core<FakeHost>, who: &str, id: &str, folder: Option<&str>) -> Result<DocumentView, Refusal> {
    let request = AddDocument {
        who: person(who),
        title: format!("Title of {id}"),
        text: format!("The secret of {id}."),
        media_type: "text/plain".to_owned(),
        folder: folder.map(str::to_owned),
        id: Some(id.to_owned()),
    };
    ask(library, request)
}

fn folder(library: &Core<FakeHost>, who: &str, title: &str, parent: Option<&str>) -> String {
    let request = AddFolder { who: person(who), title: title.to_owned(), parent: parent.map(str::to_owned) };
    ask(library, request).unwrap().id
}

fn read(library: &Core<FakeHost>, who: &str, id: &str) -> Result<DocumentView, Refusal> {
    ask(library, ReadDocument { who: person(who), id: id.to_owned() })
}

/// Whether somebody sees a document: by itself, in the list, and by its words.
fn sees(library: &Core<FakeHost>, who: &str, id: &str) -> bool {
    let one = read(library, who, id).is_ok();
    let list = ask(library, ListDocuments { who: person(who), folder: None }).unwrap();
    let listed = list.documents.iter().any(|document| document.id == id);
    let search = SearchDocuments { who: person(who), query: format!("the secret of {id}"), wanted: 5 };
    let found = ask(library, search).unwrap().passages.iter().any(|passage| passage.document_id == id);
    assert_eq!((one, listed), (found, found), "{who} sees {id} in one way and not in another");
    found
}

/// What has this id: what is not there is asked for as a document.
fn kind_of(library: &Core<impl Ports>, id: &str) -> ItemKind {
    if library.folder_row(id).unwrap().is_some() { ItemKind::Folder } else { ItemKind::Document }
}

fn share(library: &Core<FakeHost>, who: &str, id: &str, with: ShareWith) -> Result<ShareView, Refusal> {
    ask(library, ShareDocument { who: person(who), kind: kind_of(library, id), id: id.to_owned(), with })
}

fn email(address: &str) -> ShareWith {
    ShareWith::Email(address.to_owned())
}

fn shares(library: &Core<FakeHost>, who: &str, id: &str) -> Result<Vec<ShareView>, Refusal> {
    ask(library, ListShares { who: person(who), kind: kind_of(library, id), id: id.to_owned() })
}

fn unshare(library: &Core<FakeHost>, who: &str, id: &str, share: &str) -> Result<(), Refusal> {
    ask(
        library,
        RemoveShare { who: person(who), kind: kind_of(library, id), id: id.to_owned(), share: share.to_owned() },
    )
}

/// Status and code of a refusal.
fn refused<T>(result: Result<T, Refusal>) -> (u16, String) {
    result.map(|_| ()).map_err(|refusal| (refusal.status, refusal.code.clone())).expect_err("it is refused")
}

fn code(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}
