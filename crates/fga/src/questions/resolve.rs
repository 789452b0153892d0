//! Whether one user has a relation: the walk over relations and tuples.

use std::collections::HashMap;

use super::Limits;
use super::any::{Any, Outcome, Resolved};
use crate::error::FgaError;
use crate::model::Rewrite;
use crate::names::RelationName;
use crate::store::TupleStore;
use crate::system::{Relation, TypeSystem};
use crate::tuple::{Context, Object, Tuple, TupleKey, User};

/// What all walks of a question share.
#[derive(Debug)]
pub struct Ground<'a, S> {
    pub system: &'a TypeSystem,
    pub store: &'a S,
    pub context: Option<&'a Context>,
    pub limits: &'a Limits,
}

impl<S> Clone for Ground<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Ground<'_, S> {}

impl<S: TupleStore> Ground<'_, S> {
    /// Whether the tuple holds here.
    pub fn holds(&self, tuple: &Tuple) -> Result<bool, FgaError> {
        let Some(given) = &tuple.condition else { return Ok(true) };
        let failed = |problem: String| {
            let key = TupleKey::from(tuple);
            FgaError::Condition {
                condition: given.name.to_string(),
                tuple: format!("{}#{}@{}", key.object, key.relation, key.user),
                problem,
            }
        };
        let condition =
            self.system.condition(&given.name).ok_or_else(|| failed("condition was not found".to_owned()))?;
        condition.holds(self.context, given.context.as_ref(), self.limits.condition_budget).map_err(failed)
    }
}

/// Where a walk has come through, back to its beginning.
struct Path<'a> {
    object: &'a Object,
    relation: &'a RelationName,
    before: Option<&'a Path<'a>>,
}

impl Path<'_> {
    fn passes(&self, object: &Object, relation: &RelationName) -> bool {
        let mut place = Some(self);
        while let Some(path) = place {
            if path.relation == relation && path.object == object {
                return true;
            }
            place = path.before;
        }
        false
    }
}

/// The place of a walk.
#[derive(Clone, Copy)]
struct Place<'a> {
    object: &'a Object,
    relation: &'a RelationName,
    depth: usize,
    path: &'a Path<'a>,
}

/// A walk for one user. It remembers what it found: ask one walk about many objects.
pub struct Walk<'a, S> {
    ground: Ground<'a, S>,
    user: &'a User,
    /// Answers that do not depend on the way to them, with how many tuples one after the other each took.
    memory: HashMap<(Object, RelationName), (bool, usize)>,
    tuples: u64,
    levels: usize,
    /// How often a way led back to where it came from.
    cycles: u64,
    deepest: usize,
}

impl<'a, S: TupleStore> Walk<'a, S> {
    pub fn new(ground: Ground<'a, S>, user: &'a User) -> Self {
        let memory = HashMap::new();
        Self { ground, user, memory, tuples: 0, levels: 0, cycles: 0, deepest: 0 }
    }

    /// Whether the user has the relation to the object.
    pub fn check(&mut self, object: &Object, relation: &RelationName) -> Result<bool, FgaError> {
        Ok(self.resolve(object, relation, 0, None)?.allowed)
    }

    fn resolve(
        &mut self,
        object: &Object,
        relation: &RelationName,
        depth: usize,
        before: Option<&Path<'_>>,
    ) -> Resolved {
        if depth >= self.ground.limits.depth {
            return Err(FgaError::TooComplex);
        }
        self.deepest = self.deepest.max(depth);
        if before.is_some_and(|path| path.passes(object, relation)) {
            self.cycles += 1;
            return Ok(Outcome::CYCLE);
        }
        if matches!(self.user, User::Userset(own, of) if own == object && of == relation) {
            return Ok(Outcome::YES);
        }
        let system = self.ground.system;
        let Some(found) = system.relation(&object.type_name, relation) else {
            return Err(FgaError::Validation(format!("relation '{}#{relation}' not found", object.type_name)));
        };
        if !system.path_exists(self.user, found) {
            return Ok(Outcome::NO);
        }
        let key = (object.clone(), relation.clone());
        if let Some((allowed, height)) = self.memory.get(&key)
            && depth + height < self.ground.limits.depth
        {
            return Ok(Outcome { allowed: *allowed, cycle: false });
        }
        let cycles = self.cycles;
        let deepest = std::mem::replace(&mut self.deepest, depth);
        let path = Path { object, relation, before };
        let answer = self.rewrite(Place { object, relation, depth, path: &path }, found, &found.rewrite);
        if cycles == self.cycles
            && let Ok(outcome) = &answer
        {
            self.memory.insert(key, (outcome.allowed, self.deepest - depth));
        }
        self.deepest = self.deepest.max(deepest);
        answer
    }

    fn rewrite(&mut self, place: Place<'_>, relation: &Relation, rewrite: &Rewrite) -> Resolved {
        if self.levels >= self.ground.limits.levels {
            return Err(FgaError::TooComplex);
        }
        self.levels += 1;
        let answer = match rewrite {
            Rewrite::This => self.direct(place, relation),
            Rewrite::ComputedUserset(computed) => self.resolve(place.object, computed, place.depth, Some(place.path)),
            Rewrite::TupleToUserset { tupleset, computed } => self.followed(place, tupleset, computed),
            Rewrite::Union(children) => self.union(place, relation, children),
            Rewrite::Intersection(children) => self.intersection(place, relation, children),
            Rewrite::Difference { base, subtract } => self.difference(place, relation, base, subtract),
        };
        self.levels -= 1;
        answer
    }

