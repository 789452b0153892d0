//! How many assertions held, by suite and kind.

use std::collections::BTreeMap;
use std::fmt;

#[derive(Debug, Default)]
pub struct Counts(BTreeMap<(String, String), (usize, usize)>);

impl Counts {
    pub fn add(&mut self, suite: &str, kind: String, held: bool) {
        let (holds, all) = self.0.entry((suite.to_owned(), kind)).or_default();
        *holds += usize::from(held);
        *all += 1;
    }

    /// How many held of the suite and kind.
    pub fn held(&self, suite: &str, kind: &str) -> usize {
        self.0.get(&(suite.to_owned(), kind.to_owned())).map_or(0, |(held, _)| *held)
    }

    pub fn total(&self) -> usize {
        self.0.values().map(|(_, all)| all).sum()
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((suite, kind), (held, all)) in &self.0 {
            writeln!(f, "{suite:28} {kind:40} {held:5} of {all:5}")?;
        }
        let held: usize = self.0.values().map(|(held, _)| held).sum();
        write!(f, "{:28} {:40} {held:5} of {:5}", "all", "", self.total())
    }
}
