//! Futures that are not written into the one that waits for them.

use futures::future::LocalBoxFuture;

/// The same future behind a pointer. A function that waits for many different ones becomes, with all of them inside, so large that
/// every access of it takes longer to write down: where calls branch, each branch is boxed (docs/adr/0009-size.md).
#[inline(never)]
pub fn boxed<'a, T>(future: impl Future<Output = T> + 'a) -> LocalBoxFuture<'a, T> {
    Box::pin(future)
}
