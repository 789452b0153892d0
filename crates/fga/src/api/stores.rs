//! `/stores`.

use deputy_http::Response;
use serde::{Deserialize, Serialize};

use super::body;
use super::moment::{Moment, rfc3339};
use super::page::Query;
use super::refusal::Refusal;
use super::reply::{no_content, of_status, ok};
use super::rules::{Pattern, matching, unless_empty};
use super::storage::{StoreRecord, Stores};

#[derive(Deserialize, Default)]
#[serde(default)]
struct CreateBody {
    name: String,
}

#[derive(Serialize)]
struct StoreView {
    id: String,
    name: String,
    created_at: String,
    updated_at: String,
}

impl From<StoreRecord> for StoreView {
    fn from(StoreRecord { id, name, created_at_ms }: StoreRecord) -> Self {
        Self { id, name, created_at: rfc3339(created_at_ms), updated_at: rfc3339(created_at_ms) }
    }
}

/// A store that is there: OpenFGA says so in a member that is always null.
#[derive(Serialize)]
struct PresentStore {
    #[serde(flatten)]
    store: StoreView,
    deleted_at: Option<String>,
}

impl From<StoreRecord> for PresentStore {
    fn from(record: StoreRecord) -> Self {
        Self { store: record.into(), deleted_at: None }
    }
}

pub(super) fn create<S: Stores>(stores: &mut S, body: &[u8], moment: Moment) -> Result<Response, Refusal> {
    let CreateBody { name } = body::read(body)?;
    matching("CreateStoreRequest", "Name", Pattern::StoreName, &name)?;
    let record = StoreRecord { id: moment.ulid(), name, created_at_ms: moment.now_ms };
    stores.create(record.clone())?;
    Ok(of_status(201, &StoreView::from(record)))
}

pub(super) fn get<S: Stores>(stores: &S, store: &str) -> Result<Response, Refusal> {
    let record = stores.store(store)?.ok_or_else(Refusal::store_not_found)?;
    Ok(ok(&PresentStore::from(record)))
}

pub(super) fn delete<S: Stores>(stores: &mut S, store: &str) -> Result<Response, Refusal> {
    stores.delete(store)?;
    Ok(no_content())
}

pub(super) fn list<S: Stores>(stores: &S, query: &Query) -> Result<Response, Refusal> {
    #[derive(Serialize)]
    struct Listed {
        stores: Vec<PresentStore>,
        continuation_token: String,
    }
    let page = query.page("ListStoresRequest")?;
    let name = query.text("name");
    unless_empty("ListStoresRequest", "Name", Pattern::StoreName, name)?;
    let name = (!name.is_empty()).then_some(name);
    let mut records = stores.list(name, page.after.as_deref(), page.and_one())?;
    let continuation_token = page.cut(&mut records, |record| record.id.clone());
    Ok(ok(&Listed { stores: records.into_iter().map(PresentStore::from).collect(), continuation_token }))
}
