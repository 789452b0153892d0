use deputy_agent::VerifiedUser;
use serde::{Deserialize, Serialize};

/// Who asks, as the edge verified it: never a model's input (RG-21).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Subject.
    pub subject: String,
    /// E-mail address, only if the tenant has verified it.
    pub email: Option<String>,
    /// Name for others to read.
    pub name: Option<String>,
}

impl From<&VerifiedUser> for Person {
    fn from(user: &VerifiedUser) -> Self {
        let VerifiedUser { subject, email, name, .. } = user.clone();
        Self { subject, email, name }
    }
}
