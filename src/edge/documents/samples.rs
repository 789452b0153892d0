use deputy_documents::MediaType;
use deputy_documents::samples::{PRIVATE, PUBLIC};
use worker::Response;

use super::json::AddedJson;
use crate::edge::identity::Caller;
use crate::edge::reply;
use crate::edge::visit::Visit;
use crate::library::requests::{AddDocument, ItemKind, ShareDocument, ShareWith};
use crate::objects::Refusal;

/// `POST /api/documents/samples`: two documents to try retrieval with (RG-14, RG-15), both the caller's: one that everybody may see, and
/// one that nobody else may until it is shared. Everybody can have them, so they get ids of their own.
pub async fn add(visit: &Visit, caller: &Caller) -> Result<Response, Refusal> {
    let mut documents = Vec::new();
    for (sample, everybody) in [(PUBLIC, true), (PRIVATE, false)] {
        let add = AddDocument {
            who: caller.person(),
            title: sample.title.to_owned(),
            text: sample.text.to_owned(),
            media_type: MediaType::Markdown.to_string(),
            folder: None,
            id: None,
        };
        let mut document = caller.ask_library(visit, &add).await?;
        if everybody {
            let share = ShareDocument {
                who: caller.person(),
                kind: ItemKind::Document,
                id: document.id.clone(),
                with: ShareWith::Everybody,
            };
            caller.ask_library(visit, &share).await?;
            document.everybody = true;
        }
        documents.push(document);
    }
    reply::json(&AddedJson::from(documents))
}
