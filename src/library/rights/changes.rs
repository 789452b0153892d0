use deputy_fga::tuple::TupleKey;
use deputy_fga::write::{OnConflict, WriteRequest};

/// The relation of whoever may change, share and remove something.
pub const OWNER: &str = "owner";
/// The relation of whom something is shared with.
pub const VIEWER: &str = "viewer";
/// The relation of a folder to what is in it.
pub const PARENT: &str = "parent";

/// Tuples to write and to delete. One that is there already, or is not there any more, is as good as done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// To write.
    pub writes: Vec<TupleKey>,
    /// To delete.
    pub deletes: Vec<TupleKey>,
}

impl Changes {
    /// The same, with a tuple to write.
    #[must_use]
    pub fn write(mut self, user: impl Into<String>, relation: &str, object: &str) -> Self {
        self.writes.push(TupleKey::new(user, relation, object));
        self
    }

    /// The same, with a tuple to delete.
    #[must_use]
    pub fn delete(mut self, user: impl Into<String>, relation: &str, object: &str) -> Self {
        self.deletes.push(TupleKey::new(user, relation, object));
        self
    }
}

impl From<Changes> for WriteRequest {
    fn from(Changes { writes, deletes }: Changes) -> Self {
        Self { writes, on_duplicate: OnConflict::Ignore, deletes, on_missing: OnConflict::Ignore }
    }
}
