//! Which tuples a model allows: to be written, and to count when a question is asked.

use thiserror::Error;

use super::relation::Relation;
use super::type_system::TypeSystem;
use crate::condition::plain_text;
use crate::model::{RestrictionForm, Rewrite};
use crate::names::RelationName;
use crate::tuple::{Object, Tuple, TupleCondition, TupleKey, User};

/// Why the model does not allow a tuple.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TupleError {
    /// Its parts, or how they go together.
    #[error("{0}")]
    Parts(String),
    /// Its condition.
    #[error("{0}")]
    Condition(String),
}

impl TypeSystem {
    /// Reads user, relation and object, each of which the model must know.
    pub fn read(&self, user: &str, relation: &str, object: &str) -> Result<(User, RelationName, Object), TupleError> {
        let user = self.read_user(user)?;
        let object: Object = object.parse().map_err(|problem| TupleError::Parts(format!("{problem}")))?;
        if !self.has_type(&object.type_name) {
            return Err(TupleError::Parts(format!("type '{}' not found", object.type_name)));
        }
        Ok((user, self.read_relation(&object, relation)?, object))
    }

    /// Reads a user whose type, and relation if it is a userset, the model must know.
    pub fn read_user(&self, user: &str) -> Result<User, TupleError> {
        let user: User = user.parse().map_err(|problem| TupleError::Parts(format!("{problem}")))?;
        if !self.has_type(user.type_name()) {
            return Err(TupleError::Parts(format!("type '{}' not found", user.type_name())));
        }
        if let User::Userset(object, relation) = &user
            && self.relation(&object.type_name, relation).is_none()
        {
            return Err(TupleError::Parts(format!("relation '{}#{relation}' not found", object.type_name)));
        }
        Ok(user)
    }

    fn read_relation(&self, object: &Object, relation: &str) -> Result<RelationName, TupleError> {
        let well_formed =
            !relation.is_empty() && !relation.contains(|c: char| matches!(c, '#' | ':' | '@' | ' ') || c.is_control());
        if !well_formed {
            return Err(TupleError::Parts("the 'relation' field is malformed".to_owned()));
        }
        if self.relation(&object.type_name, relation).is_none() {
            return Err(TupleError::Parts(format!("relation '{}#{relation}' not found", object.type_name)));
        }
        Ok(relation.into())
    }

    /// Reads a tuple that may be written, or be given with a question.
    pub fn read_tuple(&self, key: &TupleKey) -> Result<Tuple, TupleError> {
        let (user, relation, object) = self.read(&key.user, &key.relation, &key.object)?;
        let condition = key.condition.clone().filter(|condition| !condition.name.is_empty());
        let tuple = Tuple { object, relation, user, condition };
        self.allows(&tuple)?;
        Ok(tuple)
    }

    /// Whether a tuple counts under this model. One that was written under an earlier model may not.
    pub fn allows(&self, tuple: &Tuple) -> Result<(), TupleError> {
        let name = || format!("{}#{}", tuple.object.type_name, tuple.relation);
        let relation = self
            .relation(&tuple.object.type_name, &tuple.relation)
            .ok_or_else(|| TupleError::Parts(format!("relation '{}' not found", name())))?;
        if relation.is_tupleset {
            if relation.rewrite != Rewrite::This {
                let message = format!("unexpected rewrite encountered with tupleset relation '{}'", name());
                return Err(TupleError::Parts(message));
            }
            if !matches!(tuple.user, User::Object(_)) {
                let message = format!("unexpected user '{}' with tupleset relation '{}'", tuple.user, name());
                return Err(TupleError::Parts(message));
            }
        }
        let admitted = relation.restrictions.iter().any(|restriction| {
            restriction.type_name == *tuple.user.type_name() && same_form(&restriction.form, &tuple.user)
        });
        if !admitted {
            let message = format!("'{}' is not an allowed type restriction for '{}'", sort(&tuple.user), name());
            return Err(TupleError::Parts(message));
        }
        match &tuple.condition {
            Some(condition) => self.allows_condition(relation, &tuple.user, condition),
            None => {
                let unconditional = relation.restrictions.iter().any(|restriction| {
                    restriction.condition.is_none()
                        && restriction.type_name == *tuple.user.type_name()
                        && same_form(&restriction.form, &tuple.user)
                });
                if unconditional { Ok(()) } else { Err(TupleError::Condition("condition is missing".to_owned())) }
            }
        }
    }

    fn allows_condition(&self, relation: &Relation, user: &User, given: &TupleCondition) -> Result<(), TupleError> {
        let refuse = |message: String| Err(TupleError::Condition(message));
        if given.name.contains(char::is_control) {
            return refuse("condition name contains forbidden characters".to_owned());
        }
        let Some(condition) = self.condition(&given.name) else { return refuse("undefined condition".to_owned()) };
        // OpenFGA since 1.22: a condition for plain users is none for everybody, nor for usersets.
        let listed = relation.restrictions.iter().any(|restriction| {
            restriction.type_name == *user.type_name()
                && same_form(&restriction.form, user)
                && restriction.condition.as_ref() == Some(&given.name)
        });
        if !listed {
            return refuse("invalid condition for type restriction".to_owned());
        }
        if let Some(context) = &given.context {
            plain_text(context).map_err(TupleError::Condition)?;
        }
        condition.accepts(given.context.as_ref()).map_err(TupleError::Condition)
    }
}

fn same_form(form: &RestrictionForm, user: &User) -> bool {
    match (form, user) {
        (RestrictionForm::Object, User::Object(_)) | (RestrictionForm::Wildcard, User::Wildcard(_)) => true,
        (RestrictionForm::Userset(of), User::Userset(_, relation)) => of == relation,
        _ => false,
    }
}

fn sort(user: &User) -> String {
    match user {
        User::Object(object) => object.type_name.to_string(),
        User::Userset(object, relation) => format!("{}#{relation}", object.type_name),
        User::Wildcard(type_name) => format!("{type_name}:*"),
    }
}
