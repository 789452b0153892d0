//! Runs suites of OpenFGA's form.

pub mod case;
pub mod counts;
pub mod run;
pub mod service;
