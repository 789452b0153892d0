//! The answer of a relation, and of several of which one is enough.

use crate::error::FgaError;

/// Whether the user has a relation, and whether the way led back to where it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    pub allowed: bool,
    pub cycle: bool,
}

impl Outcome {
    pub const YES: Self = Self { allowed: true, cycle: false };
    pub const NO: Self = Self { allowed: false, cycle: false };
    pub const CYCLE: Self = Self { allowed: false, cycle: true };
}

pub type Resolved = Result<Outcome, FgaError>;

/// Of several answers one yes is enough: an error counts only if there is none.
#[derive(Debug, Default)]
pub struct Any {
    cycle: bool,
    error: Option<FgaError>,
}

impl Any {
    /// Takes an answer in; a yes ends it.
    pub fn take(&mut self, answer: Resolved) -> Option<Outcome> {
        match answer {
            Ok(outcome) if outcome.allowed => return Some(outcome),
            Ok(outcome) => self.cycle |= outcome.cycle,
            Err(error) => self.error = Some(error),
        }
        None
    }

    /// What it comes to without a yes.
    pub fn finish(self) -> Resolved {
        self.error.map_or(Ok(Outcome { allowed: false, cycle: self.cycle }), Err)
    }
}
