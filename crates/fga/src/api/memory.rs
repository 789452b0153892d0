use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::storage::{Change, ChangesFrom, Operation, ReadFilter, StoreRecord, StoredTuple, Stores};
use super::storage_error::StorageError;
use super::wire::Assertion;
use crate::model::AuthorizationModel;
use crate::names::RelationName;
use crate::store::{MemoryStore, StoreError};
use crate::system::TypeSystem;
use crate::tuple::{Object, Tuple, User};
use crate::write::WritePlan;

/// Stores in memory.
#[derive(Debug, Default)]
pub struct MemoryStores {
    stores: BTreeMap<String, Kept>,
    nothing: MemoryStore,
}

#[derive(Debug)]
struct Kept {
    record: StoreRecord,
    /// The newest last.
    models: Vec<Arc<TypeSystem>>,
    tuples: MemoryStore,
    written: BTreeMap<u64, StoredTuple>,
    positions: HashMap<(Object, RelationName, User), u64>,
    last_position: u64,
    changes: Vec<Change>,
    assertions: HashMap<String, Vec<Assertion>>,
}

impl Kept {
    fn new(record: StoreRecord) -> Self {
        Self {
            record,
            models: Vec::new(),
            tuples: MemoryStore::default(),
            written: BTreeMap::new(),
            positions: HashMap::new(),
            last_position: 0,
            changes: Vec::new(),
            assertions: HashMap::new(),
        }
    }

    fn log(&mut self, operation: Operation, tuple: Tuple, at_ms: u64) {
        let position = self.changes.len() as u64 + 1;
        self.changes.push(Change { position, operation, tuple, at_ms });
    }

    fn apply(&mut self, plan: WritePlan, now_ms: u64) {
        for place in &plan.deletes {
            if let Some(position) = self.positions.remove(place) {
                self.written.remove(&position);
            }
            let (object, relation, user) = place.clone();
            self.log(Operation::Delete, Tuple { object, relation, user, condition: None }, now_ms);
        }
        for tuple in &plan.writes {
            self.last_position += 1;
            let position = self.last_position;
            let place = (tuple.object.clone(), tuple.relation.clone(), tuple.user.clone());
            self.positions.insert(place, position);
            self.written.insert(position, StoredTuple { position, tuple: tuple.clone(), written_at_ms: now_ms });
            self.log(Operation::Write, tuple.clone(), now_ms);
        }
        self.tuples.apply(plan);
    }
}

impl MemoryStores {
    fn kept(&mut self, store: &str) -> Result<&mut Kept, StorageError> {
        self.stores.get_mut(store).ok_or_else(|| StoreError(format!("there is no store {store}")).into())
    }
}

impl Stores for MemoryStores {
    type Tuples = MemoryStore;

    fn create(&mut self, store: StoreRecord) -> Result<(), StorageError> {
        self.stores.insert(store.id.clone(), Kept::new(store));
        Ok(())
    }

    fn store(&self, id: &str) -> Result<Option<StoreRecord>, StorageError> {
        Ok(self.stores.get(id).map(|kept| kept.record.clone()))
    }

    fn list(&self, name: Option<&str>, after: Option<&str>, most: usize) -> Result<Vec<StoreRecord>, StorageError> {
        let records = self.stores.values().map(|kept| &kept.record);
        let listed = records
            .filter(|record| after.is_none_or(|after| *record.id > *after))
            .filter(|record| name.is_none_or(|name| record.name == name));
        Ok(listed.take(most).cloned().collect())
    }

    fn delete(&mut self, id: &str) -> Result<(), StorageError> {
        self.stores.remove(id);
        Ok(())
    }

    fn add_model(&mut self, store: &str, model: TypeSystem) -> Result<(), StorageError> {
        self.kept(store)?.models.push(Arc::new(model));
        Ok(())
    }

    fn model(&self, store: &str, id: Option<&str>) -> Result<Option<Arc<TypeSystem>>, StorageError> {
        let Some(kept) = self.stores.get(store) else { return Ok(None) };
        Ok(match id {
            None => kept.models.last().cloned(),
            Some(id) => kept.models.iter().find(|system| system.model().id == id).cloned(),
        })
    }

    fn models(&self, store: &str, before: Option<&str>, most: usize) -> Result<Vec<AuthorizationModel>, StorageError> {
        let models = self.stores.get(store).into_iter().flat_map(|kept| kept.models.iter().rev());
        let mut found = before.is_none();
        let older = models.map(|system| system.model()).skip_while(|model| {
            let skipped = !found;
            found |= before.is_some_and(|before| model.id == before);
            skipped
        });
        Ok(older.take(most).cloned().collect())
    }

    fn tuples(&self, store: &str) -> &MemoryStore {
        self.stores.get(store).map_or(&self.nothing, |kept| &kept.tuples)
    }

    fn apply(&mut self, store: &str, plan: WritePlan, now_ms: u64) -> Result<(), StorageError> {
        self.kept(store)?.apply(plan, now_ms);
        Ok(())
    }

    fn read(
        &self,
        store: &str,
        filter: &ReadFilter,
        after: u64,
        most: usize,
    ) -> Result<Vec<StoredTuple>, StorageError> {
        let Some(first) = after.checked_add(1) else { return Ok(Vec::new()) };
        let written = self.stores.get(store).into_iter().flat_map(|kept| kept.written.range(first..));
        let read = written.map(|(_, stored)| stored).filter(|stored| filter.matches(&stored.tuple));
        Ok(read.take(most).cloned().collect())
    }

    fn changes(
        &self,
        store: &str,
        of_type: Option<&str>,
        from: ChangesFrom,
        most: usize,
    ) -> Result<Vec<Change>, StorageError> {
        let all = self.stores.get(store).into_iter().flat_map(|kept| &kept.changes);
        let read = all
            .filter(|change| match from {
                ChangesFrom::After(position) => change.position > position,
                ChangesFrom::Time(ms) => change.at_ms >= ms,
            })
            .filter(|change| of_type.is_none_or(|of_type| *change.tuple.object.type_name == *of_type));
        Ok(read.take(most).cloned().collect())
    }

    fn assertions(&self, store: &str, model: &str) -> Result<Vec<Assertion>, StorageError> {
        let kept = self.stores.get(store).and_then(|kept| kept.assertions.get(model));
        Ok(kept.cloned().unwrap_or_default())
    }

    fn set_assertions(&mut self, store: &str, model: &str, assertions: Vec<Assertion>) -> Result<(), StorageError> {
        self.kept(store)?.assertions.insert(model.to_owned(), assertions);
        Ok(())
    }
}