    fn direct(&mut self, place: Place<'_>, relation: &Relation) -> Resolved {
        let mut any = Any::default();
        if let Some(yes) = any.take(self.tuple(place, self.user)) {
            return Ok(yes);
        }
        if matches!(self.user, User::Object(_)) && relation.admits_everybody(self.user.type_name()) {
            let everybody = User::Wildcard(self.user.type_name().clone());
            if let Some(yes) = any.take(self.tuple(place, &everybody)) {
                return Ok(yes);
            }
        }
        if relation.admits_usersets() {
            let usersets = self.ground.store.usersets(place.object, place.relation).map_err(unavailable);
            match usersets.and_then(|usersets| self.holding(usersets)) {
                Ok(usersets) => {
                    for tuple in usersets {
                        let User::Userset(object, of) = &tuple.user else { continue };
                        let answer = self.resolve(object, of, place.depth + 1, Some(place.path));
                        if let Some(yes) = any.take(answer) {
                            return Ok(yes);
                        }
                    }
                }
                Err(error) => drop(any.take(Err(error))),
            }
        }
        any.finish()
    }

    /// The tuple that names this user.
    fn tuple(&mut self, place: Place<'_>, user: &User) -> Resolved {
        self.count(1)?;
        let found = self.ground.store.tuple(place.object, place.relation, user).map_err(unavailable)?;
        match found.filter(|tuple| self.ground.system.allows(tuple).is_ok()) {
            Some(tuple) => Ok(Outcome { allowed: self.ground.holds(&tuple)?, cycle: false }),
            None => Ok(Outcome::NO),
        }
    }

    fn followed(&mut self, place: Place<'_>, tupleset: &RelationName, computed: &RelationName) -> Resolved {
        let tuples = self.ground.store.tuples(place.object, tupleset).map_err(unavailable)?;
        let mut any = Any::default();
        for tuple in self.holding(tuples)? {
            let User::Object(object) = &tuple.user else { continue };
            if self.ground.system.relation(&object.type_name, computed).is_none() {
                continue;
            }
            let answer = self.resolve(object, computed, place.depth + 1, Some(place.path));
            if let Some(yes) = any.take(answer) {
                return Ok(yes);
            }
        }
        any.finish()
    }

    fn union(&mut self, place: Place<'_>, relation: &Relation, children: &[Rewrite]) -> Resolved {
        let mut any = Any::default();
        for child in children {
            let answer = self.rewrite(place, relation, child);
            if let Some(yes) = any.take(answer) {
                return Ok(yes);
            }
        }
        any.finish()
    }

    /// One no, or one way in a circle, is enough, even beside an error.
    fn intersection(&mut self, place: Place<'_>, relation: &Relation, children: &[Rewrite]) -> Resolved {
        let mut error = None;
        for child in children {
            match self.rewrite(place, relation, child) {
                Ok(outcome) if outcome.cycle || !outcome.allowed => {
                    return Ok(Outcome { allowed: false, cycle: outcome.cycle });
                }
                Ok(_) => {}
                Err(found) => error = error.or(Some(found)),
            }
        }
        error.map_or(Ok(Outcome::YES), Err)
    }

    /// A base that fails or goes in a circle is a no; so is a subtracted part that holds or goes in a circle.
    fn difference(&mut self, place: Place<'_>, relation: &Relation, base: &Rewrite, subtract: &Rewrite) -> Resolved {
        let base = self.rewrite(place, relation, base);
        if let Ok(outcome) = base
            && (outcome.cycle || !outcome.allowed)
        {
            return Ok(Outcome { allowed: false, cycle: outcome.cycle });
        }
        let subtract = self.rewrite(place, relation, subtract);
        if let Ok(outcome) = subtract
            && (outcome.cycle || outcome.allowed)
        {
            return Ok(Outcome { allowed: false, cycle: outcome.cycle });
        }
        base?;
        subtract?;
        Ok(Outcome::YES)
    }

    /// The tuples that count and hold. A condition without an answer is an error only if no tuple holds.
    fn holding(&mut self, tuples: Vec<Tuple>) -> Result<Vec<Tuple>, FgaError> {
        self.count(tuples.len() as u64 + 1)?;
        let mut holding = Vec::new();
        let mut error = None;
        for tuple in tuples {
            if self.ground.system.allows(&tuple).is_err() {
                continue;
            }
            match self.ground.holds(&tuple) {
                Ok(true) => holding.push(tuple),
                Ok(false) => {}
                Err(found) => error = Some(found),
            }
        }
        match error {
            Some(error) if holding.is_empty() => Err(error),
            _ => Ok(holding),
        }
    }

    fn count(&mut self, tuples: u64) -> Result<(), FgaError> {
        self.tuples = self.tuples.saturating_add(tuples);
        if self.tuples > self.ground.limits.tuples { Err(FgaError::TooManyTuples) } else { Ok(()) }
    }
}

pub fn unavailable(error: crate::store::StoreError) -> FgaError {
    FgaError::Store(error.0)
}
