//! List users: which users of a sort have this relation to this object?

use super::list_objects::known;
use super::resolve::{Ground, unavailable};
use super::user_set::UserSet;
use super::{CutOff, Limits, Listed, contextual_for_list};
use crate::error::FgaError;
use crate::model::Rewrite;
use crate::names::{RelationName, TypeName};
use crate::store::{Overlay, TupleStore};
use crate::system::{TypeSystem, UserSort};
use crate::tuple::{Context, Object, Tuple, TupleKey, User};

/// The question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListUsersRequest {
    /// The object.
    pub object: Object,
    /// The relation.
    pub relation: RelationName,
    /// Which users are meant.
    pub filter: UserFilter,
    /// Tuples that hold for this question only.
    pub contextual_tuples: Vec<TupleKey>,
    /// What conditions are told.
    pub context: Option<Context>,
}

/// Which users are meant: objects of a type, or usersets (`group#member`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserFilter {
    /// The type.
    pub type_name: TypeName,
    /// The relation of usersets.
    pub relation: Option<RelationName>,
}

/// The users, in order. `user:*` in it stands for everybody of the type; some of them may be missing all the same, and some are named
/// beside it.
pub fn list_users<S: TupleStore>(
    system: &TypeSystem,
    store: &S,
    request: &ListUsersRequest,
    limits: &Limits,
) -> Result<Listed<User>, FgaError> {
    let contextual = contextual_for_list(system, &request.contextual_tuples, limits)?;
    let filter = &request.filter;
    match &filter.relation {
        Some(relation) => known(system, &filter.type_name, relation)?,
        None if !system.has_type(&filter.type_name) => return Err(FgaError::TypeNotFound(filter.type_name.clone())),
        None => {}
    }
    known(system, &request.object.type_name, &request.relation)?;
    let sort = UserSort { type_name: &filter.type_name, relation: filter.relation.as_ref() };
    let itself = request.object.type_name == filter.type_name && filter.relation.as_ref() == Some(&request.relation);
    if !itself && !system.may_list(&request.object.type_name, &request.relation, sort) {
        return Ok(Listed { items: Vec::new(), cut_off: None });
    }
    let store = Overlay::new(store, contextual);
    let ground = Ground { system, store: &store, context: request.context.as_ref(), limits };
    let mut expansion = Expansion { ground, filter, tuples: 0, levels: 0 };
    let found = expansion.relation(&request.object, &request.relation, 0, None)?.users;
    let everybody = found.everybody.then(|| User::Wildcard(filter.type_name.clone()));
    let mut items: Vec<User> = everybody.into_iter().chain(found.named).collect();
    let cut_off = (items.len() > limits.results).then_some(CutOff::Results);
    items.truncate(limits.results);
    Ok(Listed { items, cut_off })
}

/// Where the expansion has come through.
struct Path<'a> {
    object: &'a Object,
    relation: &'a RelationName,
    before: Option<&'a Path<'a>>,
}

/// The users of a relation, and whether the way led back to where it came from.
#[derive(Default)]
struct Found {
    users: UserSet,
    cycle: bool,
}

impl From<UserSet> for Found {
    fn from(users: UserSet) -> Self {
        Self { users, cycle: false }
    }
}

/// Where a rewrite is expanded.
#[derive(Clone, Copy)]
struct Place<'a> {
    object: &'a Object,
    relation: &'a RelationName,
    depth: usize,
    path: &'a Path<'a>,
}

struct Expansion<'a, S> {
    ground: Ground<'a, S>,
    filter: &'a UserFilter,
    tuples: u64,
    levels: usize,
}

