use deputy_http::{Request, Response, percent_encode};
use serde::{Deserialize, Serialize};

use super::connection::{Access, success};
use super::error::ApiError;
use super::page::{Page, next_page};

/// A store: a model's versions and the tuples.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Store {
    /// A ULID.
    pub id: String,
    /// For people.
    pub name: String,
    /// RFC 3339.
    #[serde(default)]
    pub created_at: String,
    /// RFC 3339.
    #[serde(default)]
    pub updated_at: String,
}

#[derive(Serialize)]
struct CreateBody<'a> {
    name: &'a str,
}

/// `POST /stores`. The connection's own store makes no difference.
pub fn create_store_request(access: &Access<'_>, name: &str) -> Request {
    access.post(format!("{}/stores", access.connection.api_url), &CreateBody { name })
}

/// `GET /stores/{id}`, of the connection's store.
pub fn get_store_request(access: &Access<'_>) -> Request {
    let Access { connection, .. } = access;
    access.get(format!("{}/stores/{}", connection.api_url, percent_encode(&connection.store_id)))
}

/// The answer to [`create_store_request`] and [`get_store_request`].
pub fn store_response(response: &Response, now_ms: u64) -> Result<Store, ApiError> {
    success(response, now_ms)
}

/// `GET /stores`; `name` is exactly that of the stores to list.
pub fn list_stores_request(access: &Access<'_>, name: Option<&str>, page: &Page) -> Request {
    let url = format!("{}/stores", access.connection.api_url);
    access.get(page.of_url(&url, name.map(|name| ("name", name))))
}

/// A page of stores.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StorePage {
    /// The stores.
    pub stores: Vec<Store>,
    /// The token of the next page.
    #[serde(default, rename = "continuation_token", deserialize_with = "next_page")]
    pub next: Option<String>,
}

/// The answer to [`list_stores_request`].
pub fn list_stores_response(response: &Response, now_ms: u64) -> Result<StorePage, ApiError> {
    success(response, now_ms)
}
