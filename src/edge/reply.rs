use serde::Serialize;

use crate::account::call::Refusal;
use crate::platform::answer::Answer;
use crate::platform::html::{Page, link};

/// JSON with status 200.
pub fn json(value: &impl Serialize) -> Answer {
    json_text(&deputy_http::write_json(value))
}

/// JSON that is written already, with status 200.
pub fn json_text(json: &str) -> Answer {
    Answer::text(200, json, JSON)
}

/// 204
pub fn no_content() -> Answer {
    Answer::empty(204)
}

/// 302 to a path of ours or a URL of the tenant's.
pub fn redirect(location: &str) -> Answer {
    Answer::empty(302).with("location", location)
}

/// A page of our own.
pub fn page(status: u16, page: &Page<'_>) -> Answer {
    Answer::text(status, &page.render(), "text/html; charset=utf-8")
}

/// A text of that media type.
pub fn text(body: &str, kind: &str) -> Answer {
    Answer::text(200, body, kind)
}

/// 405 with the methods that are answered.
pub fn method_not_allowed(methods: &[&str]) -> Answer {
    let body = Error { error: "This address does not answer that method.", code: "method_not_allowed", id: None };
    Answer::text(405, &deputy_http::write_json(&body), JSON).with("allow", &methods.join(", "))
}

/// A refusal as the contract's JSON, or as a page where a browser is on its way through login.
pub fn error(refusal: &Refusal, id: &str, as_page: bool) -> Answer {
    let status = refusal.error_status();
    if as_page {
        let code = format!("Code: {} ({id})", refusal.code);
        return page(
            status,
            &Page {
                title: "That did not work",
                text: &[&refusal.message, &code],
                actions: &[link("/auth/login", "Log in"), link("/", "Back to the start")],
                scripts: &[],
            },
        );
    }
    let body = Error { error: &refusal.message, code: &refusal.code, id: Some(id) };
    let answer = Answer::text(status, &deputy_http::write_json(&body), JSON);
    if status == 401 { answer.with("www-authenticate", "Bearer realm=\"deputy\"") } else { answer }
}

/// What every answer gets: correlation id, security headers, cookies to clear, and no caching unless it was asked for.
pub fn finish(answer: &mut Answer, id: &str, security: &[(&'static str, String)], cookies: &[String]) {
    answer.set("x-correlation-id", id);
    for (name, value) in security {
        answer.set(name, value);
    }
    for cookie in cookies {
        answer.set("set-cookie", cookie);
    }
    if !answer.has("cache-control") {
        answer.set("cache-control", "no-store");
    }
}

const JSON: &str = "application/json";

#[derive(Serialize)]
struct Error<'a> {
    error: &'a str,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}
