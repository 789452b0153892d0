//! What keeps stores.

use std::sync::Arc;

use super::storage_error::StorageError;
use super::wire::Assertion;
use crate::model::AuthorizationModel;
use crate::names::{RelationName, TypeName};
use crate::store::TupleStore;
use crate::system::TypeSystem;
use crate::tuple::{Object, Tuple, User};
use crate::write::WritePlan;

/// A store as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreRecord {
    /// A ULID.
    pub id: String,
    /// For people; several may have the same.
    pub name: String,
    /// Milliseconds since the epoch.
    pub created_at_ms: u64,
}

/// Stores, each with its models, tuples, changes and assertions. What is asked of a store that is not there finds nothing.
pub trait Stores {
    /// The tuples of one store.
    type Tuples: TupleStore;

    /// Keeps a new store.
    fn create(&mut self, store: StoreRecord) -> Result<(), StorageError>;

    /// The store of this id.
    fn store(&self, id: &str) -> Result<Option<StoreRecord>, StorageError>;

    /// Stores in the order of their ids, from the one after `after`; with exactly this name, if one is given.
    fn list(&self, name: Option<&str>, after: Option<&str>, most: usize) -> Result<Vec<StoreRecord>, StorageError>;

    /// Forgets a store and all that is in it.
    fn delete(&mut self, id: &str) -> Result<(), StorageError>;

    /// Keeps a model, which has its id, as the newest of a store.
    fn add_model(&mut self, store: &str, model: TypeSystem) -> Result<(), StorageError>;

    /// The model of this id, or the newest.
    fn model(&self, store: &str, id: Option<&str>) -> Result<Option<Arc<TypeSystem>>, StorageError>;

    /// Models, the newest first, from the one older than `before`.
    fn models(&self, store: &str, before: Option<&str>, most: usize) -> Result<Vec<AuthorizationModel>, StorageError>;

    /// The tuples of a store.
    fn tuples(&self, store: &str) -> &Self::Tuples;

    /// Does what a write came to, all of it or nothing, and keeps it among the changes.
    fn apply(&mut self, store: &str, plan: WritePlan, now_ms: u64) -> Result<(), StorageError>;

    /// Tuples in the order of their positions, from the one after `after`.
    fn read(&self, store: &str, filter: &ReadFilter, after: u64, most: usize)
    -> Result<Vec<StoredTuple>, StorageError>;

    /// Changes in the order of their positions; of one type of objects, if one is given.
    fn changes(
        &self,
        store: &str,
        of_type: Option<&str>,
        from: ChangesFrom,
        most: usize,
    ) -> Result<Vec<Change>, StorageError>;

    /// The assertions of a model, in their order.
    fn assertions(&self, store: &str, model: &str) -> Result<Vec<Assertion>, StorageError>;

    /// Keeps assertions of a model in the place of those that are there.
    fn set_assertions(&mut self, store: &str, model: &str, assertions: Vec<Assertion>) -> Result<(), StorageError>;
}

/// Which tuples are read: those that have all that is given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadFilter {
    /// The type of the object.
    pub type_name: Option<TypeName>,
    /// The object.
    pub object: Option<Object>,
    /// The relation.
    pub relation: Option<RelationName>,
    /// The user, exactly this one.
    pub user: Option<User>,
}

impl ReadFilter {
    /// Whether the tuple is one of them.
    pub fn matches(&self, tuple: &Tuple) -> bool {
        self.type_name.as_ref().is_none_or(|type_name| *type_name == tuple.object.type_name)
            && self.object.as_ref().is_none_or(|object| *object == tuple.object)
            && self.relation.as_ref().is_none_or(|relation| *relation == tuple.relation)
            && self.user.as_ref().is_none_or(|user| *user == tuple.user)
    }
}

/// A tuple and when it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTuple {
    /// Its place among the tuples of the store, from 1 on. One that is written anew has a new place.
    pub position: u64,
    /// The tuple.
    pub tuple: Tuple,
    /// Milliseconds since the epoch.
    pub written_at_ms: u64,
}

/// Where changes are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangesFrom {
    /// The one after this position; 0 is the beginning.
    After(u64),
    /// The first at this time or later, in milliseconds since the epoch.
    Time(u64),
}

/// A tuple that came or went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its place among the changes of the store, from 1 on.
    pub position: u64,
    /// Which of the two.
    pub operation: Operation,
    /// The tuple; one that went is without its condition.
    pub tuple: Tuple,
    /// Milliseconds since the epoch.
    pub at_ms: u64,
}

/// What happened to a tuple.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// It was written.
    Write,
    /// It was deleted.
    Delete,
}
