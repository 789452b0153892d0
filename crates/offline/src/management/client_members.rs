//! The members of an application: what may be sent, and how the directory keeps what the tenant acts on.

use serde_json::{Map, Value, json};
use url::Url;

use super::{
    body::{Schema, Type, text, texts},
    error::ManagementError,
};
use crate::{
    tenant::GRANTS,
    world::{Client, Members},
};

const APP_TYPES: Type = Type::Word(&["native", "spa", "regular_web", "non_interactive", "resource_server"]);
const AUTH_METHODS: Type = Type::Word(&["none", "client_secret_post", "client_secret_basic"]);
/// Longest value of `client_metadata`, and how many there may be.
const METADATA_LENGTH: usize = 255;
const METADATA_COUNT: usize = 10;

/// What `PATCH` takes; `POST` takes the same and `resource_server_identifier`, but no secret.
pub(crate) const MEMBERS: &Schema = &[
    ("name", Type::Text),
    ("description", Type::Text),
    ("logo_uri", Type::Text),
    ("callbacks", Type::Texts),
    ("allowed_logout_urls", Type::Texts),
    ("allowed_origins", Type::Texts),
    ("web_origins", Type::Texts),
    ("initiate_login_uri", Type::Text),
    ("grant_types", Type::Texts),
    ("app_type", APP_TYPES),
    ("is_first_party", Type::Flag),
    ("oidc_conformant", Type::Flag),
    ("token_endpoint_auth_method", AUTH_METHODS),
    ("jwt_configuration", Type::Object),
    ("client_metadata", Type::Object),
    ("oidc_logout", Type::Object),
    ("refresh_token", Type::Object),
    ("require_pushed_authorization_requests", Type::Flag),
    ("require_proof_of_possession", Type::Flag),
    ("token_exchange", Type::Object),
    ("async_approval_notification_channels", Type::Texts),
    ("sso_disabled", Type::Flag),
    ("cross_origin_authentication", Type::Flag),
    ("organization_usage", Type::Word(&["deny", "allow", "require"])),
    ("skip_non_verifiable_callback_uri_confirmation_prompt", Type::Flag),
];

/// Members that the directory has under the same name.
const SAME: [&str; 9] = [
    "name",
    "app_type",
    "is_first_party",
    "callbacks",
    "allowed_logout_urls",
    "grant_types",
    "require_pushed_authorization_requests",
    "require_proof_of_possession",
    "async_approval_notification_channels",
];

/// Checks what the schema cannot say.
///
/// # Errors
/// 400 that names the rule.
pub(crate) fn check(sent: &Members) -> Result<(), ManagementError> {
    if sent.contains_key("name") && (text(sent, "name").is_empty() || text(sent, "name").contains(['<', '>'])) {
        return Err(ManagementError::body("name must not be empty and must not contain < or >"));
    }
    for name in ["callbacks", "allowed_logout_urls"] {
        if let Some(bad) = texts(sent.get(name)).iter().find(|url| Url::parse(url).is_err()) {
            return Err(ManagementError::body(&format!(
                "Object didn't pass validation for format url: {bad} in {name}"
            )));
        }
    }
    let machine = "client_credentials";
    if let Some(bad) = texts(sent.get("grant_types")).iter().find(|grant| !GRANTS.contains(&grant.as_str())) {
        return Err(ManagementError::rule(format!(
            "grant_types contains the invalid value {bad} (is {machine} meant?)"
        )));
    }
    let channels = texts(sent.get("async_approval_notification_channels"));
    if channels.iter().any(|channel| !["guardian-push", "email"].contains(&channel.as_str())) {
        return Err(ManagementError::body("async_approval_notification_channels must name guardian-push or email"));
    }
    check_refresh_token(sent.get("refresh_token"))?;
    check_metadata(sent.get("client_metadata"))
}

fn check_refresh_token(sent: Option<&Value>) -> Result<(), ManagementError> {
    let Some(Value::Object(refresh)) = sent else { return Ok(()) };
    let allowed: &Schema = &[
        ("rotation_type", Type::Word(&["rotating", "non-rotating"])),
        ("expiration_type", Type::Word(&["expiring", "non-expiring"])),
        ("leeway", Type::Count),
        ("token_lifetime", Type::Count),
        ("infinite_token_lifetime", Type::Flag),
        ("idle_token_lifetime", Type::Count),
        ("infinite_idle_token_lifetime", Type::Flag),
        ("policies", Type::List),
    ];
    super::body::check(refresh, allowed)?;
    if !refresh.contains_key("rotation_type") || !refresh.contains_key("expiration_type") {
        return Err(ManagementError::body(
            "Missing required property: rotation_type or expiration_type of refresh_token",
        ));
    }
    if text(refresh, "rotation_type") == "rotating" && text(refresh, "expiration_type") != "expiring" {
        return Err(ManagementError::rule("Refresh tokens that rotate must expire"));
    }
    for policy in refresh.get("policies").and_then(Value::as_array).into_iter().flatten() {
        let members = policy.as_object().ok_or_else(|| ManagementError::body("A policy is an object"))?;
        super::body::check(members, &[("audience", Type::Text), ("scope", Type::Texts)])?;
        if members.len() != 2 {
            return Err(ManagementError::body("Missing required property: audience or scope of a policy"));
        }
    }
    Ok(())
}

