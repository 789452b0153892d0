use std::time::UNIX_EPOCH;

use crate::{ReadResponse, Response};

/// When to try again, in milliseconds since the epoch: `Retry-After` in seconds or as a date (RFC 9110, 10.2.3),
/// else Auth0's `x-ratelimit-reset` (seconds since the epoch). At most one day ahead, never in the past.
pub fn retry_after(response: &Response, now_ms: u64) -> Option<u64> {
    const DAY_MS: u64 = 86_400_000;
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let after = response.header("retry-after").and_then(|text| match number(text) {
        Some(seconds) => Some(now_ms.saturating_add(seconds.saturating_mul(1000))),
        None => date(text),
    });
    let reset = || Some(number(response.header("x-ratelimit-reset")?)?.saturating_mul(1000));
    let at = after.or_else(reset)?;
    Some(at.clamp(now_ms, now_ms.saturating_add(DAY_MS)))
}

/// RFC 9110, 5.6.7
fn date(text: &str) -> Option<u64> {
    let since_epoch = httpdate::parse_http_date(text.trim()).ok()?.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since_epoch.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_from_now_and_absolute_reset() {
        let now = 1_000_000;
        assert_eq!(retry_after(&crate::response(429, "").with_header("Retry-After", "5"), now), Some(1_005_000));
        assert_eq!(
            retry_after(&crate::response(429, "").with_header("x-ratelimit-reset", "1007"), now),
            Some(1_007_000)
        );
        assert_eq!(retry_after(&crate::response(429, "").with_header("x-ratelimit-reset", "1"), now), Some(now));
        assert_eq!(retry_after(&crate::response(429, ""), now), None);
        assert_eq!(retry_after(&crate::response(429, "").with_header("retry-after", "soon"), now), None);
    }

    /// RFC 9110, 5.6.7: the example of the specification in its three forms, and what lies too far ahead or behind.
    #[test]
    fn a_date_is_a_time() {
        const AT: u64 = 784_111_777_000;
        let after = |text: &str, now| retry_after(&crate::response(503, "").with_header("retry-after", text), now);
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", " Sun Nov  6 08:49:37 1994"] {
            assert_eq!(after(text, AT - 5_000), Some(AT), "{text}");
            assert_eq!(after(text, AT + 5_000), Some(AT + 5_000), "{text}");
        }
        assert_eq!(after("Sun, 06 Nov 1994 08:49:37 GMT", 0), Some(86_400_000));
        assert_eq!(after("Sun, 31 Feb 1994 08:49:37", AT), None);
        let both = crate::response(429, "").with_header("retry-after", "soon").with_header("x-ratelimit-reset", "7");
        assert_eq!(retry_after(&both, 1_000), Some(7_000));
    }
}
