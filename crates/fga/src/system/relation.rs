//! A relation of a validated model.

use crate::model::{Restriction, RestrictionForm, Rewrite};

/// A relation of a type.
#[derive(Debug, Clone)]
pub struct Relation {
    /// How it comes about.
    pub rewrite: Rewrite,
    /// Who may have it directly.
    pub restrictions: Vec<Restriction>,
    /// Whether another relation follows it to other objects (`… from this`).
    pub is_tupleset: bool,
    /// Its place among the relations of the model.
    pub(crate) index: usize,
}

impl Relation {
    /// Whether everybody of the type may have it.
    pub fn admits_everybody(&self, type_name: &str) -> bool {
        self.restrictions
            .iter()
            .any(|restriction| restriction.form == RestrictionForm::Wildcard && &*restriction.type_name == type_name)
    }

    /// Whether usersets may have it.
    pub fn admits_usersets(&self) -> bool {
        self.restrictions.iter().any(|restriction| matches!(restriction.form, RestrictionForm::Userset(_)))
    }
}
