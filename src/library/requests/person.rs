use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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

impl Person {
    /// The subject with these claims of an ID token or of a bearer's identity.
    pub fn of(subject: &str, claims: &Map<String, Value>) -> Self {
        let text = |claim: &str| claims.get(claim).and_then(Value::as_str).filter(|text| !text.is_empty());
        let verified = claims.get("email_verified") == Some(&Value::Bool(true));
        Self {
            subject: subject.to_owned(),
            email: text("email").filter(|_| verified).map(str::to_owned),
            name: text("name").map(str::to_owned),
        }
    }
}
