use std::rc::Rc;

use serde::de::DeserializeOwned;
use worker::{Env, Request};

use super::cookie::{CookieJar, Cookies};
use super::query::Query;
use crate::config::Settings;
use crate::objects::Refusal;
use crate::platform;

/// One request, with everything a handler needs to answer it.
pub struct Visit {
    /// The request.
    pub request: Request,
    /// Bindings.
    pub env: Env,
    /// Settings.
    pub settings: Rc<Settings>,
    /// Correlation id.
    pub id: String,
    /// When it came, milliseconds since the epoch.
    pub now: u64,
    /// Its cookies.
    pub cookies: Cookies,
    set_cookies: Vec<String>,
}

impl Visit {
    /// Reads what the handlers share.
    pub fn new(request: Request, env: Env, settings: Rc<Settings>, id: String, now: u64) -> Self {
        let header = request.headers().get("cookie").ok().flatten();
        Self { cookies: Cookies::parse(header.as_deref()), request, env, settings, id, now, set_cookies: Vec::new() }
    }

    /// A header of the request.
    pub fn header(&self, name: &str) -> Option<String> {
        self.request.headers().get(name).ok().flatten()
    }

    /// The decoded query.
    pub fn query(&self) -> Query {
        Query::of_url(&self.request.inner().url())
    }

    /// True for a WebSocket upgrade.
    pub fn is_upgrade(&self) -> bool {
        self.header("upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
    }

    /// Names and flags of our cookies.
    pub fn jar(&self) -> CookieJar {
        CookieJar { secure: self.settings.secure() }
    }

    /// The request itself, for whoever reads its body in its own way. What is left has its address and nothing else.
    pub fn take_request(&mut self) -> Result<Request, Refusal> {
        let left = platform::request::build("GET", &self.request.inner().url(), &[], None);
        let left = left.map_err(|_| Refusal::internal("request_unreadable"))?;
        Ok(std::mem::replace(&mut self.request, left))
    }

    /// Removes a cookie from the browser, whatever the answer will be.
    pub fn clear_cookie(&mut self, name: &str) {
        let cookie = self.jar().clear(name);
        self.set_cookies.push(cookie);
    }

    /// Gives the browser a cookie, whatever the answer will be.
    pub fn set_cookie(&mut self, name: &str, value: &str, max_age_seconds: u64) {
        let cookie = self.jar().set(name, value, max_age_seconds);
        self.set_cookies.push(cookie);
    }

    /// `Set-Cookie` values for what was to be set or removed.
    pub fn cookies_to_set(self) -> Option<Vec<String>> {
        (!self.set_cookies.is_empty()).then_some(self.set_cookies)
    }

    /// The body as text, as large as nearly every request needs.
    pub async fn body(&mut self) -> Result<String, Refusal> {
        self.body_up_to(MAX_BODY).await
    }

    /// The body as text, up to that many bytes.
    pub async fn body_up_to(&mut self, max: usize) -> Result<String, Refusal> {
        let bytes = self.bytes_up_to(max).await?;
        String::from_utf8(bytes).map_err(|_| Refusal::new(400, "body_not_text", "The request's body is not text."))
    }

    /// The body, up to that many bytes. Of a larger one the rest is read and dropped, so that the client gets its answer and the
    /// connection stays usable; beyond `MAX_DRAIN` it is cut off.
    pub async fn bytes_up_to(&mut self, max: usize) -> Result<Vec<u8>, Refusal> {
        const MAX_DRAIN: usize = 4 * 1024 * 1024;
        let mut bytes = Vec::new();
        let mut dropped = 0_usize;
        // A request without a body has no stream.
        if let Ok(mut stream) = self.request.stream() {
            while let Some(chunk) = futures::StreamExt::next(&mut stream).await {
                let chunk = chunk.map_err(|_| Refusal::new(400, "body_unreadable", "The request broke off."))?;
                if dropped == 0 && bytes.len().saturating_add(chunk.len()) <= max {
                    bytes.extend_from_slice(&chunk);
                } else {
                    dropped = dropped.saturating_add(chunk.len());
                    if dropped > MAX_DRAIN {
                        break;
                    }
                }
            }
        }
        if dropped > 0 {
            return Err(Refusal::new(413, "body_too_large", "This request is too large."));
        }
        Ok(bytes)
    }

    /// The body as JSON, as large as nearly every request needs.
    pub async fn json<T: DeserializeOwned>(&mut self) -> Result<T, Refusal> {
        self.json_up_to(MAX_BODY).await
    }

    /// The body as JSON, up to that many bytes.
    pub async fn json_up_to<T: DeserializeOwned>(&mut self, max: usize) -> Result<T, Refusal> {
        let body = self.bytes_up_to(max).await?;
        deputy_http::json::read(&body)
            .map_err(|_| Refusal::new(400, "json_invalid", "The request's body is not the JSON that is expected here."))
    }
}

/// What nearly every request needs at most, bytes.
const MAX_BODY: usize = 64 * 1024;
