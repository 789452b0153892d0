//! `/api/documents` and `/api/folders`: documents, their folders, and with whom they are shared. Every request names who asks, and
//! the library checks what that person may; what is foreign and what is not there are not told apart.

pub mod error;
mod folders;
pub mod form;
mod items;
mod json;
pub mod route;
mod samples;
mod sharing;
mod upload;

use worker::Response;

use self::route::DocumentRoute;
use super::identity;
use super::visit::Visit;
use crate::objects::Refusal;

/// Answers a request; its method is one that the route answers.
pub async fn answer(visit: &mut Visit, route: DocumentRoute<'_>, method: &str) -> Result<Response, Refusal> {
    let caller = identity::caller(visit, None).await?;
    match (route, method) {
        (DocumentRoute::Documents, "POST") => items::create(visit, &caller).await,
        (DocumentRoute::Documents, _) => items::list(visit, &caller).await,
        (DocumentRoute::Upload, _) => upload::upload(visit, &caller).await,
        (DocumentRoute::Search, _) => items::search(visit, &caller).await,
        (DocumentRoute::Samples, _) => samples::add(visit, &caller).await,
        (DocumentRoute::Document(id), "PATCH") => items::change(visit, &caller, id).await,
        (DocumentRoute::Document(id), "DELETE") => items::remove(visit, &caller, id).await,
        (DocumentRoute::Document(id), _) => items::read(visit, &caller, id).await,
        (DocumentRoute::Content(id), _) => items::content(visit, &caller, id).await,
        (DocumentRoute::Passage(id, chunk), _) => items::passage(visit, &caller, id, chunk).await,
        (DocumentRoute::Folders, "POST") => folders::create(visit, &caller).await,
        (DocumentRoute::Folders, _) => folders::list(visit, &caller).await,
        (DocumentRoute::Folder(id), "DELETE") => folders::remove(visit, &caller, id).await,
        (DocumentRoute::Folder(id), _) => folders::change(visit, &caller, id).await,
        (DocumentRoute::Shares(kind, id), "POST") => sharing::share(visit, &caller, kind, id).await,
        (DocumentRoute::Shares(kind, id), _) => sharing::list(visit, &caller, kind, id).await,
        (DocumentRoute::Share(kind, id, share), _) => sharing::unshare(visit, &caller, kind, id, share).await,
        (DocumentRoute::Viewers(kind, id), _) => sharing::viewers(visit, &caller, kind, id).await,
    }
}
