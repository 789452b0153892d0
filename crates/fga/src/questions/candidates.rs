//! The objects that a user may have a relation to: back from the user over the tuples that name it.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::resolve::{Ground, unavailable};
use crate::error::FgaError;
use crate::model::Rewrite;
use crate::names::{RelationName, TypeName};
use crate::store::TupleStore;
use crate::tuple::{Object, Tuple, User};

/// All objects of the type that the user may have the relation to, and perhaps some more. Conditions, intersections and exclusions are
/// not looked at here. The flag says that not all could be looked at.
pub fn candidates<S: TupleStore>(
    ground: Ground<'_, S>,
    user: &User,
    type_name: &TypeName,
    relation: &RelationName,
) -> Result<(BTreeSet<Object>, bool), FgaError> {
    let mut search = Search {
        ground,
        target: type_name,
        relation,
        ways: Ways::new(&ground),
        tuples: 0,
        open: Vec::new(),
        seen: HashSet::new(),
    };
    search.begin(user)?;
    while let Some((object, name)) = search.open.pop() {
        search.onward(&object, &name)?;
        if search.tuples > ground.limits.tuples {
            break;
        }
    }
    let cut_off = !search.open.is_empty();
    let found = search.seen.into_iter().filter(|(object, name)| object.type_name == *type_name && name == relation);
    Ok((found.map(|(object, _)| object).collect(), cut_off))
}

/// How relations take each other's users, seen from the relation that is taken.
struct Ways {
    /// Of a relation: the relations of the same type that are computed by it.
    computed: HashMap<(TypeName, RelationName), Vec<RelationName>>,
    /// Of a relation: through which relation of which type it is followed, and for what.
    followed: HashMap<RelationName, Vec<Followed>>,
}

struct Followed {
    type_name: TypeName,
    tupleset: RelationName,
    relation: RelationName,
}

impl Ways {
    fn new<S>(ground: &Ground<'_, S>) -> Self {
        let mut ways = Self { computed: HashMap::new(), followed: HashMap::new() };
        for definition in &ground.system.model().type_definitions {
            for (relation, rewrite) in &definition.relations {
                ways.add(&definition.type_name, relation, rewrite);
            }
        }
        ways
    }

    fn add(&mut self, type_name: &TypeName, relation: &RelationName, rewrite: &Rewrite) {
        match rewrite {
            Rewrite::This => {}
            Rewrite::ComputedUserset(by) => {
                self.computed.entry((type_name.clone(), by.clone())).or_default().push(relation.clone());
            }
            Rewrite::TupleToUserset { tupleset, computed } => {
                let (type_name, tupleset, relation) = (type_name.clone(), tupleset.clone(), relation.clone());
                let followed = Followed { type_name, tupleset, relation };
                self.followed.entry(computed.clone()).or_default().push(followed);
            }
            Rewrite::Union(children) | Rewrite::Intersection(children) => {
                children.iter().for_each(|child| self.add(type_name, relation, child));
            }
            // Nobody has a relation because of what is subtracted.
            Rewrite::Difference { base, .. } => self.add(type_name, relation, base),
        }
    }
}

struct Search<'a, S> {
    ground: Ground<'a, S>,
    target: &'a TypeName,
    relation: &'a RelationName,
    ways: Ways,
    tuples: u64,
    open: Vec<(Object, RelationName)>,
    seen: HashSet<(Object, RelationName)>,
}

impl<S: TupleStore> Search<'_, S> {
    fn begin(&mut self, user: &User) -> Result<(), FgaError> {
        match user {
            User::Object(object) => {
                self.named(&User::Wildcard(object.type_name.clone()))?;
                self.named(user)
            }
            User::Wildcard(_) => self.named(user),
            User::Userset(object, relation) => {
                self.reach(object, relation);
                Ok(())
            }
        }
    }

    /// The relations that the tuples give which name the user.
    fn named(&mut self, user: &User) -> Result<(), FgaError> {
        for tuple in self.tuples_of(user)? {
            self.reach(&tuple.object, &tuple.relation);
        }
        Ok(())
    }

    fn tuples_of(&mut self, user: &User) -> Result<Vec<Tuple>, FgaError> {
        let tuples = self.ground.store.tuples_of_user(user).map_err(unavailable)?;
        self.tuples = self.tuples.saturating_add(tuples.len() as u64 + 1);
        Ok(tuples)
    }

    fn reach(&mut self, object: &Object, relation: &RelationName) {
        let system = self.ground.system;
        let Some(target) = system.relation(self.target, self.relation) else { return };
        let users = User::Userset(object.clone(), relation.clone());
        if system.relation(&object.type_name, relation).is_none() || !system.path_exists(&users, target) {
            return;
        }
        let place = (object.clone(), relation.clone());
        if self.seen.insert(place.clone()) {
            self.open.push(place);
        }
    }

    /// Who has this relation to the object has also …
    fn onward(&mut self, object: &Object, relation: &RelationName) -> Result<(), FgaError> {
        let computed = self.ways.computed.get(&(object.type_name.clone(), relation.clone())).cloned();
        for other in computed.into_iter().flatten() {
            self.reach(object, &other);
        }
        self.named(&User::Userset(object.clone(), relation.clone()))?;
        if self.ways.followed.contains_key(relation) {
            for tuple in self.tuples_of(&User::Object(object.clone()))? {
                let followed = self.ways.followed.get(relation).into_iter().flatten();
                let relations: Vec<RelationName> = followed
                    .filter(|way| way.type_name == tuple.object.type_name && way.tupleset == tuple.relation)
                    .map(|way| way.relation.clone())
                    .collect();
                for other in relations {
                    self.reach(&tuple.object, &other);
                }
            }
        }
        Ok(())
    }
}
