//! Which users a relation can lead to, by the model alone.

use std::collections::HashSet;

use super::relation::Relation;
use super::type_system::TypeSystem;
use crate::model::{RestrictionForm, Rewrite};
use crate::names::{RelationName, TypeName};
use crate::tuple::User;

impl TypeSystem {
    /// Whether the model has a way from such a user to the relation. Without one nobody need look at tuples.
    pub(crate) fn path_exists(&self, user: &User, relation: &Relation) -> bool {
        match user {
            User::Userset(object, of) => self.relation(&object.type_name, of).is_some_and(|of| {
                of.index == relation.index
                    || self.reach.contains(relation.index, 2 * self.reach.type_places.len() + of.index)
            }),
            User::Object(_) | User::Wildcard(_) => {
                let place = self.reach.type_places.get(user.type_name());
                place.is_some_and(|place| {
                    self.reach.contains(relation.index, 2 * place) || self.reach.contains(relation.index, 2 * place + 1)
                })
            }
        }
    }

    /// Whether a list of users of this sort may have entries. Of an intersection only the first part is looked at, of a difference
    /// only what is left of it: so does OpenFGA.
    pub(crate) fn may_list(&self, type_name: &TypeName, relation: &RelationName, sort: UserSort<'_>) -> bool {
        self.walk(type_name, relation, Some(sort)).is_none()
    }

    /// The relations whose users may have this one, itself too; seen in the same way.
    pub(crate) fn sources<'a>(
        &'a self,
        type_name: &'a TypeName,
        relation: &'a RelationName,
    ) -> HashSet<(&'a TypeName, &'a RelationName)> {
        self.walk(type_name, relation, None).unwrap_or_default()
    }

    /// All relations that lead to this one; `None` if users of the sort were found on the way.
    fn walk<'a>(
        &'a self,
        type_name: &'a TypeName,
        relation: &'a RelationName,
        sort: Option<UserSort<'_>>,
    ) -> Option<HashSet<(&'a TypeName, &'a RelationName)>> {
        let mut seen = HashSet::new();
        let mut open = vec![(type_name, relation)];
        while let Some((type_name, name)) = open.pop() {
            if !seen.insert((type_name, name)) {
                continue;
            }
            let Some(found) = self.relation(type_name, name) else { continue };
            if self.lists(type_name, found, &found.rewrite, sort, &mut open) {
                return None;
            }
        }
        Some(seen)
    }

    fn lists<'a>(
        &'a self,
        type_name: &'a TypeName,
        relation: &'a Relation,
        rewrite: &'a Rewrite,
        sort: Option<UserSort<'_>>,
        open: &mut Vec<(&'a TypeName, &'a RelationName)>,
    ) -> bool {
        match rewrite {
            Rewrite::This => relation.restrictions.iter().any(|restriction| {
                if let RestrictionForm::Userset(of) = &restriction.form {
                    open.push((&restriction.type_name, of));
                }
                let Some(sort) = sort.filter(|sort| restriction.type_name == *sort.type_name) else { return false };
                match &restriction.form {
                    RestrictionForm::Object => sort.relation.is_none(),
                    RestrictionForm::Wildcard => true,
                    RestrictionForm::Userset(of) => sort.relation == Some(of),
                }
            }),
            Rewrite::ComputedUserset(computed) => {
                open.push((type_name, computed));
                sort.is_some_and(|sort| sort.is(type_name, computed))
            }
            Rewrite::TupleToUserset { tupleset, computed } => {
                let followed = self.relation(type_name, tupleset).map_or(&[][..], |followed| &followed.restrictions);
                let mut found = false;
                for restriction in followed {
                    if self.relation(&restriction.type_name, computed).is_some() {
                        open.push((&restriction.type_name, computed));
                        found |= sort.is_some_and(|sort| sort.is(&restriction.type_name, computed));
                    }
                }
                found
            }
            Rewrite::Union(children) => {
                let mut found = false;
                for child in children {
                    found |= self.lists(type_name, relation, child, sort, open);
                }
                found
            }
            Rewrite::Intersection(children) => {
                children.first().is_some_and(|child| self.lists(type_name, relation, child, sort, open))
            }
            Rewrite::Difference { base, .. } => self.lists(type_name, relation, base, sort, open),
        }
    }
}

/// Which users a list is of: objects of a type, or usersets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UserSort<'a> {
    pub type_name: &'a TypeName,
    pub relation: Option<&'a RelationName>,
}

impl UserSort<'_> {
    fn is(self, type_name: &TypeName, relation: &RelationName) -> bool {
        self.type_name == type_name && self.relation == Some(relation)
    }
}
