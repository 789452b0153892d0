//! Sentences and rows that several errors share.

use deputy_error::Explanation;

/// For the user: an operator has to act.
pub(crate) const NOT_SET_UP: &str =
    "This is not set up correctly yet. The operator of this app has to change a setting; trying again will not help.";
/// For the user: the tenant is away.
pub(crate) const TENANT_DOWN: &str = "The login service cannot be reached right now. Please try again in a moment.";
/// For the user: the tenant limits requests.
pub(crate) const TOO_MANY_REQUESTS: &str = "Too many requests right now. Please try again in a moment.";
/// For the user: only a log-in helps.
pub(crate) const SESSION_ENDED: &str = "Your session has ended. Please log in again.";
/// For the user: the tenant wants another factor.
pub(crate) const SECOND_FACTOR: &str = "Please log in again and confirm with your second factor.";
/// For the developer: the tenant is away.
pub(crate) const CHECK_TENANT: &str = "Check the tenant's status page and AUTH0_DOMAIN.";
/// For the developer: nothing came from the tenant's public documents.
pub(crate) const CHECK_DOMAIN: &str = "Check AUTH0_DOMAIN and that the tenant can be reached.";
/// For the developer: why the tenant wants another factor.
pub(crate) const MFA_ALWAYS: &str =
    "The tenant's MFA policy is \"Always\". Token Vault needs a policy that does not ask at every token request.";

/// The row of an outage, whatever was asked.
pub(crate) fn tenant_down() -> Explanation<'static> {
    Explanation::new("tenant_down", TENANT_DOWN, CHECK_TENANT).later()
}

/// The row of a rate limit; `fix` says what makes too many of these requests.
pub(crate) fn rate_limited(retry_at: u64, fix: &'static str) -> Explanation<'static> {
    Explanation::new("tenant_rate_limited", TOO_MANY_REQUESTS, fix).not_before(retry_at)
}
