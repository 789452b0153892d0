#![allow(missing_docs, reason = "the attribute macro makes methods without docs")]

use std::panic::AssertUnwindSafe;

use deputy_mcp_worker::SessionObject;
use worker::{DurableObject, Env, Request, Response, State, durable_object};

use super::served::Served;

/// A session of an MCP client of an older revision, or who is to be told of changes.
#[durable_object]
pub struct McpSession {
    inner: AssertUnwindSafe<SessionObject<Served>>,
}

impl DurableObject for McpSession {
    fn new(state: State, env: Env) -> Self {
        Self { inner: AssertUnwindSafe(SessionObject::new(state, env)) }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        self.inner.fetch(request).await
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.inner.alarm().await?;
        Response::empty()
    }
}
