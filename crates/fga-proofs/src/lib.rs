//! What `deputy-fga` is tried with: random models, tuples and contexts ([`random`]), and what a fuzzer turns its bytes into
//! ([`Target`]). OpenFGA's own engine is asked the same questions in `tests/differential`.

pub mod random;
mod targets;

pub use targets::Target;
