//! Who may read `POST /chat` from a page of another origin (Fetch, 3.2 CORS protocol): the origins of the settings, never all.

/// Names the thread (chat) of an answer.
pub const THREAD_HEADER: &str = "x-thread-id";

/// Headers of every answer of the route; `preflight` names its methods where a browser asks first. `Origin` is part of the cache key
/// whether or not it is allowed. No credentials: from another origin nobody comes with a cookie.
pub fn cors_headers(
    origin: Option<&str>,
    allowed: &[String],
    preflight: Option<&[&str]>,
) -> Vec<(&'static str, String)> {
    let mut headers = vec![("vary", "Origin".to_owned())];
    let Some(origin) = origin.filter(|origin| allowed.iter().any(|ours| ours == origin)) else { return headers };
    headers.push(("access-control-allow-origin", origin.to_owned()));
    headers.push((
        "access-control-expose-headers",
        format!("{THREAD_HEADER}, x-correlation-id, x-vercel-ai-ui-message-stream"),
    ));
    if let Some(methods) = preflight {
        let methods: Vec<&str> = methods.iter().copied().filter(|method| *method != "OPTIONS").collect();
        headers.push(("access-control-allow-methods", methods.join(", ")));
        // The AI SDK names itself in `User-Agent`, which browsers that let it do so count as a header of the page's.
        headers.push(("access-control-allow-headers", "authorization, content-type, user-agent, x-api-key".to_owned()));
        headers.push(("access-control-max-age", "600".to_owned()));
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tv_25_only_origins_of_the_settings_may_read() {
        let allowed = ["https://deputy.example".to_owned(), "https://spa.example".to_owned()];
        let given =
            |origin, preflight: bool| cors_headers(origin, &allowed, preflight.then_some(&["POST", "OPTIONS"][..]));
        for foreign in
            [None, Some("https://evil.example"), Some("null"), Some("*"), Some("https://spa.example.evil.example")]
        {
            assert_eq!(given(foreign, true), [("vary", "Origin".to_owned())], "{foreign:?}");
        }
        let ours = given(Some("https://spa.example"), false);
        assert!(ours.contains(&("access-control-allow-origin", "https://spa.example".to_owned())));
        assert!(!ours.iter().any(|(name, _)| name.contains("credentials") || name.contains("allow-headers")));
        let before = given(Some("https://spa.example"), true);
        assert!(
            before
                .iter()
                .any(|(name, value)| *name == "access-control-allow-headers" && value.contains("authorization"))
        );
    }
}
