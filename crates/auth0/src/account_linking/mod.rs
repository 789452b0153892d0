//! Account linking: the log-ins that the tenant takes for one user, in its Management API.

pub(crate) mod identity;
pub(crate) mod linking;
pub(crate) mod linking_error;

pub use identity::Identity;
pub use linking::{
    LINKING_SCOPE, identities_request, identities_response, link_request, link_response, linking_token_request,
    linking_token_response, unlink_request, unlink_response,
};
pub use linking_error::LinkingError;
