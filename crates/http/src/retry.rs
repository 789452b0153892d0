use crate::Response;

/// When to try again, in milliseconds since the epoch: `Retry-After` in seconds (RFC 9110, 10.2.3),
/// else Auth0's `x-ratelimit-reset` (seconds since the epoch). At most one day ahead, never in the past.
pub fn retry_after(response: &Response, now_ms: u64) -> Option<u64> {
    const DAY_MS: u64 = 86_400_000;
    let number = |name: &str| response.header(name).and_then(|text| text.trim().parse::<u64>().ok());
    let at = number("retry-after")
        .map(|seconds| now_ms.saturating_add(seconds.saturating_mul(1000)))
        .or_else(|| number("x-ratelimit-reset").map(|seconds| seconds.saturating_mul(1000)))?;
    Some(at.clamp(now_ms, now_ms.saturating_add(DAY_MS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_from_now_and_absolute_reset() {
        let now = 1_000_000;
        assert_eq!(retry_after(&Response::new(429, "").with_header("Retry-After", "5"), now), Some(1_005_000));
        assert_eq!(retry_after(&Response::new(429, "").with_header("x-ratelimit-reset", "1007"), now), Some(1_007_000));
        assert_eq!(retry_after(&Response::new(429, "").with_header("x-ratelimit-reset", "1"), now), Some(now));
        assert_eq!(retry_after(&Response::new(429, ""), now), None);
        assert_eq!(retry_after(&Response::new(429, "").with_header("retry-after", "soon"), now), None);
    }
}
