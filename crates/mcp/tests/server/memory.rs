//! Storage of a session that outlives its object.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use deputy_mcp::server::session::{SessionStore, StoreFailed};

/// Number of the stream, of the event, when it was kept, and the event.
type Kept = (u64, u64, u64, String);

#[derive(Clone, Default)]
pub struct Memory {
    documents: Rc<RefCell<BTreeMap<String, String>>>,
    events: Rc<RefCell<Vec<Kept>>>,
    last: Rc<Cell<u64>>,
    pub now: Rc<Cell<u64>>,
    /// Nothing can be written.
    pub full: Rc<Cell<bool>>,
}

impl Memory {
    fn writable(&self) -> Result<(), StoreFailed> {
        if self.full.get() { Err(StoreFailed) } else { Ok(()) }
    }
}

impl SessionStore for Memory {
    fn now(&self) -> u64 {
        self.now.get()
    }

    fn document(&self, name: &str) -> Result<Option<String>, StoreFailed> {
        Ok(self.documents.borrow().get(name).cloned())
    }

    fn documents(&self, prefix: &str) -> Result<Vec<(String, String)>, StoreFailed> {
        let documents = self.documents.borrow();
        let found = documents.iter().filter(|(name, _)| name.starts_with(prefix));
        Ok(found.map(|(name, text)| (name.clone(), text.clone())).collect())
    }

    fn count(&self, prefix: &str) -> Result<u64, StoreFailed> {
        Ok(self.documents(prefix)?.len() as u64)
    }

    fn keep(&self, name: &str, text: &str) -> Result<(), StoreFailed> {
        self.writable()?;
        self.documents.borrow_mut().insert(name.to_owned(), text.to_owned());
        Ok(())
    }

    fn forget(&self, name: &str) -> Result<(), StoreFailed> {
        self.writable()?;
        self.documents.borrow_mut().remove(name);
        Ok(())
    }

    fn append(&self, stream: u64, message: &str) -> Result<u64, StoreFailed> {
        self.writable()?;
        self.last.set(self.last.get() + 1);
        self.events.borrow_mut().push((stream, self.last.get(), self.now(), message.to_owned()));
        Ok(self.last.get())
    }

    fn after(&self, stream: u64, number: u64) -> Result<Vec<(u64, String)>, StoreFailed> {
        let events = self.events.borrow();
        let later = events.iter().filter(|(of, at, ..)| *of == stream && *at > number);
        Ok(later.map(|(_, at, _, message)| (*at, message.clone())).collect())
    }

    fn prune(&self, before: u64) -> Result<(), StoreFailed> {
        self.events.borrow_mut().retain(|(_, _, at, _)| *at >= before);
        Ok(())
    }
}
