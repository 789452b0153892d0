//! What a chat asks a library: for tools, and whether the user stands in a relation.

use std::rc::Rc;

use deputy_agent::{Problem, Relation, Unrelated, VerifiedUser};

use super::ports::{Library, Platform};
use crate::library::requests::{
    AddDocument, CheckRelation, DocumentView, ListDocuments, ReadDocument, SearchDocuments, VisibleDocuments,
};
use crate::objects::Refusal;
use crate::platform::log::{Level, note};
use crate::tools::documents::library::{self, Answer, Document, Documents, NoAnswer, Passage, Passages};

/// The libraries of the chat's user.
pub struct Libraries<P>(pub Rc<P>);

/// Whether the user stands in the relation. What is not answered is not allowed.
pub async fn check_relation<P: Platform>(
    platform: &P,
    user: &VerifiedUser,
    relation: &Relation,
) -> Result<(), Unrelated> {
    let Relation { relation, object, context } = relation.clone();
    let context = (!context.is_empty()).then_some(context);
    let ask = CheckRelation { who: user.into(), relation, object, context };
    match platform.library(user).ask(&ask).await {
        Ok(answer) if answer.allowed => Ok(()),
        Ok(answer) if answer.unchecked => Err(Unrelated::Unchecked),
        Ok(_) => Err(Unrelated::Denied),
        Err(refusal) => {
            note(Level::Warn, "check_relation", Some(&refusal.code), None);
            Err(Unrelated::Unchecked)
        }
    }
}

/// Those of the documents that the user may see. What is not answered may not be seen.
pub async fn visible_documents<P: Platform>(platform: &P, user: &VerifiedUser, documents: &[String]) -> Vec<String> {
    let ask = VisibleDocuments { who: user.into(), ids: documents.to_vec() };
    platform.library(user).ask(&ask).await.unwrap_or_else(|refusal| {
        note(Level::Warn, "visible_documents", Some(&refusal.code), None);
        Vec::new()
    })
}

impl<P: Platform> library::Library for Libraries<P> {
    fn search<'a>(&'a self, user: &'a VerifiedUser, question: &'a str, wanted: usize) -> Answer<'a, Passages> {
        let ask = SearchDocuments { who: user.into(), query: question.to_owned(), wanted };
        Box::pin(async move {
            let found = self.0.library(user).ask(&ask).await.map_err(no_answer)?;
            let passage = |passage: crate::library::requests::Passage| Passage {
                document_id: passage.document_id,
                title: passage.title,
                chunk: passage.chunk,
                content: under(&passage.heading, passage.content),
                similarity: passage.similarity,
            };
            let passages = found.passages.into_iter().map(passage).collect();
            Ok(Passages { passages, cut: found.cut, unchecked: found.unchecked })
        })
    }

    fn list<'a>(&'a self, user: &'a VerifiedUser) -> Answer<'a, Documents> {
        let ask = ListDocuments { who: user.into(), folder: None };
        Box::pin(async move {
            let listing = self.0.library(user).ask(&ask).await.map_err(no_answer)?;
            let documents = listing.documents.into_iter().map(document).collect();
            Ok(Documents { documents, cut: listing.cut, unchecked: listing.unchecked })
        })
    }

    fn add<'a>(&'a self, user: &'a VerifiedUser, id: &'a str, title: &'a str, text: &'a str) -> Answer<'a, Document> {
        let ask = AddDocument {
            who: user.into(),
            title: title.to_owned(),
            text: text.to_owned(),
            media_type: "text/markdown".to_owned(),
            folder: None,
            id: Some(id.to_owned()),
        };
        Box::pin(async move { self.0.library(user).ask(&ask).await.map(document).map_err(no_answer) })
    }

    fn find<'a>(&'a self, user: &'a VerifiedUser, id: &'a str) -> Answer<'a, Option<Document>> {
        let ask = ReadDocument { who: user.into(), id: id.to_owned() };
        Box::pin(async move {
            match self.0.library(user).ask(&ask).await {
                Ok(found) => Ok(Some(document(found))),
                Err(refusal) if refusal.status == 404 => Ok(None),
                Err(refusal) => Err(no_answer(refusal)),
            }
        })
    }
}

fn document(view: DocumentView) -> Document {
    Document { id: view.id, title: view.title, mine: view.mine, everybody: view.everybody }
}

/// A passage under the headings it stands under in its document.
fn under(heading: &str, content: String) -> String {
    if heading.is_empty() || content.starts_with(heading) { content } else { format!("{heading}\n\n{content}") }
}

fn no_answer(refusal: Refusal) -> NoAnswer {
    let problem = Problem { code: refusal.code.clone(), message: refusal.message.clone() };
    match refusal.status {
        _ if refusal.code == "binding_unavailable" => NoAnswer::Missing,
        // A library that is full has answered.
        500..507 => NoAnswer::Lost(problem),
        _ => NoAnswer::Refused(problem),
    }
}
