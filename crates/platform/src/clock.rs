//! Time.

/// The time, in milliseconds since the epoch. In the Worker it stands still between two I/O steps.
pub fn now_ms() -> u64 {
    #[cfg(target_arch = "wasm32")]
    {
        worker::Date::now().as_millis()
    }
    #[cfg(not(target_arch = "wasm32"))]
    {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}

/// Waits. `ms` above 24 days is cut to 24 days.
pub async fn sleep(ms: u64) {
    const MAX_MS: u64 = 24 * 86_400_000;
    worker::Delay::from(std::time::Duration::from_millis(ms.min(MAX_MS))).await;
}
