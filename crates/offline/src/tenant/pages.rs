//! The tenant's HTML pages: plain, without JavaScript, usable on small screens.

use axum::{
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY},
    },
    response::{Html, IntoResponse, Response},
};

const STYLE: &str = "\
*{box-sizing:border-box}body{margin:0;font:16px/1.5 system-ui,sans-serif;background:#eef1f4;color:#1d2731}\
main{max-width:26rem;margin:8vh auto;padding:2rem;background:#fff;border:1px solid #d5dbe1;border-radius:.75rem}\
h1{font-size:1.35rem;margin:0 0 .5rem}label{display:block;margin:.9rem 0 .25rem;font-weight:600}\
input{width:100%;padding:.6rem;font:inherit;border:1px solid #8595a4;border-radius:.4rem}\
button{width:100%;margin-top:1rem;padding:.65rem;font:inherit;font-weight:600;border:1px solid #1f5fa8;border-radius:.4rem;\
background:#1f5fa8;color:#fff;cursor:pointer}button.second{background:#fff;color:#1f5fa8}\
:focus-visible{outline:3px solid #f2a900;outline-offset:2px}.problem{color:#a01818;font-weight:600}\
.note{margin-top:1.5rem;padding-top:1rem;border-top:1px solid #d5dbe1;font-size:.9rem;color:#44515d}\
code{background:#eef1f4;padding:.1rem .3rem;border-radius:.2rem}@media(max-width:30rem){main{margin:0;border:0;min-height:100vh}}";

/// A page around `body`, which must be escaped already.
pub(crate) fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><link rel=\"icon\" href=\"data:,\">\
         <style>{STYLE}</style></head><body><main><h1>{title}</h1>{body}\
         <p class=\"note\">Offline world: this is not Auth0, and nothing leaves this machine.</p></main></body></html>",
        title = escape(title),
    );
    // No form-action: browsers apply it to the redirect back to the application as well.
    let headers: [(HeaderName, HeaderValue); 3] = [
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (
            CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(
                "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'",
            ),
        ),
    ];
    (status, headers, Html(html)).into_response()
}

/// The page for a mistake that must not be redirected (RFC 6749 4.1.2.1), with its code.
pub(crate) fn problem(status: StatusCode, code: &str, sentence: &str) -> Response {
    let body = format!(
        "<p class=\"problem\">{}</p><p>Error code: <code>{}</code></p>\
         <p>Go back to the application and try again. If it happens again, its settings do not fit this tenant.</p>",
        escape(sentence),
        escape(code)
    );
    page(status, "Oops, something went wrong", &body)
}

/// The answer to an unknown path.
pub(crate) async fn not_found() -> Response {
    problem(StatusCode::NOT_FOUND, "not_found", "There is nothing at this address of the tenant.")
}

/// Text made safe for HTML content and quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}
