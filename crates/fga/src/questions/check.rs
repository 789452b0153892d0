//! Check: has this user this relation to this object?

use super::resolve::{Ground, Walk};
use super::{Limits, contextual_for_check};
use crate::condition::plain_text;
use crate::error::FgaError;
use crate::store::{Overlay, TupleStore};
use crate::system::TypeSystem;
use crate::tuple::{Context, TupleKey};

/// One question. Anything but `Ok(true)` is a no.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckRequest {
    /// `user:anne`, `group:eng#member`, `user:*`.
    pub user: String,
    /// `viewer`.
    pub relation: String,
    /// `document:roadmap`.
    pub object: String,
    /// Tuples that hold for this question only.
    pub contextual_tuples: Vec<TupleKey>,
    /// What conditions are told.
    pub context: Option<Context>,
}

impl CheckRequest {
    /// A question without anything that holds for it only.
    pub fn new(user: impl Into<String>, relation: impl Into<String>, object: impl Into<String>) -> Self {
        Self { user: user.into(), relation: relation.into(), object: object.into(), ..Self::default() }
    }
}

/// Whether the user has the relation to the object.
pub fn check<S: TupleStore>(
    system: &TypeSystem,
    store: &S,
    request: &CheckRequest,
    limits: &Limits,
) -> Result<bool, FgaError> {
    let (user, relation, object) = system
        .read(&request.user, &request.relation, &request.object)
        .map_err(|problem| FgaError::Validation(format!("invalid relation: {problem}")))?;
    if let Some(context) = &request.context {
        plain_text(context).map_err(FgaError::Validation)?;
    }
    let contextual = contextual_for_check(system, &request.contextual_tuples, limits)?;
    let store = Overlay::new(store, contextual);
    let ground = Ground { system, store: &store, context: request.context.as_ref(), limits };
    Walk::new(ground, &user).check(&object, &relation)
}
