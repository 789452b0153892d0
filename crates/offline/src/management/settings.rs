//! Settings of the tenant: `/api/v2/tenants/settings`.

use std::sync::Arc;

use axum::{Json, body::Bytes, extract::State};
use serde_json::{Value, json};

use super::{
    access,
    body::{self, Schema, Type},
    error::ManagementError,
};
use crate::{tenant::Presented, world::World};

const MEMBERS: &Schema = &[
    ("friendly_name", Type::Text),
    ("picture_url", Type::Text),
    ("support_email", Type::Text),
    ("support_url", Type::Text),
    ("default_audience", Type::Text),
    ("default_directory", Type::Text),
    ("allowed_logout_urls", Type::Texts),
    ("flags", Type::Object),
    ("resource_parameter_profile", Type::Word(&["audience", "compatibility"])),
    ("client_id_metadata_document_supported", Type::Flag),
    ("pushed_authorization_requests_supported", Type::Flag),
    ("authorization_response_iss_parameter_supported", Type::Flag),
    ("dynamic_client_registration_security_mode", Type::Word(&["strict", "permissive"])),
    ("acr_values_supported", Type::List),
];
const FLAGS: &Schema = &[
    ("enable_dynamic_client_registration", Type::Flag),
    ("enable_client_connections", Type::Flag),
    ("revoke_refresh_token_grant", Type::Flag),
];

/// `GET /tenants/settings`.
pub(crate) async fn read(
    State(world): State<Arc<World>>,
    presented: Presented,
) -> Result<Json<Value>, ManagementError> {
    access::require(&world, &presented, &["read:tenant_settings"])?;
    Ok(Json(view(&world)))
}

/// `PATCH /tenants/settings`: flags are merged.
pub(crate) async fn update(
    State(world): State<Arc<World>>,
    presented: Presented,
    body: Bytes,
) -> Result<Json<Value>, ManagementError> {
    access::require(&world, &presented, &["update:tenant_settings"])?;
    let mut sent = body::read(&presented.headers, &body, MEMBERS, &[])?;
    let flags = sent.remove("flags").and_then(|flags| flags.as_object().cloned()).unwrap_or_default();
    body::check(&flags, FLAGS)?;
    let mut state = world.state();
    if let Some(open) = flags.get("enable_dynamic_client_registration").and_then(Value::as_bool) {
        state.directory.policies.dynamic_client_registration = open;
    }
    if let Some(profile) = sent.get("resource_parameter_profile") {
        state.directory.policies.resource_parameter_compatibility = profile == "compatibility";
    }
    if let Some(known) = sent.get("client_id_metadata_document_supported").and_then(Value::as_bool) {
        state.directory.policies.client_id_metadata_documents = known;
    }
    let known = state.management.settings.entry("flags").or_insert_with(|| json!({}));
    if let Some(known) = known.as_object_mut() {
        known.extend(flags);
    }
    state.management.settings.extend(sent);
    drop(state);
    Ok(Json(view(&world)))
}

fn view(world: &World) -> Value {
    let state = world.state();
    let mut shown = state.management.settings.clone();
    let policies = &state.directory.policies;
    let profile = if policies.resource_parameter_compatibility { "compatibility" } else { "audience" };
    shown.insert("resource_parameter_profile".to_owned(), profile.into());
    let documents = policies.client_id_metadata_documents;
    shown.insert("client_id_metadata_document_supported".to_owned(), documents.into());
    let flags = shown.entry("flags").or_insert_with(|| json!({}));
    if let Some(flags) = flags.as_object_mut() {
        let open = policies.dynamic_client_registration;
        flags.insert("enable_dynamic_client_registration".to_owned(), open.into());
    }
    Value::Object(shown)
}
