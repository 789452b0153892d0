//! How many assertions held, by suite and kind.

use std::collections::BTreeMap;
use std::fmt;

#[derive(Debug, Default)]
pub struct Counts(BTreeMap<(String, &'static str), (usize, usize)>);

impl Counts {
    pub fn add(&mut self, suite: &str, kind: &'static str, held: bool) {
        let (holds, all) = self.0.entry((suite.to_owned(), kind)).or_default();
        *holds += usize::from(held);
        *all += 1;
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
