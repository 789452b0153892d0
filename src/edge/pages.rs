use serde::Serialize;
use worker::Response;

use super::reply::{json, page, text, with_header};
use crate::objects::Refusal;
use crate::platform::html::{Page, link};

const STYLE: &str = include_str!("page.css");
const CLOSE_SCRIPT: &str = include_str!("close.js");

/// `GET /health`
pub fn health() -> Result<Response, Refusal> {
    json(&Health { ok: true, version: env!("CARGO_PKG_VERSION") })
}

/// `GET /robots.txt`: nothing here is for search engines.
pub fn robots() -> Result<Response, Refusal> {
    text("User-agent: *\nDisallow: /\n", "text/plain; charset=utf-8")
}

/// `GET /close`: the last page of a pop-up. Its script tells the page that opened it, and closes it (TV-17).
pub fn close() -> Result<Response, Refusal> {
    page(
        200,
        &Page {
            title: "You can close this window",
            text: &["The chat goes on by itself."],
            actions: &[link("/", "Back to the app")],
            scripts: &["/close.js"],
        },
    )
}

/// `GET /close.js`
pub fn close_script() -> Result<Response, Refusal> {
    with_header(text(CLOSE_SCRIPT, "text/javascript; charset=utf-8")?, "cache-control", "public, max-age=3600")
}

/// `GET /page.css`
pub fn style() -> Result<Response, Refusal> {
    with_header(text(STYLE, "text/css; charset=utf-8")?, "cache-control", "public, max-age=3600")
}

#[derive(Serialize)]
struct Health {
    ok: bool,
    version: &'static str,
}
