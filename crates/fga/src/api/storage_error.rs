use thiserror::Error;

use crate::store::StoreError;

/// Why something cannot be kept or found.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StorageError {
    /// It failed.
    #[error(transparent)]
    Failed(#[from] StoreError),
    /// Whatever keeps the stores does not do that; the words say what.
    #[error("{0}")]
    Unsupported(&'static str),
}
