//! Sentences that several errors share.

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
