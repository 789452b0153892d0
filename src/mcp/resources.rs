//! The user's documents as resources: what the user may see, asked of the library with the user's rights each time.

use deputy_mcp::authorization::Access;
use deputy_mcp::protocol::{ReadResourceResult, Resource, ResourceContents, ResourceTemplate};
use deputy_mcp::server::Fault;

use super::call::step_up;
use super::product::Product;
use super::tools::AGENT;
use crate::library;
use crate::library::library_name;
use crate::library::requests::{DocumentView, LibraryRequest, ListDocuments, Person, ReadContent};
use crate::objects::Refusal;

/// What an address of a document begins with.
const ADDRESS: &str = "deputy://documents/";

/// Documents that the caller may see; none for one whose roles do not reach that far.
pub async fn listed(product: &Product) -> Result<Vec<Resource>, Fault> {
    if product.caller.may(&[AGENT]) != Access::Allowed {
        return Ok(Vec::new());
    }
    let listing = ask(product, &ListDocuments { who: who(product), folder: None }).await;
    let listing = listing.map_err(|_| Fault::Unavailable)?;
    Ok(listing.documents.into_iter().map(resource).collect())
}

/// The one template.
pub fn templates() -> Vec<ResourceTemplate> {
    vec![ResourceTemplate {
        uri_template: format!("{ADDRESS}{{id}}"),
        name: "document".to_owned(),
        title: Some("A document".to_owned()),
        description: Some("A document that the user may see, as text".to_owned()),
        ..ResourceTemplate::default()
    }]
}

/// The text of a document. One that is not there and one that the caller may not see are the same.
pub async fn read(product: &Product, uri: &str) -> Result<ReadResourceResult, Fault> {
    let missing = || Fault::NoResource { uri: uri.to_owned() };
    let id = uri.strip_prefix(ADDRESS).filter(|id| !id.is_empty()).ok_or_else(missing)?;
    match product.caller.may(&[AGENT]) {
        Access::Allowed => {}
        Access::StepUp(scopes) => return Err(step_up(product, &scopes)),
        Access::Hidden => return Err(missing()),
    }
    match ask(product, &ReadContent { who: who(product), id: id.to_owned() }).await {
        Ok(content) => Ok(ReadResourceResult {
            contents: vec![ResourceContents::text(uri, content.media_type, content.text)],
            cache: None,
        }),
        Err(refusal) if refusal.status == 404 => Err(missing()),
        Err(_) => Err(Fault::Unavailable),
    }
}

async fn ask<R: LibraryRequest>(product: &Product, request: &R) -> Result<R::Reply, Refusal> {
    library::ask(&product.env, &library_name(&product.caller.identity), request).await
}

fn who(product: &Product) -> Person {
    Person::of(&product.caller.subject, &product.caller.identity)
}

fn resource(document: DocumentView) -> Resource {
    Resource {
        uri: format!("{ADDRESS}{}", document.id),
        name: document.id,
        title: Some(document.title),
        mime_type: Some(document.media_type),
        ..Resource::default()
    }
}
