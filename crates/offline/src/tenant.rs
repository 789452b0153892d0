//! The Auth0 tenant: login, tokens, Token Vault and the My Account API.

mod authorize;
mod bearer;
mod connect_leg;
mod consent;
mod cookie;
mod discovery;
mod error;
mod jwt;
mod login;
mod logout;
mod my_account;
mod pages;
mod parameters;
mod revoke;
mod token;
mod userinfo;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};

pub use self::error::OAuthError;
pub(crate) use self::pages::escape;
use crate::world::World;

/// The routes of the tenant's port.
pub fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery::metadata))
        .route("/.well-known/oauth-authorization-server", get(discovery::metadata))
        .route("/.well-known/jwks.json", get(discovery::jwks))
        .route("/authorize", get(authorize::authorize))
        .route("/u/login", get(login::show).post(login::submit))
        .route("/u/consent", get(consent::show).post(consent::submit))
        .route("/oauth/token", post(token::token))
        .route("/oauth/revoke", post(revoke::revoke))
        .route("/userinfo", get(userinfo::userinfo).post(userinfo::userinfo))
        .route("/v2/logout", get(logout::v2))
        .route("/oidc/logout", get(logout::oidc))
        .route("/connected-accounts/connect", get(connect_leg::start))
        .route("/login/callback", get(connect_leg::callback))
        .nest("/me/v1/connected-accounts", my_account::router())
        .fallback(pages::not_found)
        .with_state(world)
}
