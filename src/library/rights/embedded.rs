use deputy_fga::store::StoreError;
use deputy_fga::tuple::{Object, TupleKey};
use deputy_fga::write::{MAX_TUPLES, WritePlan, WriteRequest, plan};
use deputy_fga::{
    CheckRequest, Decision, ExpandRequest, Limits, ListObjectsRequest, Listed, TypeSystem, UsersetTree, check, expand,
    list_objects,
};

use super::changes::Changes;
use super::error::RightsError;
use super::model::embedded_model;
use super::tuples::SqlTuples;
use crate::platform::ports::{Sql, SqlError};

/// The evaluator of this process, over the library's own tuples.
#[derive(Debug)]
pub struct Embedded<P> {
    system: TypeSystem,
    tuples: SqlTuples<P>,
    limits: Limits,
}

impl<P: Sql> Embedded<P> {
    /// The embedded model over these tuples.
    ///
    /// Errors: documents cannot be called that.
    pub fn new(ports: P, document_type: &str) -> Result<Self, RightsError> {
        let system = embedded_model(document_type)?;
        Ok(Self { system, tuples: SqlTuples(ports), limits: Limits::default() })
    }

    /// The model.
    pub fn system(&self) -> &TypeSystem {
        &self.system
    }

    /// The tuples.
    pub fn tuples(&self) -> &SqlTuples<P> {
        &self.tuples
    }

    /// A decision for each question.
    pub fn check(&self, questions: &[CheckRequest]) -> Vec<Decision<RightsError>> {
        let decide = |question| check(&self.system, &self.tuples, question, &self.limits).map_err(RightsError::from);
        questions.iter().map(|question| decide(question).into()).collect()
    }

    /// Changes the tuples at once: with what else is written in the same unit.
    ///
    /// Errors: the model does not allow a tuple.
    pub fn change(&self, changes: Changes) -> Result<(), RightsError> {
        let part = |writes: &[TupleKey], deletes: &[TupleKey]| {
            let changes = Changes { writes: writes.to_vec(), deletes: deletes.to_vec() };
            self.apply(&changes.into())
        };
        changes.deletes.chunks(MAX_TUPLES).try_for_each(|deletes| part(&[], deletes))?;
        changes.writes.chunks(MAX_TUPLES).try_for_each(|writes| part(writes, &[]))
    }

    fn apply(&self, request: &WriteRequest) -> Result<(), RightsError> {
        let plan = plan(&self.system, &self.tuples, request)?;
        Ok(self.carry_out(&plan)?)
    }

    /// Does what a write came to. What is written in one turn is kept together.
    pub fn carry_out(&self, plan: &WritePlan) -> Result<(), StoreError> {
        let failed = |error: SqlError| StoreError(error.0);
        for (object, relation, user) in &plan.deletes {
            self.tuples.remove(object, relation, &user.to_string()).map_err(failed)?;
        }
        for tuple in &plan.writes {
            self.tuples.insert(tuple).map_err(failed)?;
        }
        Ok(())
    }

    /// The objects, however many: what is here is the library's own, and that has an end.
    pub fn list_objects(&self, request: &ListObjectsRequest) -> Result<Listed<Object>, RightsError> {
        let limits = Limits { results: usize::MAX, ..self.limits };
        Ok(list_objects(&self.system, &self.tuples, request, &limits)?)
    }

    /// How a relation comes about, one step.
    pub fn expand(&self, request: &ExpandRequest) -> Result<UsersetTree, RightsError> {
        Ok(expand(&self.system, &self.tuples, request, &self.limits)?)
    }
}
