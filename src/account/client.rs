use worker::Env;

use super::call::{AccountCall, Refusal};
use crate::platform::object;

/// Asks the account object of that name, as a session cookie carries it; gives the reply as JSON, for [`object::read`].
///
/// Errors: the account's own refusal, or 503 when it cannot be reached.
pub async fn ask_named(env: &Env, account: &str, call: &AccountCall) -> Result<String, Refusal> {
    object::exchange(&object::stub(env, "ACCOUNT", account)?, object::write(call)?).await
}
