//! A text as passages that can be found, read and cited each on its own.

mod breaks;
mod chunks;

pub use chunks::{Chunk, LONGEST, OVERLAP, SHORTEST, chunks};
