//! Time.

use std::cell::Cell;
use std::panic::AssertUnwindSafe;

use js_sys::Promise;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;
use web_sys::WorkerGlobalScope;

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
///
/// Whoever polls last is woken. (`worker::Delay` wakes whoever polled first: a future that goes from a request's handler into the stream of its
/// answer would sleep on.)
pub async fn sleep(ms: u64) {
    const MAX_MS: u64 = 24 * 86_400_000;
    let ms = i32::try_from(ms.min(MAX_MS)).unwrap_or(i32::MAX);
    let global: WorkerGlobalScope = js_sys::global().unchecked_into();
    let begun = AssertUnwindSafe(Cell::new(None));
    let passed = Promise::new(&mut |resolve, _| {
        begun.set(global.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms).ok());
    });
    let timer = begun.get().map(|id| Timer { global, id });
    drop(JsFuture::from(passed).await);
    drop(timer);
}

/// A timer that is taken back when nobody waits for it any more.
struct Timer {
    global: WorkerGlobalScope,
    id: i32,
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.global.clear_timeout_with_handle(self.id);
    }
}
