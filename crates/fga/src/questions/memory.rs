//! What a walk has found, so that it is not looked for again.

use std::collections::HashMap;

use super::any::Outcome;
use crate::names::RelationName;
use crate::tuple::Object;

type Key = (Object, RelationName);

/// An answer.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    pub outcome: Outcome,
    /// How many tuples one after the other it took.
    pub height: usize,
    /// The first place of the way that it was cut off at: it holds while the walk is below that. `usize::MAX` if it holds for good.
    pub holds_below: usize,
}

/// Answers of places. In a circle the place where the walk came in is a no to those below it until it has an answer of its own, and so
/// may they be: such noes hold while that place is open. Once it is a no too, they hold for good; once it is a yes, nothing is known
/// of them. (Where nothing is taken away from anything, a yes is a yes on whatever way it was found.)
#[derive(Debug, Default)]
pub struct Memory {
    known: HashMap<Key, Known>,
    /// Those that hold only for now, in the order in which they were found.
    open: Vec<Key>,
}

impl Memory {
    pub fn get(&self, key: &Key) -> Option<Known> {
        self.known.get(key).copied()
    }

    /// The number of answers that hold only for now.
    pub fn open(&self) -> usize {
        self.open.len()
    }

    pub fn keep(&mut self, key: Key, known: Known) {
        if known.holds_below != usize::MAX {
            self.open.push(key.clone());
        }
        self.known.insert(key, known);
    }

    /// Answers from the `from`th that holds only for now depend on this place, too.
    pub fn depend(&mut self, from: usize, place: usize) {
        for key in self.open.get(from..).unwrap_or_default() {
            if let Some(known) = self.known.get_mut(key).filter(|known| known.holds_below != usize::MAX) {
                known.holds_below = known.holds_below.min(place);
            }
        }
    }

    /// They hold for good.
    pub fn settle(&mut self, from: usize) {
        for key in self.open.drain(from.min(self.open.len())..) {
            if let Some(known) = self.known.get_mut(&key) {
                known.holds_below = usize::MAX;
            }
        }
    }

    /// They hold no more.
    pub fn forget(&mut self, from: usize) {
        for key in self.open.drain(from.min(self.open.len())..) {
            if self.known.get(&key).is_some_and(|known| known.holds_below != usize::MAX) {
                self.known.remove(&key);
            }
        }
    }
}
