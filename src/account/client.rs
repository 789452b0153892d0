use serde::de::DeserializeOwned;
use worker::Env;

use super::call::{AccountCall, Refusal};
use crate::platform::object;

/// Asks the account object of that name, as a session cookie carries it.
///
/// Errors: the account's own refusal, or 503 when it cannot be reached.
pub async fn ask_named<Reply: DeserializeOwned>(
    env: &Env,
    account: &str,
    call: &AccountCall,
) -> Result<Reply, Refusal> {
    object::call(&object::stub(env, "ACCOUNT", account)?, call).await
}
