use deputy_documents::read::{self, Text};
use deputy_error::Explained;
use worker::Response;

use super::form::{UploadError, UploadForm};
use super::json::AddedJson;
use crate::edge::identity::Caller;
use crate::edge::reply;
use crate::edge::visit::Visit;
use crate::library::requests::{AddDocument, DocumentView, RemoveDocument};
use crate::objects::Refusal;
use crate::platform::log::{Level, note};

/// What a request with documents may have at most, bytes: 10 MB of text and what is around it.
pub const MAX_BODY: usize = 10 * 1024 * 1024 + 256 * 1024;

/// `POST /api/documents/upload` (RG-10): a form with files, and a field `folder` where they are not to be at the top. All of them are
/// taken, or none.
pub async fn upload(visit: &mut Visit, caller: &Caller) -> Result<Response, Refusal> {
    let content_type = visit.header("content-type");
    let body = visit.bytes_up_to(MAX_BODY).await.map_err(|refusal| match refusal.status {
        413 => refused(UploadError::TooLarge),
        _ => refusal,
    })?;
    let form = UploadForm::read(content_type.as_deref(), body).await.map_err(refused)?;
    let mut texts = Vec::with_capacity(form.files.len());
    for file in form.files {
        texts.push(read(&file.bytes, &file.media_type, &file.name)?);
    }
    let mut documents = Vec::with_capacity(texts.len());
    for Text { title, text, media_type } in texts {
        let add = AddDocument {
            who: caller.person(),
            title,
            text,
            media_type: media_type.to_string(),
            folder: form.folder.clone(),
            id: None,
        };
        match caller.ask_library(visit, &add).await {
            Ok(document) => documents.push(document),
            Err(refusal) => {
                take_back(visit, caller, documents).await;
                return Err(refusal);
            }
        }
    }
    reply::json(&AddedJson::from(documents))
}

fn read(bytes: &[u8], media_type: &str, name: &str) -> Result<Text, Refusal> {
    read::read(bytes, media_type, name).map_err(|error| {
        // Of several files the user has to know which.
        Refusal::new(400, error.code(), format!("{name}: {}", error.user_message()))
    })
}

fn refused(error: UploadError) -> Refusal {
    Refusal::explained(error.status(), &error)
}

/// Removes what has come in of an upload that is refused.
async fn take_back(visit: &Visit, caller: &Caller, documents: Vec<DocumentView>) {
    for document in documents {
        if let Err(refusal) = caller.ask_library(visit, &RemoveDocument { who: caller.person(), id: document.id }).await
        {
            note(Level::Warn, "upload_not_taken_back", Some(&refusal.code), None);
        }
    }
}
