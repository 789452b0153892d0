//! Where something is written, and how OpenFGA's JSON leaves things out.

use serde::{Deserialize, Deserializer, Serialize};

/// Where something is written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SourceInfo {
    /// The file's name.
    #[serde(default)]
    pub file: String,
}

/// `null` where OpenFGA's JSON has a list or an object means an empty one.
pub fn null_as_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
