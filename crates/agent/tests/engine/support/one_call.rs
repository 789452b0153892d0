//! What one tool call is given: providers that look at the token.

use std::cell::{Cell, RefCell};

use deputy_agent::{CallContext, VerifiedUser};
use deputy_http::{Request, Response, TransportError};
use futures::FutureExt;
use futures::future::{LocalBoxFuture, ready};

use super::account::Account;

/// See the module.
pub struct OneCall<'a> {
    pub account: &'a RefCell<Account>,
    pub sent: &'a RefCell<Vec<String>>,
    pub clock: &'a Cell<u64>,
    pub call_id: &'a str,
    pub user: Option<&'a VerifiedUser>,
}

impl CallContext for OneCall<'_> {
    fn send(&self, request: Request) -> LocalBoxFuture<'_, Result<Response, TransportError>> {
        let account = self.account.borrow();
        let bearer = request.headers().get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let token = bearer.trim_start_matches("Bearer ");
        self.sent.borrow_mut().push(format!("{} {token}", request.uri()));
        let status = if token.is_empty() || account.revoked.contains(token) { 401 } else { 200 };
        ready(Ok(deputy_http::response(status, "{}"))).boxed_local()
    }

    fn now(&self) -> u64 {
        self.clock.get()
    }

    fn call_id(&self) -> String {
        self.call_id.to_owned()
    }

    fn user(&self) -> Option<&VerifiedUser> {
        self.user
    }
}
