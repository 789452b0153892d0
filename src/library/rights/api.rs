//! OpenFGA's HTTP API over the tuples of one library: a single store with a single model, which are what they are.

use std::sync::Arc;

use deputy_fga::TypeSystem;
use deputy_fga::api::{
    self, Assertion, Change, ChangesFrom, Moment, ReadFilter, StorageError, StoreRecord, StoredTuple, Stores,
};
use deputy_fga::model::AuthorizationModel;
use deputy_fga::write::WritePlan;
use deputy_http::{Request, Response};

use super::embedded::Embedded;
use super::tuples::SqlTuples;
use crate::platform::ports::{Clock, Random, Sql};

/// The store's id, and its model's: every library is the only store of its API.
pub const STORE: &str = "01JZ0000000000000000000001";
const MODEL: &str = "01JZ0000000000000000000002";
const NAME: &str = "Deputy";
const ONE_STORE: &str = "This is the one store of the library: stores are neither made nor deleted.";
const ONE_MODEL: &str = "The model is the library's own: it is neither changed nor asserted about.";
const NO_CHANGES: &str = "The library keeps its tuples, and not how they came about.";

impl<P: Sql + Clock + Random> Embedded<P> {
    /// Answers a call.
    pub fn api(&self, ports: &P, request: &Request) -> Response {
        let random = ports.random::<16>().map_or(0, u128::from_le_bytes);
        let moment = Moment { now_ms: ports.now(), random };
        api::answer(&mut OneStore(self), request, moment)
    }
}

/// The library as a store.
struct OneStore<'a, P>(&'a Embedded<P>);

impl<P: Sql> OneStore<'_, P> {
    fn record() -> StoreRecord {
        StoreRecord { id: STORE.to_owned(), name: NAME.to_owned(), created_at_ms: 0 }
    }

    fn system(&self) -> Result<TypeSystem, StorageError> {
        let model = AuthorizationModel { id: MODEL.to_owned(), ..self.0.system().model().clone() };
        TypeSystem::new(model).map_err(|_| StorageError::Unsupported(ONE_MODEL))
    }
}

impl<P: Sql> Stores for OneStore<'_, P> {
    type Tuples = SqlTuples<P>;

    fn create(&mut self, _: StoreRecord) -> Result<(), StorageError> {
        Err(StorageError::Unsupported(ONE_STORE))
    }

    fn store(&self, id: &str) -> Result<Option<StoreRecord>, StorageError> {
        Ok((id == STORE).then(Self::record))
    }

    fn list(&self, name: Option<&str>, after: Option<&str>, _: usize) -> Result<Vec<StoreRecord>, StorageError> {
        let listed = after.is_none_or(|after| after < STORE) && name.is_none_or(|name| name == NAME);
        Ok(listed.then(Self::record).into_iter().collect())
    }

    fn delete(&mut self, _: &str) -> Result<(), StorageError> {
        Err(StorageError::Unsupported(ONE_STORE))
    }

    fn add_model(&mut self, _: &str, _: TypeSystem) -> Result<(), StorageError> {
        Err(StorageError::Unsupported(ONE_MODEL))
    }

    fn model(&self, store: &str, id: Option<&str>) -> Result<Option<Arc<TypeSystem>>, StorageError> {
        let known = store == STORE && id.is_none_or(|id| id == MODEL);
        known.then(|| self.system().map(Arc::new)).transpose()
    }

    fn models(&self, store: &str, before: Option<&str>, _: usize) -> Result<Vec<AuthorizationModel>, StorageError> {
        let found = if before.is_none() { self.model(store, None)? } else { None };
        Ok(found.into_iter().map(|system| system.model().clone()).collect())
    }

    fn tuples(&self, _: &str) -> &SqlTuples<P> {
        self.0.tuples()
    }

    fn apply(&mut self, _: &str, plan: WritePlan, _: u64) -> Result<(), StorageError> {
        Ok(self.0.carry_out(&plan)?)
    }

    fn read(
        &self,
        store: &str,
        filter: &ReadFilter,
        after: u64,
        most: usize,
    ) -> Result<Vec<StoredTuple>, StorageError> {
        if store != STORE {
            return Ok(Vec::new());
        }
        let tuples = self.0.tuples().page(filter, after, most)?;
        let positions = after.saturating_add(1)..;
        Ok(positions.zip(tuples).map(|(position, tuple)| StoredTuple { position, tuple, written_at_ms: 0 }).collect())
    }

    fn changes(&self, _: &str, _: Option<&str>, _: ChangesFrom, _: usize) -> Result<Vec<Change>, StorageError> {
        Err(StorageError::Unsupported(NO_CHANGES))
    }

    fn assertions(&self, _: &str, _: &str) -> Result<Vec<Assertion>, StorageError> {
        Ok(Vec::new())
    }

    fn set_assertions(&mut self, _: &str, _: &str, _: Vec<Assertion>) -> Result<(), StorageError> {
        Err(StorageError::Unsupported(ONE_MODEL))
    }
}
