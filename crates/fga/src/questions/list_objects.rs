//! List objects: to which objects of a type has this user this relation?

use super::candidates::candidates;
use super::resolve::{Ground, Walk};
use super::{CutOff, Limits, Listed, contextual_for_list};
use crate::error::FgaError;
use crate::names::{RelationName, TypeName};
use crate::store::{Overlay, TupleStore};
use crate::system::TypeSystem;
use crate::tuple::{Context, Object, TupleKey};

/// The question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListObjectsRequest {
    /// The type of the objects.
    pub type_name: TypeName,
    /// The relation.
    pub relation: RelationName,
    /// The user.
    pub user: String,
    /// Tuples that hold for this question only.
    pub contextual_tuples: Vec<TupleKey>,
    /// What conditions are told.
    pub context: Option<Context>,
}

/// The objects, in order.
pub fn list_objects<S: TupleStore>(
    system: &TypeSystem,
    store: &S,
    request: &ListObjectsRequest,
    limits: &Limits,
) -> Result<Listed<Object>, FgaError> {
    let contextual = contextual_for_list(system, &request.contextual_tuples, limits)?;
    known(system, &request.type_name, &request.relation)?;
    let user = system
        .read_user(&request.user)
        .map_err(|problem| FgaError::Validation(format!("invalid 'user' value: {problem}")))?;
    let store = Overlay::new(store, contextual);
    let ground = Ground { system, store: &store, context: request.context.as_ref(), limits };
    let (objects, incomplete) = candidates(ground, &user, &request.type_name, &request.relation)?;
    let mut listed = Listed { items: Vec::new(), cut_off: incomplete.then_some(CutOff::Tuples) };
    let mut walk = Walk::new(ground, &user);
    for object in objects {
        let allowed = match walk.check(&object, &request.relation) {
            Err(FgaError::TooManyTuples) => {
                listed.cut_off = Some(CutOff::Tuples);
                break;
            }
            answer => answer?,
        };
        if allowed {
            if listed.items.len() == limits.results {
                listed.cut_off = Some(CutOff::Results);
                break;
            }
            listed.items.push(object);
        }
    }
    Ok(listed)
}

/// Refuses a type or a relation that the model has not.
pub fn known(system: &TypeSystem, type_name: &TypeName, relation: &RelationName) -> Result<(), FgaError> {
    if !system.has_type(type_name) {
        return Err(FgaError::TypeNotFound(type_name.clone()));
    }
    if system.relation(type_name, relation).is_none() {
        return Err(FgaError::RelationNotFound { type_name: type_name.clone(), relation: relation.clone() });
    }
    Ok(())
}
