use worker::Env;

use super::call::{AccountCall, Refusal};
use crate::platform::object;

/// Asks the account object of that name, as a session cookie carries it; gives the reply as JSON, for [`object::read`].
///
/// Errors: the account's own refusal, or 503 when it cannot be reached.
pub fn ask_named<'a>(
    env: &'a Env,
    account: &'a str,
    call: AccountCall,
) -> impl Future<Output = Result<String, Refusal>> + use<'a> {
    // Written before anything waits, so that what waits does not hold the call.
    let call = deputy_http::json::write(&call);
    async move { object::exchange(&object::stub(env, "ACCOUNT", account)?, call).await }
}
