//! Writing and deleting tuples: what a request comes to, before a store does it in one transaction.

use std::collections::HashSet;

use crate::error::FgaError;
use crate::names::RelationName;
use crate::store::{MemoryStore, TupleStore};
use crate::system::TypeSystem;
use crate::tuple::{Object, Tuple, TupleKey, User};

/// The most tuples of one request.
pub const MAX_TUPLES: usize = 100;
/// The most bytes that a tuple's context takes as JSON.
pub const MAX_CONTEXT_BYTES: usize = 32 * 1024;

/// What to do where a tuple to write is there, or one to delete is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnConflict {
    /// Refuse the whole request.
    #[default]
    Error,
    /// Go on without it.
    Ignore,
}

/// A request to write and delete.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WriteRequest {
    /// Tuples to write.
    pub writes: Vec<TupleKey>,
    /// Where one is there already. Ignored is only the same tuple: with another condition it is refused.
    pub on_duplicate: OnConflict,
    /// Tuples to delete; their conditions do not matter.
    pub deletes: Vec<TupleKey>,
    /// Where one is not there.
    pub on_missing: OnConflict,
}

/// What a store has to do, all or nothing: first the deletes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WritePlan {
    /// Tuples that are there.
    pub deletes: Vec<(Object, RelationName, User)>,
    /// Tuples that are not there.
    pub writes: Vec<Tuple>,
}

/// What the request comes to for these stored tuples.
pub fn plan<S: TupleStore>(system: &TypeSystem, store: &S, request: &WriteRequest) -> Result<WritePlan, FgaError> {
    if request.writes.is_empty() && request.deletes.is_empty() {
        return Err(FgaError::NothingToWrite);
    }
    let writes = request.writes.iter().map(|key| readable(system, key)).collect::<Result<Vec<Tuple>, FgaError>>()?;
    let deletes = request.deletes.iter().map(deletable).collect::<Result<Vec<_>, FgaError>>()?;
    let mut seen = HashSet::new();
    for key in request.deletes.iter().chain(&request.writes) {
        if !seen.insert((&key.user, &key.relation, &key.object)) {
            let (user, relation, object) = (key.user.clone(), key.relation.clone(), key.object.clone());
            return Err(FgaError::DuplicateTuple { user, relation, object });
        }
    }
    if seen.len() > MAX_TUPLES {
        return Err(FgaError::TooMany { what: "write operations", limit: MAX_TUPLES });
    }
    let stored = |object: &Object, relation: &RelationName, user: &User| {
        store.tuple(object, relation, user).map_err(|error| FgaError::Store(error.0))
    };
    let mut plan = WritePlan::default();
    for (key, place) in request.deletes.iter().zip(deletes) {
        let there = match &place {
            Some((object, relation, user)) => stored(object, relation, user)?.is_some(),
            None => false,
        };
        match place {
            Some(place) if there => plan.deletes.push(place),
            _ if request.on_missing == OnConflict::Ignore => {}
            _ => return Err(conflict("delete a tuple which does not exist", key)),
        }
    }
    for (key, tuple) in request.writes.iter().zip(writes) {
        match stored(&tuple.object, &tuple.relation, &tuple.user)? {
            None => plan.writes.push(tuple),
            Some(found) if request.on_duplicate == OnConflict::Ignore => {
                if found.condition != tuple.condition {
                    let (user, relation, object) = (key.user.clone(), key.relation.clone(), key.object.clone());
                    return Err(FgaError::AnotherCondition { user, relation, object });
                }
            }
            Some(_) => return Err(conflict("write a tuple which already exists", key)),
        }
    }
    Ok(plan)
}

fn readable(system: &TypeSystem, key: &TupleKey) -> Result<Tuple, FgaError> {
    let refuse = |reason: String| {
        let tuple = format!("{}#{}@{}", key.object, key.relation, key.user);
        FgaError::Validation(format!("Invalid tuple '{tuple}'. Reason: {reason}"))
    };
    let tuple = system.read_tuple(key).map_err(|problem| refuse(problem.to_string()))?;
    if matches!(&tuple.user, User::Userset(object, relation) if *object == tuple.object && *relation == tuple.relation)
    {
        return Err(refuse("cannot write a tuple that is implicit".to_owned()));
    }
    let context = tuple.condition.as_ref().and_then(|condition| condition.context.as_ref());
    let bytes = context.map_or(0, |context| serde_json::to_string(context).map_or(usize::MAX, |json| json.len()));
    if bytes > MAX_CONTEXT_BYTES {
        let reason = format!("condition context size limit exceeded: {bytes} bytes exceeds {MAX_CONTEXT_BYTES} bytes");
        return Err(refuse(reason));
    }
    Ok(tuple)
}

/// The place of a tuple to delete: the model need not know it any more. `None` if there can be none of it.
fn deletable(key: &TupleKey) -> Result<Option<(Object, RelationName, User)>, FgaError> {
    let user = match key.user.parse::<User>() {
        Ok(user) => user,
        Err(crate::tuple::UserError::WithoutType) => return Ok(None),
        Err(problem) => {
            let tuple = format!("{}#{}@{}", key.object, key.relation, key.user);
            return Err(FgaError::Validation(format!("Invalid tuple '{tuple}'. Reason: {problem}")));
        }
    };
    Ok(key.object.parse().ok().map(|object| (object, key.relation.as_str().into(), user)))
}

fn conflict(what: &str, key: &TupleKey) -> FgaError {
    FgaError::WriteFailed(format!(
        "cannot {what}: user: '{}', relation: '{}', object: '{}': invalid write input",
        key.user, key.relation, key.object
    ))
}

impl MemoryStore {
    /// Does what a request came to.
    pub fn apply(&mut self, plan: WritePlan) {
        for (object, relation, user) in &plan.deletes {
            self.remove(object, relation, user);
        }
        self.extend(plan.writes);
    }
}
