use deputy_error::{Explained, Explanation, Retry};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A relation to an object, as OpenFGA knows it: `can_view` to `doc:7`. Who must stand in it is no part of it: that is whoever the
/// tenant has verified ([`VerifiedUser`]), so no tool and no model names another (RG-21).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    /// Name of the relation.
    pub relation: String,
    /// Type and id, `doc:7`.
    pub object: String,
    /// Context of the question: what the conditions of tuples are given.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub context: Map<String, Value>,
}

/// Longest object, bytes (OpenFGA's own bound).
const MAX_OBJECT: usize = 256;

impl Relation {
    /// A relation to one object of a type.
    pub fn of(relation: impl Into<String>, object_type: &str, id: &str) -> Self {
        Self { relation: relation.into(), object: format!("{object_type}:{id}"), context: Map::new() }
    }

    /// True for exactly one object: an id with a `:` or a `#` would name another one, `*` would name all of them.
    pub fn is_of_one_object(&self) -> bool {
        let plain = |text: &str| {
            !text.is_empty()
                && !text.contains([':', '#', '*'])
                && !text.chars().any(|c| c.is_whitespace() || c.is_control())
        };
        let object = self.object.split_once(':').is_some_and(|(kind, id)| plain(kind) && plain(id));
        object && self.object.len() <= MAX_OBJECT && plain(&self.relation)
    }
}

/// Who a turn works for, as the tenant has verified them: made from the session's claims and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VerifiedUser {
    /// Subject.
    pub subject: String,
    /// E-mail address, only if the tenant has verified it.
    pub email: Option<String>,
    /// Name to show.
    pub name: Option<String>,
    /// Organization of the session (`org_id`).
    pub organization: Option<String>,
}

impl VerifiedUser {
    /// The subject with the claims of its session. An address that the tenant has not verified is nobody's.
    pub fn of(subject: &str, claims: &Map<String, Value>) -> Self {
        let text =
            |claim: &str| claims.get(claim).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
        let is_verified = claims.get("email_verified") == Some(&Value::Bool(true));
        Self {
            subject: subject.to_owned(),
            email: text("email").filter(|_| is_verified),
            name: ["name", "nickname", "given_name"].into_iter().find_map(text),
            organization: text("org_id"),
        }
    }
}

/// What is known of the relations that a call declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Related {
    /// Nobody has asked. A call that declares a relation is not run.
    #[default]
    Unasked,
    /// The user stands in all of them.
    Allowed,
    /// Not in all of them, as far as is known.
    Refused(Unrelated),
}

/// Why a relation does not let a call run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unrelated {
    /// The user does not stand in it, or there is no such object: nobody can tell which (the words of Auth0's SDK, SD-10).
    #[error("The user is not allowed to perform the action.")]
    Denied,
    /// It could not be found out. That counts as a no.
    #[error("Whether the user is allowed to perform the action could not be checked, so it was not done.")]
    Unchecked,
}

impl Unrelated {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Denied => "relation_denied",
            Self::Unchecked => "relation_unchecked",
        }
    }

    /// Both, for the table of codes.
    pub const ALL: [Self; 2] = [Self::Denied, Self::Unchecked];
}

impl Explained for Unrelated {
    fn explanation(&self) -> Explanation<'_> {
        let (fix, retry) = match self {
            Self::Denied => (
                "The tool declares a relation, and the store has no tuple from which it follows for this user. Share the object, or \
                 write the tuple.",
                Retry::Never,
            ),
            Self::Unchecked => (
                "The question failed: FGA did not answer, or has no such type, relation or model. See FGA_API_URL, FGA_STORE_ID, \
                 FGA_MODEL_ID and the log.",
                Retry::Later,
            ),
        };
        Explanation { code: Self::code(*self), user_message: self.to_string().into(), developer_fix: fix.into(), retry }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RG-21: what a model writes into an id never becomes another object, a set of users, or everything.
    #[test]
    fn rg_21_an_id_names_one_object_or_none() {
        for id in ["7", "a/b", "größe", "x@example.com", "..", "\"'{}"] {
            assert!(Relation::of("can_view", "doc", id).is_of_one_object(), "{id}");
        }
        let long = "x".repeat(253);
        for id in ["", "*", "a*", "7#owner", "folder:7", ":", " ", "a b", "a\n", "a\u{a0}b", "a\0", &long] {
            assert!(!Relation::of("can_view", "doc", id).is_of_one_object(), "{id:?}");
        }
        assert!(
            !Relation::of("", "doc", "7").is_of_one_object() && !Relation::of("a#b", "doc", "7").is_of_one_object()
        );
        assert!(!Relation { object: "doc".into(), ..Relation::of("can_view", "doc", "7") }.is_of_one_object());
    }
}
