use deputy_http::{Method, Request, Response};
use serde::Serialize;

use super::moment::Moment;
use super::page::Query;
use super::refusal::{RESOURCE_EXHAUSTED, Refusal, UNDEFINED_ENDPOINT, UNIMPLEMENTED};
use super::reply::ok;
use super::rules::{Pattern, matching};
use super::storage::Stores;
use super::{assertions, changes, check, expand, lists, models, read, stores as store_routes, write};

/// The most bytes of a body.
pub const BODY_LIMIT: usize = 512 * 1024;

/// Answers a call. Who may call is for whoever listens to decide before; [`Refusal::unauthenticated`] says it in OpenFGA's words.
pub fn answer<S: Stores>(stores: &mut S, request: &Request, moment: Moment) -> Response {
    routed(stores, request, moment).unwrap_or_else(|refusal| refusal.response())
}

/// What is at a path, by its methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route<'a> {
    Health,
    Stores,
    Store,
    Models,
    Model(&'a str),
    Assertions(&'a str),
    Changes,
    /// One of the questions and writes, which are all posted.
    Posted(Posted),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Posted {
    Write,
    Read,
    Check,
    BatchCheck,
    Expand,
    ListObjects,
    StreamedListObjects,
    ListUsers,
}

/// The name of the request in OpenFGA's protocol buffers, and what there is to do.
fn routed<S: Stores>(stores: &mut S, request: &Request, moment: Moment) -> Result<Response, Refusal> {
    let path: Vec<&str> = request.uri().path().split('/').skip(1).collect();
    let (route, store) = route(&path).ok_or_else(|| Refusal::new(UNDEFINED_ENDPOINT, "Not Found"))?;
    let body: &[u8] = request.body();
    if body.len() > BODY_LIMIT {
        let message = format!("grpc: received message larger than max ({} vs. {BODY_LIMIT})", body.len());
        return Err(Refusal::new(RESOURCE_EXHAUSTED, message));
    }
    let query = Query::new(request.uri().query());
    let of_store = |message: &str| matching(message, "StoreId", Pattern::Id, store);
    match (route, request.method()) {
        (Route::Health, &Method::GET) => Ok(healthy()),
        (Route::Stores, &Method::POST) => store_routes::create(stores, body, moment),
        (Route::Stores, &Method::GET) => store_routes::list(stores, &query),
        (Route::Store, &Method::GET) => {
            of_store("GetStoreRequest")?;
            store_routes::get(stores, store)
        }
        (Route::Store, &Method::DELETE) => {
            of_store("DeleteStoreRequest")?;
            store_routes::delete(stores, store)
        }
        (Route::Models, &Method::POST) => {
            of_store("WriteAuthorizationModelRequest")?;
            models::write(stores, store, body, moment)
        }
        (Route::Models, &Method::GET) => {
            of_store("ReadAuthorizationModelsRequest")?;
            models::list(stores, store, &query)
        }
        (Route::Model(id), &Method::GET) => {
            of_store("ReadAuthorizationModelRequest")?;
            models::read(stores, store, id)
        }
        (Route::Assertions(model), &Method::PUT) => {
            of_store("WriteAssertionsRequest")?;
            assertions::write(stores, store, model, body)
        }
        (Route::Assertions(model), &Method::GET) => {
            of_store("ReadAssertionsRequest")?;
            assertions::read(stores, store, model)
        }
        (Route::Changes, &Method::GET) => {
            of_store("ReadChangesRequest")?;
            changes::read(stores, store, &query, moment)
        }
        (Route::Posted(posted), &Method::POST) => {
            of_store(posted.message())?;
            match posted {
                Posted::Write => write::write(stores, store, body, moment),
                Posted::Read => read::read(stores, store, body),
                Posted::Check => check::check(stores, store, body),
                Posted::BatchCheck => check::batch(stores, store, body),
                Posted::Expand => expand::expand(stores, store, body),
                Posted::ListObjects => lists::objects(stores, store, body),
                Posted::StreamedListObjects => lists::streamed_objects(stores, store, body),
                Posted::ListUsers => lists::users(stores, store, body),
            }
        }
        _ => Err(Refusal::new(UNIMPLEMENTED, "Method Not Allowed")),
    }
}

/// The route and the store of a path.
fn route<'a>(path: &[&'a str]) -> Option<(Route<'a>, &'a str)> {
    let posted = |store, posted| Some((Route::Posted(posted), store));
    match *path {
        ["healthz"] => Some((Route::Health, "")),
        ["stores"] => Some((Route::Stores, "")),
        ["stores", store] if !store.is_empty() => Some((Route::Store, store)),
        ["stores", store, "authorization-models"] => Some((Route::Models, store)),
        ["stores", store, "authorization-models", id] if !id.is_empty() => Some((Route::Model(id), store)),
        ["stores", store, "assertions", model] if !model.is_empty() => Some((Route::Assertions(model), store)),
        ["stores", store, "changes"] => Some((Route::Changes, store)),
        ["stores", store, "write"] => posted(store, Posted::Write),
        ["stores", store, "read"] => posted(store, Posted::Read),
        ["stores", store, "check"] => posted(store, Posted::Check),
        ["stores", store, "batch-check"] => posted(store, Posted::BatchCheck),
        ["stores", store, "expand"] => posted(store, Posted::Expand),
        ["stores", store, "list-objects"] => posted(store, Posted::ListObjects),
        ["stores", store, "streamed-list-objects"] => posted(store, Posted::StreamedListObjects),
        ["stores", store, "list-users"] => posted(store, Posted::ListUsers),
        _ => None,
    }
}

impl Posted {
    fn message(self) -> &'static str {
        match self {
            Self::Write => "WriteRequest",
            Self::Read => "ReadRequest",
            Self::Check => "CheckRequest",
            Self::BatchCheck => "BatchCheckRequest",
            Self::Expand => "ExpandRequest",
            Self::ListObjects => "ListObjectsRequest",
            Self::StreamedListObjects => "StreamedListObjectsRequest",
            Self::ListUsers => "ListUsersRequest",
        }
    }
}

fn healthy() -> Response {
    #[derive(Serialize)]
    struct Health {
        status: &'static str,
    }
    ok(&Health { status: "SERVING" })
}
