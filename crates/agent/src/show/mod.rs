//! What clients are shown: a projection of the changes of a chat. Nobody shows anything by hand.

mod emission;
mod live;
mod project;

pub use emission::{Emission, Ending};
pub(crate) use live::Live;
pub(crate) use project::{Cause, apply, on_stream};
