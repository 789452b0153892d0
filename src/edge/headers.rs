use std::cell::RefCell;

use worker::Headers;

thread_local! {
    /// What `common` copies, and whose it is: an isolate has one application and one tenant.
    static COMMON: RefCell<Option<(String, String, Headers)>> = const { RefCell::new(None) };
}

/// What every answer has unless it says otherwise: the security headers, and that nothing is to be cached. Made once in an isolate and
/// copied from then on, because each header that is set is a call into JavaScript.
///
/// # Errors
/// A setting that makes no header.
pub fn common(base_url: &str, tenant: &str) -> worker::Result<Headers> {
    COMMON.with_borrow_mut(|kept| {
        if let Some((base, origin, headers)) = kept
            && (base.as_str(), origin.as_str()) == (base_url, tenant)
        {
            return Ok(headers.clone());
        }
        let headers = Headers::new();
        for (name, value) in security_headers(base_url, tenant) {
            headers.set(name, &value)?;
        }
        headers.set("cache-control", "no-store")?;
        *kept = Some((base_url.to_owned(), tenant.to_owned(), headers.clone()));
        Ok(headers)
    })
}

/// Whether a header is one of the security headers, which nobody but `security_headers` says.
pub fn is_security(name: &str) -> bool {
    matches!(
        name,
        "content-security-policy"
            | "x-content-type-options"
            | "referrer-policy"
            | "cross-origin-opener-policy"
            | "x-frame-options"
            | "strict-transport-security"
    )
}

/// Security headers of every answer (S-32).
///
/// `tenant` is the tenant's origin: the log-out form posts to us and is redirected there, which `form-action` covers too.
fn security_headers(base_url: &str, tenant: &str) -> Vec<(&'static str, String)> {
    let socket = base_url.strip_prefix("http").map(|rest| format!("ws{rest}")).unwrap_or_default();
    let policy = format!(
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' {socket}; \
         frame-ancestors 'none'; base-uri 'none'; form-action 'self' {tenant}; object-src 'none'"
    );
    let mut headers = vec![
        ("content-security-policy", policy),
        ("x-content-type-options", "nosniff".to_owned()),
        ("referrer-policy", "same-origin".to_owned()),
        ("cross-origin-opener-policy", "same-origin-allow-popups".to_owned()),
        ("x-frame-options", "DENY".to_owned()),
    ];
    if base_url.starts_with("https://") {
        headers.push(("strict-transport-security", "max-age=31536000; includeSubDomains".to_owned()));
    }
    headers
}

/// Prefix of the headers that cross only between the parts of the Worker. Inbound copies are never passed on (S-11).
pub const INTERNAL_PREFIX: &str = "x-deputy-";

/// Headers of a browser's request that a chat object gets: what an upgrade needs and what tells client generations apart.
/// Everything else (cookies, tokens, inbound internal headers) stays at the edge.
pub fn passes_to_object(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    !name.starts_with(INTERNAL_PREFIX)
        && (name.starts_with("sec-websocket-")
            || matches!(name.as_str(), "upgrade" | "connection" | "user-agent" | "accept-language"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_32_policy_names_our_socket_and_the_tenant() {
        let headers = security_headers("https://deputy.example", "https://tenant.example");
        let policy = &headers[0].1;
        assert!(policy.contains("connect-src 'self' wss://deputy.example;"));
        assert!(policy.contains("form-action 'self' https://tenant.example;"));
        assert!(!policy.contains("unsafe"));
        assert!(headers.iter().any(|(name, _)| *name == "strict-transport-security"));
        assert!(headers.iter().all(|(name, _)| is_security(name)));
        let local = security_headers("http://localhost:3000", "http://localhost:4400");
        assert!(local[0].1.contains("ws://localhost:3000"));
        assert!(!local.iter().any(|(name, _)| *name == "strict-transport-security"));
    }

    #[test]
    fn s_11_internal_headers_cookies_and_tokens_stay_at_the_edge() {
        for name in
            ["x-deputy-identity", "X-Deputy-Anything", "cookie", "authorization", "x-api-key", "x-refresh-token"]
        {
            assert!(!passes_to_object(name), "{name}");
        }
        assert!(passes_to_object("Sec-WebSocket-Key") && passes_to_object("Upgrade"));
    }
}
