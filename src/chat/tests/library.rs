//! The library of the user's tenant, as a test wants it: documents, who may see them, and what was asked for whom.

use std::cell::RefCell;
use std::rc::Rc;

use deputy_agent::VerifiedUser;
use serde_json::{Value, json};

use crate::chat::core::ports::Library;
use crate::library::requests::LibraryRequest;
use crate::objects::Refusal;

/// Libraries by organisation. Clones share them.
#[derive(Clone, Default)]
pub struct FakeLibrary(Rc<RefCell<Shelves>>);

/// What there is.
#[derive(Default)]
pub struct Shelves {
    /// Documents, the newest last.
    pub documents: Vec<FakeDocument>,
    /// The object cannot be reached.
    pub down: bool,
    /// Rights cannot be checked.
    pub unchecked: bool,
    /// What was asked, and for whom.
    pub asked: Vec<String>,
}

/// A document.
#[derive(Clone)]
pub struct FakeDocument {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Its one passage.
    pub text: String,
    /// Subjects who may see it.
    pub viewers: Vec<String>,
}

impl FakeLibrary {
    /// Changes it.
    pub fn now(&self, change: impl FnOnce(&mut Shelves)) {
        change(&mut self.0.borrow_mut());
    }

    /// What was asked so far, and for whom.
    pub fn asked(&self) -> Vec<String> {
        self.0.borrow().asked.clone()
    }

    /// The library of this user, who alone may be asked for.
    pub fn of(&self, user: &VerifiedUser) -> OpenLibrary {
        OpenLibrary { library: self.clone(), subject: user.subject.clone() }
    }
}

/// A library, open to one user.
pub struct OpenLibrary {
    library: FakeLibrary,
    subject: String,
}

impl Library for OpenLibrary {
    async fn ask<R: LibraryRequest>(&self, request: &R) -> Result<R::Reply, Refusal> {
        let body = serde_json::to_value(request).unwrap();
        assert_eq!(body["who"]["subject"], self.subject.as_str(), "who asks is the user of the library: {body}");
        let reply = self.library.0.borrow_mut().answer(R::NAME, &body, &self.subject)?;
        Ok(serde_json::from_value(reply).unwrap())
    }
}

impl Shelves {
    fn answer(&mut self, name: &str, body: &Value, subject: &str) -> Result<Value, Refusal> {
        self.asked.push(format!("{subject}: {name}"));
        if self.down {
            return Err(Refusal::new(503, "object_unreachable", "Please try again."));
        }
        let visible = |document: &&FakeDocument| !self.unchecked && document.viewers.iter().any(|who| who == subject);
        let seen: Vec<&FakeDocument> = self.documents.iter().filter(visible).collect();
        Ok(match name {
            "search_documents" => {
                let passages: Vec<Value> = seen.iter().map(|document| passage(document)).collect();
                json!({"passages": passages, "cut": null, "unchecked": self.unchecked})
            }
            "list_documents" => {
                let documents: Vec<Value> = seen.iter().map(|document| view(document)).collect();
                json!({"documents": documents, "folders": [], "cut": false, "unchecked": self.unchecked})
            }
            "read_document" => {
                let found = seen.iter().find(|document| body["id"] == document.id.as_str());
                view(found.ok_or_else(|| Refusal::new(404, "document_unknown", "There is no such document."))?)
            }
            "add_document" => {
                let text = |member: &str| body[member].as_str().unwrap().to_owned();
                let viewers = vec![subject.to_owned()];
                let added = FakeDocument { id: text("id"), title: text("title"), text: text("text"), viewers };
                let shown = view(&added);
                self.documents.push(added);
                shown
            }
            "visible_documents" => {
                let ids = body["ids"].as_array().unwrap().iter();
                ids.filter(|id| seen.iter().any(|document| **id == document.id.as_str())).cloned().collect()
            }
            "check_relation" => {
                let related = seen.iter().any(|document| body["object"] == format!("doc:{}", document.id));
                json!({"allowed": related, "unchecked": self.unchecked})
            }
            other => panic!("nobody asks a library for {other} here"),
        })
    }
}

fn passage(document: &FakeDocument) -> Value {
    let FakeDocument { id, title, text, .. } = document;
    json!({"document_id": id, "title": title, "heading": "", "chunk": 0, "content": text, "similarity": 0.5})
}

fn view(document: &FakeDocument) -> Value {
    json!({
        "id": document.id, "title": document.title, "folder": null, "media_type": "text/markdown", "characters": 1,
        "created_at": 1, "changed_at": 1, "mine": true, "everybody": false,
    })
}
