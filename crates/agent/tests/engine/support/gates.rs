//! Things that do not happen before a test lets them.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// Gates by name. A gate that was opened stays open.
#[derive(Clone, Default)]
pub struct Gates(Rc<RefCell<Inner>>);

#[derive(Default)]
struct Inner {
    open: BTreeSet<String>,
    all: bool,
    waiting: Vec<(String, Waker)>,
}

impl Gates {
    /// Waits until the gate is open.
    pub async fn pass(&self, name: &str) {
        poll_fn(|context| {
            let mut inner = self.0.borrow_mut();
            if inner.all || inner.open.contains(name) {
                return Poll::Ready(());
            }
            inner.waiting.push((name.to_owned(), context.waker().clone()));
            Poll::Pending
        })
        .await;
    }

    /// Opens a gate.
    pub fn open(&self, name: &str) {
        self.0.borrow_mut().open.insert(name.to_owned());
        self.wake(|waiting| waiting == name);
    }

    /// Opens every gate, now and later.
    pub fn open_all(&self) {
        self.0.borrow_mut().all = true;
        self.wake(|_| true);
    }

    fn wake(&self, which: impl Fn(&str) -> bool) {
        let mut inner = self.0.borrow_mut();
        let (woken, left) = std::mem::take(&mut inner.waiting).into_iter().partition(|(name, _)| which(name));
        inner.waiting = left;
        drop(inner);
        let woken: Vec<(String, Waker)> = woken;
        woken.into_iter().for_each(|(_, waker)| waker.wake());
    }
}
