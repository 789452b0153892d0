//! The Auth0 tenant: login, tokens, Token Vault and the My Account API.

mod activate;
mod answer;
mod authorization_details;
mod authorization_request;
mod authorize;
mod backchannel;
pub(crate) mod bearer;
mod client_metadata;
mod connect_leg;
mod consent;
mod cookie;
mod cors;
mod device;
mod discovery;
mod dpop;
mod error;
mod jose;
mod jwt;
mod login;
mod logout;
pub(crate) mod logout_token;
mod my_account;
pub(crate) mod outbound;
mod pages;
mod par;
mod parameters;
mod phone;
mod presented;
mod rate_limit;
mod register;
mod revoke;
mod second_factor;
mod token;
mod userinfo;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};

pub use self::error::OAuthError;
pub(crate) use self::{bearer::Access, pages::escape, presented::Presented};
use crate::world::World;
pub(crate) use bearer::authenticate;
pub(crate) use rate_limit::count;
pub(crate) use token::GRANTS;

/// The routes of the tenant's port.
pub fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery::metadata))
        .route("/.well-known/oauth-authorization-server", get(discovery::metadata))
        .route("/.well-known/jwks.json", get(discovery::jwks))
        .route("/authorize", get(authorize::authorize))
        .route("/u/login", get(login::show).post(login::submit))
        .route("/u/consent", get(consent::show).post(consent::submit))
        .route("/u/mfa-otp-challenge", get(second_factor::show).post(second_factor::submit))
        .route("/activate", get(activate::show).post(activate::submit))
        .route("/phone", get(phone::show).post(phone::submit))
        .route("/oauth/par", post(par::push))
        .route("/bc-authorize", post(backchannel::authorize))
        .route("/oauth/device/code", post(device::authorize))
        .route("/oidc/register", post(register::register))
        .route("/oauth/token", post(token::token))
        .route("/oauth/revoke", post(revoke::revoke))
        .route("/userinfo", get(userinfo::userinfo).post(userinfo::userinfo))
        .route("/v2/logout", get(logout::v2))
        .route("/oidc/logout", get(logout::oidc))
        .route("/connected-accounts/connect", get(connect_leg::start))
        .route("/login/callback", get(connect_leg::callback))
        .nest("/me/v1/connected-accounts", my_account::router())
        .fallback(pages::not_found)
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&world), rate_limit::limit))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&world), cors::allow))
        .with_state(world)
}
