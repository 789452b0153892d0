use serde::Serialize;

use super::reply::{json, page, text};
use crate::platform::answer::Answer;
use crate::platform::html::{Page, link};

const STYLE: &str = include_str!("page.css");
const CLOSE_SCRIPT: &str = include_str!("close.js");

/// `GET /health`
pub fn health() -> Answer {
    json(&Health { ok: true, version: env!("CARGO_PKG_VERSION") })
}

/// `GET /robots.txt`: nothing here is for search engines.
pub fn robots() -> Answer {
    text("User-agent: *\nDisallow: /\n", "text/plain; charset=utf-8")
}

/// `GET /close`: the last page of a pop-up. Its script tells the page that opened it, and closes it (TV-17).
pub fn close() -> Answer {
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
pub fn close_script() -> Answer {
    text(CLOSE_SCRIPT, "text/javascript; charset=utf-8").with("cache-control", "public, max-age=3600")
}

/// `GET /page.css`
pub fn style() -> Answer {
    text(STYLE, "text/css; charset=utf-8").with("cache-control", "public, max-age=3600")
}

#[derive(Serialize)]
struct Health {
    ok: bool,
    version: &'static str,
}
