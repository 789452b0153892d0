//! Whose chat it is: the first verified caller's, for ever (CF-08).

use std::cell::RefCell;
use std::rc::Rc;

use deputy_agent::Problem;

use super::ports::{Owner, Platform};
use super::store;
use crate::objects;
use crate::platform::ports::SqlError;

/// The owner, as it is stored.
pub struct Ownership<P> {
    platform: Rc<P>,
    owner: RefCell<Option<Owner>>,
}

impl<P: Platform> Ownership<P> {
    /// Reads the owner; none until the first verified caller.
    pub fn open(platform: Rc<P>) -> Result<Self, SqlError> {
        let subject = objects::meta(&*platform, "owner")?;
        let chat = objects::meta(&*platform, "chat")?.unwrap_or_default();
        let owner = RefCell::new(subject.map(|subject| Owner { subject, chat }));
        Ok(Self { platform, owner })
    }

    /// The owner.
    pub fn get(&self) -> Option<Owner> {
        self.owner.borrow().clone()
    }

    /// The chat's id; empty before the first caller.
    pub fn chat(&self) -> String {
        self.owner.borrow().as_ref().map(|owner| owner.chat.clone()).unwrap_or_default()
    }

    /// The chat is theirs from now on.
    pub fn set(&self, owner: Owner) -> Result<(), SqlError> {
        for (key, value) in [("owner", &owner.subject), ("chat", &owner.chat)] {
            objects::set_meta(&*self.platform, key, value)?;
        }
        *self.owner.borrow_mut() = Some(owner);
        Ok(())
    }

    /// The chat was erased: it is nobody's.
    pub fn forget(&self) -> Result<(), SqlError> {
        self.owner.borrow_mut().take();
        store::delete_meta(&*self.platform, "owner")?;
        store::delete_meta(&*self.platform, "chat")
    }

    /// The owner's account.
    pub fn account(&self) -> Result<P::Account, Problem> {
        let owner = self.owner.borrow();
        let owner = owner.as_ref().ok_or_else(|| Problem {
            code: "chat_unowned".to_owned(),
            message: "This chat has no owner yet.".to_owned(),
        })?;
        Ok(self.platform.account(owner))
    }
}
