//! Futures that wait side by side.

use std::future::poll_fn;
use std::task::Poll;

use futures::future::LocalBoxFuture;

use crate::ports::StoreError;

/// Carries all of them out at the same time. There are few, so each is looked at when any may go on: the library's lists of
/// futures that wake one by one would be compiled for this alone. The error that came first counts, once all have ended.
pub(crate) async fn all(mut futures: Vec<LocalBoxFuture<'_, Result<(), StoreError>>>) -> Result<(), StoreError> {
    let mut result = Ok(());
    poll_fn(|context| {
        futures.retain_mut(|future| {
            let Poll::Ready(done) = future.as_mut().poll(context) else { return true };
            if result.is_ok() {
                result = done;
            }
            false
        });
        if futures.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    result
}
