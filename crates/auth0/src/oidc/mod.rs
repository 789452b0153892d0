//! OpenID Connect: ID token, `/userinfo`, logout by the browser and by the tenant.

pub(crate) mod id_token;
pub(crate) mod logout;
pub(crate) mod logout_token;
pub(crate) mod userinfo;

pub use id_token::{VerifiedIdToken, validate_login, validate_refreshed};
pub use logout::logout_url;
pub use logout_token::{VerifiedLogoutToken, validate_logout_token};
pub use userinfo::{UserinfoError, userinfo_request, userinfo_response};
