use deputy_fga::api::BODY_LIMIT;
use worker::Response;

use super::reply;
use super::visit::Visit;
use crate::library;
use crate::library::requests::FgaCall;
use crate::objects::Refusal;

/// Where OpenFGA's API begins.
const PREFIX: &str = "/fga";

/// `/fga/…`: OpenFGA's HTTP API over the tuples of the tenant's library, for `@openfga/sdk`, `fga` and the like. It asks nobody who they are, so it
/// is there with `DEPUTY_DEV=1` only, on a loopback name, and not for browsers: those say where they come from.
pub async fn call(visit: &mut Visit) -> Result<Response, Refusal> {
    let host = visit.header("host").unwrap_or_default();
    let by_browser = visit.header("origin").is_some() || visit.header("sec-fetch-site").is_some();
    if !is_open(visit.settings.development, &host, by_browser) {
        return Err(Refusal::new(404, "route_unknown", "There is nothing here."));
    }
    let url = visit.request.url().map_err(|_| Refusal::internal("url_unreadable"))?;
    let path = url.path().strip_prefix(PREFIX).unwrap_or_default();
    let path = url.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let body = visit.body_up_to(BODY_LIMIT).await?;
    let call = FgaCall { method: visit.request.method().to_string(), path, body };
    let answered = library::ask(&visit.env, library::TENANT, &call).await?;
    let mut response = reply::text(&answered.body, "application/json")?.with_status(answered.status);
    if answered.status == 204 {
        response = reply::no_content()?;
    }
    for (name, value) in &answered.headers {
        response = reply::with_header(response, name, value)?;
    }
    Ok(response)
}

/// Whether a call is answered. A name that is not this machine's may be anybody's who has it lead here.
fn is_open(development: bool, host: &str, by_browser: bool) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    development && !by_browser && matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::is_open;

    #[test]
    fn it_is_there_in_development_on_this_machine_for_no_browser() {
        for host in ["localhost:3000", "localhost", "127.0.0.1:3000", "[::1]:3000"] {
            assert!(is_open(true, host, false), "{host}");
            assert!(!is_open(false, host, false) && !is_open(true, host, true), "{host}");
        }
        for host in ["", "deputy.example", "localhost.evil.example:3000", "127.0.0.1.evil.example", "192.168.0.1:3000"]
        {
            assert!(!is_open(true, host, false), "{host}");
        }
    }
}
