use deputy_http::{Request, Response, percent_encode};
use serde::{Deserialize, Serialize};

use super::connection::{Access, success};
use super::error::ApiError;
use super::page::{Page, next_page};
use crate::model::AuthorizationModel;

/// `POST /stores/{id}/authorization-models`. A model is never changed: each write makes a new one, with a new id.
pub fn write_model_request(access: &Access<'_>, model: &AuthorizationModel) -> Request {
    // The id is the answer's.
    let model = AuthorizationModel { id: String::new(), ..model.clone() };
    access.post(access.in_store("authorization-models"), &model)
}

/// The id of the new model.
pub fn write_model_response(response: &Response, now_ms: u64) -> Result<String, ApiError> {
    let Written { authorization_model_id } = success(response, now_ms)?;
    Some(authorization_model_id)
        .filter(|id| !id.is_empty())
        .ok_or(ApiError::Malformed { field: "authorization_model_id" })
}

#[derive(Serialize, Deserialize)]
struct Written {
    authorization_model_id: String,
}

/// `GET /stores/{id}/authorization-models/{id}`.
pub fn read_model_request(access: &Access<'_>, id: &str) -> Request {
    access.get(access.in_store(&format!("authorization-models/{}", percent_encode(id))))
}

/// The model.
pub fn read_model_response(response: &Response, now_ms: u64) -> Result<AuthorizationModel, ApiError> {
    let Single { authorization_model } = success(response, now_ms)?;
    Ok(authorization_model)
}

#[derive(Deserialize)]
struct Single {
    authorization_model: AuthorizationModel,
}

/// `GET /stores/{id}/authorization-models`.
pub fn list_models_request(access: &Access<'_>, page: &Page) -> Request {
    access.get(page.of_url(&access.in_store("authorization-models"), None))
}

/// A page of models, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ModelPage {
    /// With their ids.
    #[serde(rename = "authorization_models")]
    pub models: Vec<AuthorizationModel>,
    /// The token of the next page.
    #[serde(default, rename = "continuation_token", deserialize_with = "next_page")]
    pub next: Option<String>,
}

/// The answer to [`list_models_request`].
pub fn list_models_response(response: &Response, now_ms: u64) -> Result<ModelPage, ApiError> {
    success(response, now_ms)
}
