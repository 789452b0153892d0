use serde::Serialize;
use worker::{Headers, Response, ResponseBody};

use super::headers::is_security;
use crate::objects::Refusal;
use crate::platform::html::{Page, link};

/// JSON with status 200.
pub fn json(value: &impl Serialize) -> Result<Response, Refusal> {
    text(&deputy_http::json::write(value), "application/json")
}

/// 204
pub fn no_content() -> Result<Response, Refusal> {
    Ok(Response::empty().map_err(|_| Refusal::internal("reply_unwritable"))?.with_status(204))
}

/// 302 to a path of ours or a URL of the tenant's.
pub fn redirect(location: &str) -> Result<Response, Refusal> {
    let response = no_content()?.with_status(302);
    with_header(response, "location", location)
}

/// A page of our own.
pub fn page(status: u16, page: &Page<'_>) -> Result<Response, Refusal> {
    let response = Response::from_html(page.render()).map_err(|_| Refusal::internal("reply_unwritable"))?;
    Ok(response.with_status(status))
}

/// A text of that media type.
pub fn text(body: &str, kind: &str) -> Result<Response, Refusal> {
    let response = Response::ok(body).map_err(|_| Refusal::internal("reply_unwritable"))?;
    with_header(response, "content-type", kind)
}

/// Adds a header to a response of our own.
pub fn with_header(mut response: Response, name: &str, value: &str) -> Result<Response, Refusal> {
    let headers = response.headers_mut();
    // `append` keeps what was there; only cookies may come several times.
    let written = if name == "set-cookie" { headers.append(name, value) } else { headers.set(name, value) };
    written.map_err(|_| Refusal::internal("header_unwritable"))?;
    Ok(response)
}

/// 405 with the methods that are answered.
pub fn method_not_allowed(methods: &[&str], id: &str) -> Result<Response, Refusal> {
    let body = Error { error: "This address does not answer that method.", code: "method_not_allowed", id };
    with_header(json(&body)?.with_status(405), "allow", &methods.join(", "))
}

/// A refusal as the contract's JSON, or as a page where a browser is on its way through login.
pub fn error(refusal: &Refusal, id: &str, as_page: bool) -> worker::Result<Response> {
    // A status that forbids a body, or is no error, would panic in `worker` or lie.
    let status = if (400..=599).contains(&refusal.status) { refusal.status } else { 500 };
    if as_page {
        let code = format!("Code: {} ({id})", refusal.code);
        let html = Page {
            title: "That did not work",
            text: &[&refusal.message, &code],
            actions: &[link("/auth/login", "Log in"), link("/", "Back to the start")],
            scripts: &[],
        }
        .render();
        return Ok(Response::from_html(html)?.with_status(status));
    }
    let body = Error { error: &refusal.message, code: &refusal.code, id };
    let mut response = Response::ok(deputy_http::json::write(&body))?.with_status(status);
    response.headers_mut().set("content-type", "application/json")?;
    if status == 401 {
        response.headers_mut().set("www-authenticate", "Bearer realm=\"deputy\"")?;
    }
    Ok(response)
}

/// What every response gets: on `headers`, those that all have (see `headers::common`), come its own, its correlation id, `more` and cookies
/// to set. Security headers are ours, whoever answered.
pub fn finish(
    response: Response,
    id: &str,
    headers: Headers,
    more: &[(&'static str, String)],
    cookies: &[String],
) -> worker::Result<Response> {
    let status = response.status_code();
    for (name, value) in response.headers().entries() {
        match name.as_str() {
            "set-cookie" => headers.append(&name, &value)?,
            name if is_security(name) => {}
            name => headers.set(name, &value)?,
        }
    }
    headers.set("x-correlation-id", id)?;
    for (name, value) in more {
        headers.set(name, value)?;
    }
    for cookie in cookies {
        headers.append("set-cookie", cookie)?;
    }
    let (_, body) = response.into_parts();
    // Null-body statuses refuse every body.
    let body = if matches!(status, 204 | 205 | 304) { ResponseBody::Empty } else { body };
    Ok(Response::from_body(body)?.with_status(status).with_headers(headers))
}

#[derive(Serialize)]
struct Error<'a> {
    error: &'a str,
    code: &'a str,
    id: &'a str,
}
