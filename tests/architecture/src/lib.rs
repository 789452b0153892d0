//! The shape of the source: which file imports which, which room of the Worker uses which, which crate depends on which.
//!
//! What counts as an import is said in [`imports`], how a name finds the file that defines it in [`Crate::resolve`]. The checks on
//! Deputy itself are in `tests/house.rs`, those of this crate in `tests/checker.rs`.

mod circle;
mod imports;
mod names;
mod read;
mod tokens;
mod workspace;

pub use circle::{Circle, Graph, Import};
pub use imports::{Unresolved, imports};
pub use read::{Crate, ReadError, SourceFile};
pub use workspace::{Member, Workspace, WorkspaceError};
