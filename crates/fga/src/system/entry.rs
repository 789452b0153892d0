//! Whether a relation can ever hold: it has an entrypoint, and is not defined in a circle.

use std::collections::{HashMap, HashSet};

use super::relation::Relation;
use crate::model::{RestrictionForm, Rewrite};
use crate::names::{RelationName, TypeName};

type Types = HashMap<TypeName, HashMap<RelationName, Relation>>;

/// The relations that somebody can have.
pub struct Entries<'a>(HashSet<(&'a TypeName, &'a RelationName)>);

impl<'a> Entries<'a> {
    /// The least set: a relation is in it if tuples alone can make it hold.
    pub fn new(types: &'a Types) -> Self {
        let mut entries = Self(HashSet::new());
        loop {
            let before = entries.0.len();
            for (type_name, relations) in types {
                for (name, relation) in relations {
                    if !entries.contains(type_name, name)
                        && entries.holds(types, type_name, relation, &relation.rewrite)
                    {
                        entries.0.insert((type_name, name));
                    }
                }
            }
            if entries.0.len() == before {
                return entries;
            }
        }
    }

    /// Whether somebody can have it.
    pub fn contains(&self, type_name: &TypeName, relation: &RelationName) -> bool {
        self.0.contains(&(type_name, relation))
    }

    fn holds(&self, types: &Types, type_name: &TypeName, relation: &Relation, rewrite: &Rewrite) -> bool {
        match rewrite {
            Rewrite::This => relation.restrictions.iter().any(|restriction| match &restriction.form {
                RestrictionForm::Object | RestrictionForm::Wildcard => true,
                RestrictionForm::Userset(of) => self.contains(&restriction.type_name, of),
            }),
            Rewrite::ComputedUserset(computed) => self.contains(type_name, computed),
            Rewrite::TupleToUserset { tupleset, computed } => {
                let followed = types.get(type_name).and_then(|relations| relations.get(tupleset));
                followed.is_some_and(|followed| {
                    followed.restrictions.iter().any(|restriction| self.contains(&restriction.type_name, computed))
                })
            }
            Rewrite::Union(children) => children.iter().any(|child| self.holds(types, type_name, relation, child)),
            Rewrite::Intersection(children) => {
                children.iter().all(|child| self.holds(types, type_name, relation, child))
            }
            Rewrite::Difference { base, subtract } => {
                self.holds(types, type_name, relation, base) && self.holds(types, type_name, relation, subtract)
            }
        }
    }
}

/// Whether the relation, or one it is computed by, is computed by itself.
pub fn has_cycle(types: &Types, type_name: &TypeName, relation: &RelationName) -> bool {
    let Some(relations) = types.get(type_name) else { return false };
    // A relation is done when all that it is computed by is done; one that is met again before is in a circle.
    let mut entered = HashSet::new();
    let mut done = HashSet::new();
    let mut open = vec![(relation, false)];
    while let Some((name, leaving)) = open.pop() {
        if leaving {
            done.insert(name);
            continue;
        }
        if done.contains(name) {
            continue;
        }
        if !entered.insert(name) {
            return true;
        }
        open.push((name, true));
        if let Some(relation) = relations.get(name) {
            computed_by(&relation.rewrite, &mut |computed| {
                if !done.contains(computed) {
                    open.push((computed, false));
                }
            });
        }
    }
    false
}

fn computed_by<'a>(rewrite: &'a Rewrite, found: &mut impl FnMut(&'a RelationName)) {
    match rewrite {
        Rewrite::This | Rewrite::TupleToUserset { .. } => {}
        Rewrite::ComputedUserset(computed) => found(computed),
        Rewrite::Union(children) | Rewrite::Intersection(children) => {
            children.iter().for_each(|child| computed_by(child, found));
        }
        Rewrite::Difference { base, subtract } => {
            computed_by(base, found);
            computed_by(subtract, found);
        }
    }
}
