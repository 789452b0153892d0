use serde::de::DeserializeOwned;
use worker::Env;

use super::call::{AccountCall, Refusal};
use super::name::account_name;
use crate::config::Settings;
use crate::platform::object;

/// Asks the account of a subject at our tenant.
///
/// Errors: the account's own refusal, or 503 when it cannot be reached.
pub async fn ask<Reply: DeserializeOwned>(
    env: &Env,
    settings: &Settings,
    subject: &str,
    call: &AccountCall,
) -> Result<Reply, Refusal> {
    ask_named(env, &account_name(settings.tenant.issuer.as_str(), subject), call).await
}

/// Asks the account object of that name, as a session cookie carries it.
pub async fn ask_named<Reply: DeserializeOwned>(
    env: &Env,
    account: &str,
    call: &AccountCall,
) -> Result<Reply, Refusal> {
    object::call(&object::stub(env, "ACCOUNT", account)?, call).await
}
