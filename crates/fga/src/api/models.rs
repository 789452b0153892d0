//! `/stores/{store}/authorization-models`.

use deputy_http::{Response, json};
use serde::Serialize;

use super::body;
use super::model_rules::{MAX_MODEL_BYTES, fields};
use super::moment::Moment;
use super::page::Query;
use super::refusal::{EXCEEDED_ENTITY_LIMIT, Refusal};
use super::reply::{of_status, ok};
use super::rules::{Pattern, matching};
use super::storage::Stores;
use crate::error::FgaError;
use crate::model::AuthorizationModel;
use crate::system::TypeSystem;

pub(super) fn write<S: Stores>(stores: &mut S, store: &str, body: &[u8], moment: Moment) -> Result<Response, Refusal> {
    #[derive(Serialize)]
    struct Written {
        authorization_model_id: String,
    }
    let model: AuthorizationModel = body::read(body)?;
    fields(&model)?;
    if stores.store(store)?.is_none() {
        return Err(Refusal::store_not_found());
    }
    let id = moment.ulid();
    let model = AuthorizationModel { id: id.clone(), ..model };
    let bytes = json::write(&model).len();
    if bytes > MAX_MODEL_BYTES {
        let message = format!("model exceeds size limit: {bytes} bytes vs {MAX_MODEL_BYTES} bytes");
        return Err(Refusal::new(EXCEEDED_ENTITY_LIMIT, message));
    }
    let system = TypeSystem::new(model).map_err(FgaError::InvalidModel)?;
    stores.add_model(store, system)?;
    Ok(of_status(201, &Written { authorization_model_id: id }))
}

pub(super) fn read<S: Stores>(stores: &S, store: &str, id: &str) -> Result<Response, Refusal> {
    #[derive(Serialize)]
    struct Found<'a> {
        authorization_model: &'a AuthorizationModel,
    }
    matching("ReadAuthorizationModelRequest", "Id", Pattern::Id, id)?;
    let system = stores.model(store, Some(id))?.ok_or_else(|| FgaError::ModelNotFound(id.to_owned()))?;
    Ok(ok(&Found { authorization_model: system.model() }))
}

pub(super) fn list<S: Stores>(stores: &S, store: &str, query: &Query) -> Result<Response, Refusal> {
    #[derive(Serialize)]
    struct Listed {
        authorization_models: Vec<AuthorizationModel>,
        continuation_token: String,
    }
    let page = query.page("ReadAuthorizationModelsRequest")?;
    let mut models = stores.models(store, page.after.as_deref(), page.and_one())?;
    let continuation_token = page.cut(&mut models, |model| model.id.clone());
    Ok(ok(&Listed { authorization_models: models, continuation_token }))
}
