//! The Worker.

mod account;
mod chat {
    pub mod call;
}
mod config;
mod edge;
mod platform;

use worker::{Context, Env, Request, Response, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    edge::handle(request, env, context).await
}
