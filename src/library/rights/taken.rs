//! How often something was taken away since the library was opened: what was decided before that may not be so any more.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

/// The most people whose counts are kept apart.
const MOST_PEOPLE: usize = 1_000;

/// Counts of what was taken, noted and confirmed alike.
#[derive(Debug)]
pub struct Taken {
    /// What the names of people begin with.
    person: String,
    all: Cell<u64>,
    /// Of everybody, and of what a right comes by from elsewhere.
    common: Cell<u64>,
    own: RefCell<HashMap<String, u64>>,
}

/// What was taken up to now from somebody. Another one whenever there is more of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenFrom {
    common: u64,
    own: u64,
}

impl Taken {
    /// Nothing yet. `everybody` is what everybody is called.
    pub fn new(everybody: &str) -> Self {
        let person = everybody.trim_end_matches('*').to_owned();
        Self { person, all: Cell::new(0), common: Cell::new(0), own: RefCell::default() }
    }

    /// A tuple of this user is to be deleted, or is deleted.
    pub fn count(&self, user: &str) {
        let more = |count: &Cell<u64>| count.set(count.get().wrapping_add(1));
        more(&self.all);
        let mut own = self.own.borrow_mut();
        if !user.starts_with(&self.person) || user.ends_with(":*") || user.contains('#') {
            more(&self.common);
        } else if own.len() < MOST_PEOPLE || own.contains_key(user) {
            let count = own.entry(user.to_owned()).or_default();
            *count = count.wrapping_add(1);
        } else {
            own.clear();
            more(&self.common);
        }
    }

    /// What was taken from a user; without one, from anybody.
    pub fn from(&self, user: Option<&str>) -> TakenFrom {
        match user {
            Some(user) => {
                TakenFrom { common: self.common.get(), own: self.own.borrow().get(user).copied().unwrap_or_default() }
            }
            None => TakenFrom { common: self.all.get(), own: 0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RG-12: what is taken from one person is theirs alone; everybody's, a folder's, a userset's and what is of another kind counts for all.
    #[test]
    fn rg_12_what_is_taken_counts_for_whom_it_is_taken_from() {
        let taken = Taken::new("user:*");
        for (user, bo, cy) in [
            ("user:bo", true, false),
            ("user:cy", false, true),
            ("user:*", true, true),
            ("folder:plans", true, true),
            ("user:bo#friend", true, true),
            ("employee:bo", true, true),
        ] {
            let read = || [Some("user:bo"), Some("user:cy"), None].map(|user| taken.from(user));
            let before = read();
            taken.count(user);
            let after = read();
            let changed: Vec<_> = before.iter().zip(&after).map(|(before, after)| before != after).collect();
            assert_eq!(changed, [bo, cy, true], "{user}");
        }
    }

    #[test]
    fn rg_12_counts_have_an_end_and_nothing_that_is_taken_is_missed() {
        let taken = Taken::new("user:*");
        taken.count("user:bo");
        let before = taken.from(Some("user:bo"));
        (0..MOST_PEOPLE).for_each(|number| taken.count(&format!("user:{number}")));
        assert_ne!(taken.from(Some("user:bo")), before);
        assert!(taken.own.borrow().len() <= MOST_PEOPLE);
    }
}
