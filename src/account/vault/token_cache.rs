use std::cell::RefCell;
use std::collections::HashMap;

use deputy_auth0::Scopes;
use deputy_http::Secret;

/// Tokens in the object's memory, each under a key.
#[derive(Default)]
pub struct TokenCache(RefCell<HashMap<String, CachedToken>>);

/// A token in the object's memory.
#[derive(Clone)]
pub struct CachedToken {
    /// Of which connection; empty for the My Account API.
    pub connection: String,
    pub token: Secret,
    pub scopes: Scopes,
    pub expires_at: u64,
    /// Until when it may be handed out.
    pub keep_until: u64,
}

impl TokenCache {
    /// The token under that key, if it may be handed out now.
    pub fn get(&self, key: &str, now: u64) -> Option<CachedToken> {
        self.0.borrow().get(key).filter(|token| token.keep_until > now).cloned()
    }

    /// Any token of the connection that may be handed out now.
    pub fn of_connection(&self, connection: &str, now: u64) -> Option<CachedToken> {
        let tokens = self.0.borrow();
        tokens.values().find(|token| token.connection == connection && token.keep_until > now).cloned()
    }

    /// Puts a token under a key, in place of what was there. One that would be more than `most` finds them all forgotten.
    pub fn put(&self, key: &str, token: CachedToken, most: usize) {
        let mut kept = self.0.borrow_mut();
        if !kept.contains_key(key) && kept.len() >= most {
            kept.clear();
        }
        kept.insert(key.to_owned(), token);
    }

    /// Forgets the token under that key.
    pub fn forget(&self, key: &str) {
        self.0.borrow_mut().remove(key);
    }

    /// Forgets all of them.
    pub fn clear(&self) {
        self.0.borrow_mut().clear();
    }
}
