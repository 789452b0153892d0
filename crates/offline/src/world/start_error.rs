use crate::model::RulesError;

/// Why the world cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The seeded users, clients or connections do not parse.
    #[error("the seeded data cannot be read ({file}): {source}")]
    Seed {
        /// The file.
        file: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The model's script cannot be used.
    #[error(transparent)]
    Rules(#[from] RulesError),
}