impl<S: TupleStore> Expansion<'_, S> {
    /// Here each relation counts as a step, one of the same object too.
    fn relation(
        &mut self,
        object: &Object,
        relation: &RelationName,
        depth: usize,
        before: Option<&Path<'_>>,
    ) -> Result<Found, FgaError> {
        if depth >= self.ground.limits.depth {
            return Err(FgaError::TooComplex);
        }
        let mut place = before;
        while let Some(path) = place {
            if path.relation == relation && path.object == object {
                return Ok(Found { cycle: true, ..Found::default() });
            }
            place = path.before;
        }
        let Some(found) = self.ground.system.relation(&object.type_name, relation) else { return Ok(Found::default()) };
        let path = Path { object, relation, before };
        let mut expanded = self.rewrite(Place { object, relation, depth: depth + 1, path: &path }, &found.rewrite)?;
        if object.type_name == self.filter.type_name && self.filter.relation.as_ref() == Some(relation) {
            expanded.users.named.insert(User::Userset(object.clone(), relation.clone()));
        }
        Ok(expanded)
    }

    fn rewrite(&mut self, place: Place<'_>, rewrite: &Rewrite) -> Result<Found, FgaError> {
        if self.levels >= self.ground.limits.levels {
            return Err(FgaError::TooComplex);
        }
        self.levels += 1;
        let found = self.expand(place, rewrite);
        self.levels -= 1;
        found
    }

    fn expand(&mut self, place: Place<'_>, rewrite: &Rewrite) -> Result<Found, FgaError> {
        match rewrite {
            Rewrite::This => self.direct(place),
            Rewrite::ComputedUserset(computed) => self.relation(place.object, computed, place.depth, Some(place.path)),
            Rewrite::TupleToUserset { tupleset, computed } => {
                let mut sets = Vec::new();
                let tuples = self.holding(place.object, tupleset)?;
                for tuple in tuples {
                    if let User::Object(object) = &tuple.user {
                        sets.push(self.relation(object, computed, place.depth, Some(place.path))?.users);
                    }
                }
                Ok(UserSet::union(sets).into())
            }
            Rewrite::Union(children) => Ok(UserSet::union(self.all(place, children)?).into()),
            Rewrite::Intersection(children) => Ok(UserSet::intersection(&self.all(place, children)?).into()),
            Rewrite::Difference { base, subtract } => {
                let base = self.rewrite(place, base);
                let subtract = self.rewrite(place, subtract)?;
                // What is subtracted in a circle is not known: nobody is left, whatever the base is.
                if subtract.cycle {
                    return Ok(Found::default());
                }
                Ok(UserSet::difference(&base?.users, &subtract.users).into())
            }
        }
    }

    fn all(&mut self, place: Place<'_>, children: &[Rewrite]) -> Result<Vec<UserSet>, FgaError> {
        children.iter().map(|child| Ok(self.rewrite(place, child)?.users)).collect()
    }

    fn direct(&mut self, place: Place<'_>) -> Result<Found, FgaError> {
        let mut own = UserSet::default();
        let mut sets = Vec::new();
        let mut cycle = false;
        let tuples = self.holding(place.object, place.relation)?;
        for tuple in tuples {
            match &tuple.user {
                User::Object(object) if object.type_name == self.filter.type_name => {
                    own.named.insert(tuple.user);
                }
                User::Wildcard(type_name) if *type_name == self.filter.type_name => own.everybody = true,
                User::Object(_) | User::Wildcard(_) => {}
                User::Userset(object, relation) => {
                    let found = self.relation(object, relation, place.depth, Some(place.path))?;
                    cycle |= found.cycle;
                    sets.push(found.users);
                }
            }
        }
        sets.push(own);
        Ok(Found { users: UserSet::union(sets), cycle })
    }

    /// The tuples that count and hold. Here a condition without an answer is an error, whatever the others say.
    fn holding(&mut self, object: &Object, relation: &RelationName) -> Result<Vec<Tuple>, FgaError> {
        let tuples = self.ground.store.tuples(object, relation).map_err(unavailable)?;
        self.tuples = self.tuples.saturating_add(tuples.len() as u64 + 1);
        if self.tuples > self.ground.limits.tuples {
            return Err(FgaError::TooManyTuples);
        }
        let mut holding = Vec::new();
        for tuple in tuples {
            if self.ground.system.allows(&tuple).is_ok() && self.ground.holds(&tuple)? {
                holding.push(tuple);
            }
        }
        Ok(holding)
    }
}
