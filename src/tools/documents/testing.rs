//! A library that says what a test wants, and keeps what it was asked and for whom.

use std::cell::RefCell;

use deputy_agent::VerifiedUser;
use futures::FutureExt;
use futures::future::ready;

use super::library::{Answer, Document, Documents, Library, NoAnswer, Passages};

/// See the module.
#[derive(Default)]
pub struct TestLibrary {
    /// What a search finds.
    pub passages: Passages,
    /// What there is.
    pub documents: Documents,
    /// It answers nothing.
    pub fails: Option<NoAnswer>,
    /// What it was asked, and for whom.
    pub log: RefCell<Vec<String>>,
}

impl TestLibrary {
    /// What it was asked, and for whom.
    pub fn asked(&self) -> Vec<String> {
        self.log.borrow().clone()
    }

    fn answer<T: 'static>(&self, user: &VerifiedUser, what: &str, answer: T) -> Answer<'_, T> {
        self.log.borrow_mut().push(format!("{}: {what}", user.subject));
        ready(self.fails.clone().map_or(Ok(answer), Err)).boxed_local()
    }
}

impl Library for TestLibrary {
    fn search<'a>(&'a self, user: &'a VerifiedUser, question: &'a str, wanted: usize) -> Answer<'a, Passages> {
        self.answer(user, &format!("search {wanted} {question}"), self.passages.clone())
    }

    fn list<'a>(&'a self, user: &'a VerifiedUser) -> Answer<'a, Documents> {
        self.answer(user, "list", self.documents.clone())
    }

    fn add<'a>(&'a self, user: &'a VerifiedUser, id: &'a str, title: &'a str, _text: &'a str) -> Answer<'a, Document> {
        let document = Document { id: id.to_owned(), title: title.to_owned(), mine: true, everybody: false };
        self.answer(user, &format!("add {id}"), document)
    }

    fn find<'a>(&'a self, user: &'a VerifiedUser, id: &'a str) -> Answer<'a, Option<Document>> {
        let found = self.documents.documents.iter().find(|document| document.id == id).cloned();
        self.answer(user, &format!("find {id}"), found)
    }
}
