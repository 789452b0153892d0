use std::cell::RefCell;
use std::collections::HashMap;

use futures::future::AbortHandle;

use super::about::About;
use super::live::Live;

/// A session at work. What is not in its store is lost with its object, and nobody misses it: connections, and calls that run.
pub struct Session<S> {
    pub(super) store: S,
    pub(super) about: RefCell<About>,
    pub(super) live: RefCell<HashMap<u64, Live>>,
    pub(super) running: RefCell<HashMap<u64, AbortHandle>>,
}
