//! What a walk has found, so that it is not looked for again.

use std::collections::HashMap;

use super::any::Outcome;
use crate::names::RelationName;
use crate::tuple::Object;

type Key = (Object, RelationName);

/// While the walk is below the place of its way that has this number, or for good.
pub type Holds = usize;
/// For good.
pub const FOR_GOOD: Holds = usize::MAX;

/// An answer.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    pub outcome: Outcome,
    /// How many tuples one after the other it took.
    pub height: usize,
    pub holds: Holds,
}

/// That the limit of tuples one after the other is met, and no yes before it.
#[derive(Debug, Clone, Copy)]
pub struct TooDeep {
    /// Begun here, or later.
    pub from: usize,
    pub holds: Holds,
}

/// What is known of a place.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known {
    pub answer: Option<Answer>,
    pub too_deep: Option<TooDeep>,
}

impl Known {
    fn held(&mut self) -> impl Iterator<Item = &mut Holds> {
        let answer = self.answer.as_mut().map(|answer| &mut answer.holds);
        let too_deep = self.too_deep.as_mut().map(|too_deep| &mut too_deep.holds);
        answer.into_iter().chain(too_deep).filter(|holds| **holds != FOR_GOOD)
    }
}

/// What is known of places. In a circle the place where the walk came in is a no to those below it until it has an answer of its own, and
/// so may they be: such answers hold while that place is open. Once it is a no too, they hold for good; once it is a yes, nothing is
/// known of them. (Where nothing is taken away from anything, a yes is a yes on whatever way it was found.)
#[derive(Debug, Default)]
pub struct Memory {
    known: HashMap<Key, Known>,
    /// Places of which something holds only for now, in the order in which it was found.
    open: Vec<Key>,
}

impl Memory {
    pub fn get(&self, key: &Key) -> Known {
        self.known.get(key).copied().unwrap_or_default()
    }

    /// How many answers hold only for now.
    pub fn open(&self) -> usize {
        self.open.len()
    }

    pub fn keep(&mut self, key: Key, answer: Answer) {
        self.note_open(&key, answer.holds);
        self.known.entry(key).or_default().answer = Some(answer);
    }

    pub fn keep_too_deep(&mut self, key: Key, too_deep: TooDeep) {
        self.note_open(&key, too_deep.holds);
        self.known.entry(key).or_default().too_deep = Some(too_deep);
    }

    fn note_open(&mut self, key: &Key, holds: Holds) {
        if holds != FOR_GOOD {
            self.open.push(key.clone());
        }
    }

    /// What was found since holds no longer than this; for good, it is no longer open.
    pub fn hold(&mut self, since: usize, most: Holds) {
        for key in self.open.get(since..).unwrap_or_default() {
            for holds in self.known.get_mut(key).into_iter().flat_map(Known::held) {
                *holds = if most == FOR_GOOD { FOR_GOOD } else { most.min(*holds) };
            }
        }
        if most == FOR_GOOD {
            self.open.truncate(since);
        }
    }

    /// The noes that were found since and hold only for now hold no more.
    pub fn forget_answers(&mut self, since: usize) {
        for key in self.open.get(since..).unwrap_or_default() {
            if let Some(known) = self.known.get_mut(key) {
                known.answer.take_if(|answer| answer.holds != FOR_GOOD);
            }
        }
    }

    /// Nothing that was found since and holds only for now holds any more.
    pub fn forget(&mut self, since: usize) {
        self.forget_answers(since);
        for key in self.open.drain(since.min(self.open.len())..) {
            if let Some(known) = self.known.get_mut(&key) {
                known.too_deep.take_if(|too_deep| too_deep.holds != FOR_GOOD);
            }
        }
    }
}