fn check_metadata(sent: Option<&Value>) -> Result<(), ManagementError> {
    let Some(Value::Object(metadata)) = sent else { return Ok(()) };
    let fits = |value: &Value| value.is_null() || value.as_str().is_some_and(|text| text.len() <= METADATA_LENGTH);
    if metadata.len() > METADATA_COUNT || !metadata.values().all(fits) {
        let rule =
            format!("client_metadata has at most {METADATA_COUNT} texts of at most {METADATA_LENGTH} characters");
        return Err(ManagementError::body(&rule));
    }
    Ok(())
}

/// Puts what was sent into the record and its kept members.
///
/// # Errors
/// 400 when the record cannot hold it.
pub(crate) fn apply(client: &mut Client, kept: &mut Members, sent: Members) -> Result<(), ManagementError> {
    let mut record = json!(client);
    let members = record.as_object_mut().ok_or_else(|| ManagementError::body("Expected type object"))?;
    for (name, value) in &sent {
        match name.as_str() {
            name if SAME.contains(&name) => {
                members.insert(name.to_owned(), value.clone());
            }
            "client_secret" | "resource_server_identifier" => {
                members.insert(name.clone(), value.clone());
            }
            "refresh_token" => {
                let settings = if value.is_null() { json!({}) } else { without_null(value) };
                members.insert(name.clone(), settings);
            }
            "oidc_logout" => {
                let urls = texts(value.get("backchannel_logout_urls"));
                members.insert("backchannel_logout_urls".to_owned(), urls.into());
            }
            "token_exchange" => {
                let types = texts(value.get("allow_any_profile_of_type"));
                for (name, kind) in EXCHANGES {
                    members.insert(name.to_owned(), types.iter().any(|sent| sent == kind).into());
                }
            }
            "token_endpoint_auth_method" if value == "none" => {
                members.insert("client_secret".to_owned(), Value::Null);
            }
            _ => {}
        }
    }
    *client = serde_json::from_value(record).map_err(|error| ManagementError::body(&error.to_string()))?;
    for (name, value) in sent {
        match name.as_str() {
            "client_secret" => {}
            "client_metadata" => merge(kept, value),
            _ => {
                kept.insert(name, value);
            }
        }
    }
    Ok(())
}

/// Kinds of token exchange that a client may be allowed, by the members that say so here.
const EXCHANGES: [(&str, &str); 2] =
    [("token_exchange", "custom_authentication"), ("on_behalf_of_token_exchange", "on_behalf_of_token_exchange")];

/// Metadata is merged; a member that is null or empty goes.
fn merge(kept: &mut Members, sent: Value) {
    let known = kept.entry("client_metadata").or_insert_with(|| json!({}));
    let Some(known) = known.as_object_mut() else { return };
    for (name, value) in sent.as_object().cloned().unwrap_or_default() {
        if value.is_null() || value == "" {
            known.remove(&name);
        } else {
            known.insert(name, value);
        }
    }
}

fn without_null(value: &Value) -> Value {
    let members = value.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    Value::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// The application as the API shows it; the secret only to who may read keys.
pub(crate) fn view(client: &Client, kept: &Members, keys: bool) -> Value {
    let record = json!(client);
    let mut shown = kept.clone();
    for name in SAME {
        shown.insert(name.to_owned(), record.get(name).cloned().unwrap_or_default());
    }
    shown.insert("client_id".to_owned(), client.client_id.clone().into());
    shown.insert("global".to_owned(), false.into());
    if let Some(api) = &client.resource_server_identifier {
        shown.insert("resource_server_identifier".to_owned(), api.clone().into());
    }
    let mut refresh = kept.get("refresh_token").and_then(Value::as_object).cloned().unwrap_or_default();
    refresh.entry("expiration_type").or_insert_with(|| "non-expiring".into());
    let rotation = if client.rotates() { "rotating" } else { "non-rotating" };
    refresh.insert("rotation_type".to_owned(), rotation.into());
    refresh.insert("policies".to_owned(), json!(client.refresh_token.policies));
    shown.insert("refresh_token".to_owned(), Value::Object(refresh));
    overlay(&mut shown, "oidc_logout", "backchannel_logout_urls", json!(client.backchannel_logout_urls));
    let types = EXCHANGES.iter().filter(|(name, _)| record.get(name) == Some(&Value::Bool(true)));
    let types: Vec<_> = types.map(|(_, kind)| *kind).collect();
    overlay(&mut shown, "token_exchange", "allow_any_profile_of_type", json!(types));
    let method = if client.client_secret.is_none() { "none" } else { "client_secret_post" };
    // So it is, whether somebody sent it or not.
    shown.entry("oidc_conformant").or_insert_with(|| true.into());
    shown.entry("jwt_configuration").or_insert_with(|| json!({ "alg": "RS256" }));
    shown.entry("token_endpoint_auth_method").or_insert_with(|| method.into());
    if let (true, Some(secret)) = (keys, &client.client_secret) {
        shown.insert("client_secret".to_owned(), secret.clone().into());
    }
    Value::Object(shown)
}

fn overlay(shown: &mut Map<String, Value>, outer: &str, inner: &str, value: Value) {
    let entry = shown.entry(outer).or_insert_with(|| json!({}));
    if !entry.is_object() {
        *entry = json!({});
    }
    if let Some(members) = entry.as_object_mut() {
        members.insert(inner.to_owned(), value);
    }
}
