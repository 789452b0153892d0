//! Work that outlives an answer.

use std::future::Future;

use futures::FutureExt;
use worker::State;

/// Works on after the answer. Boxed, so that the bridge to a JavaScript promise is compiled once.
pub fn later(state: &State, work: impl Future<Output = ()> + 'static) {
    state.wait_until(work.boxed_local());
}
