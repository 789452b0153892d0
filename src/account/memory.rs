use std::cell::RefCell;

use deputy_auth0::Scopes;
use deputy_http::Secret;

/// A token in the object's memory.
#[derive(Clone)]
pub(super) struct CachedToken {
    /// Of which connection; empty for the My Account API.
    pub connection: String,
    pub token: Secret,
    pub scopes: Scopes,
    pub expires_at: u64,
    /// Until when it may be handed out.
    pub keep_until: u64,
}

/// Tokens in the object's memory, each under a key. They are few, so they are looked through one by one.
#[derive(Default)]
pub(super) struct Memory(RefCell<Vec<(String, CachedToken)>>);

impl Memory {
    /// The token under that key, if it may be handed out now.
    pub fn get(&self, key: &str, now: u64) -> Option<CachedToken> {
        self.find(|name, token| name == key && token.keep_until > now)
    }

    /// Any token of the connection that may be handed out now.
    pub fn of_connection(&self, connection: &str, now: u64) -> Option<CachedToken> {
        self.find(|_, token| token.connection == connection && token.keep_until > now)
    }

    /// Puts a token under a key, in place of what was there. One that would be more than `most` finds them all forgotten.
    pub fn put(&self, key: &str, token: CachedToken, most: usize) {
        self.forget(key);
        let mut kept = self.0.borrow_mut();
        if kept.len() >= most {
            kept.clear();
        }
        kept.push((key.to_owned(), token));
    }

    /// Forgets the token under that key.
    pub fn forget(&self, key: &str) {
        self.0.borrow_mut().retain(|(name, _)| name != key);
    }

    /// Forgets all of them.
    pub fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    fn find(&self, wanted: impl Fn(&str, &CachedToken) -> bool) -> Option<CachedToken> {
        self.0.borrow().iter().find(|(name, token)| wanted(name, token)).map(|(_, token)| token.clone())
    }
}
