use std::cell::RefCell;

use futures::channel::oneshot::{Receiver, Sender, channel};

/// Who waits for the chat to change.
#[derive(Default)]
pub struct Watchers(RefCell<Vec<Sender<()>>>);

impl Watchers {
    /// Comes to its end when something of the chat has changed.
    pub fn change(&self) -> Receiver<()> {
        let (tell, told) = channel();
        self.0.borrow_mut().push(tell);
        told
    }

    /// Something has changed.
    pub fn tell(&self) {
        // Who is gone needs to be told nothing.
        for tell in self.0.take() {
            let _ = tell.send(());
        }
    }
}
