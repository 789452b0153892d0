//! The objects that a user may have a relation to: back from the user over the tuples that name it.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::resolve::{Ground, unavailable};
use crate::error::FgaError;
use crate::model::Rewrite;
use crate::names::{RelationName, TypeName};
use crate::store::TupleStore;
use crate::tuple::{Object, Tuple, User};

/// All objects of the type that the user may have the relation to, and perhaps some more: of an
/// intersection only the first part is looked at, of an exclusion only the base. The flag says that not all could be looked at. A condition
/// on the way that gives no answer is an error, as it is with OpenFGA.
pub fn candidates<'a, S: TupleStore>(
    ground: Ground<'a, S>,
    user: &User,
    type_name: &'a TypeName,
    relation: &'a RelationName,
) -> Result<(BTreeSet<Object>, bool), FgaError> {
    let mut search = Search {
        ground,
        ways: Ways::new(&ground),
        leading: ground.system.sources(type_name, relation),
        tuples: 0,
        open: Vec::new(),
        seen: HashSet::new(),
        error: None,
    };
    search.begin(user)?;
    while let Some((object, name)) = search.open.pop() {
        search.onward(&object, &name)?;
        if search.tuples > ground.limits.tuples {
            break;
        }
    }
    if let Some(error) = search.error {
        return Err(error);
    }
    let cut_off = !search.open.is_empty();
    let found = search.seen.into_iter().filter(|(object, name)| object.type_name == *type_name && name == relation);
    Ok((found.map(|(object, _)| object).collect(), cut_off))
}

/// How relations take each other's users, seen from the relation that is taken.
struct Ways {
    /// The relations that tuples of their own can give.
    direct: HashSet<(TypeName, RelationName)>,
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
        let mut ways = Self { direct: HashSet::new(), computed: HashMap::new(), followed: HashMap::new() };
        for definition in &ground.system.model().type_definitions {
            for (relation, rewrite) in &definition.relations {
                ways.add(&definition.type_name, relation, rewrite);
            }
        }
        ways
    }

    fn add(&mut self, type_name: &TypeName, relation: &RelationName, rewrite: &Rewrite) {
        match rewrite {
            Rewrite::This => {
                self.direct.insert((type_name.clone(), relation.clone()));
            }
            Rewrite::ComputedUserset(by) => {
                self.computed.entry((type_name.clone(), by.clone())).or_default().push(relation.clone());
            }
            Rewrite::TupleToUserset { tupleset, computed } => {
                let (type_name, tupleset, relation) = (type_name.clone(), tupleset.clone(), relation.clone());
                let followed = Followed { type_name, tupleset, relation };
                self.followed.entry(computed.clone()).or_default().push(followed);
            }
            Rewrite::Union(children) => children.iter().for_each(|child| self.add(type_name, relation, child)),
            // Who is in all parts is in the first.
            Rewrite::Intersection(children) => {
                children.first().into_iter().for_each(|child| self.add(type_name, relation, child));
            }
            // Nobody has a relation because of what is subtracted.
            Rewrite::Difference { base, .. } => self.add(type_name, relation, base),
        }
    }
}

struct Search<'a, S> {
    ground: Ground<'a, S>,
    ways: Ways,
    /// The relations from whose users a way leads to the relation that is asked for.
    leading: HashSet<(&'a TypeName, &'a RelationName)>,
    tuples: u64,
    open: Vec<(Object, RelationName)>,
    seen: HashSet<(Object, RelationName)>,
    /// A condition on the way that gave no answer.
    error: Option<FgaError>,
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
        let tuples = self.tuples_of(user, |search, tuple| {
            let place = (tuple.object.type_name.clone(), tuple.relation.clone());
            search.leads_on(&tuple.object.type_name, &tuple.relation) && search.ways.direct.contains(&place)
        })?;
        for tuple in tuples {
            self.reach(&tuple.object, &tuple.relation);
        }
        Ok(())
    }

    /// The tuples of the user that are asked for, count and hold.
    fn tuples_of(&mut self, user: &User, asked: impl Fn(&Self, &Tuple) -> bool) -> Result<Vec<Tuple>, FgaError> {
        let tuples = self.ground.store.tuples_of_user(user).map_err(unavailable)?;
        self.tuples = self.tuples.saturating_add(tuples.len() as u64 + 1);
        let mut holding = Vec::new();
        for tuple in tuples {
            if !asked(self, &tuple) || self.ground.system.allows(&tuple).is_err() {
                continue;
            }
            match self.ground.holds(&tuple) {
                Ok(true) => holding.push(tuple),
                Ok(false) => {}
                Err(error) => self.error = Some(error),
            }
        }
        Ok(holding)
    }

    fn leads_on(&self, type_name: &TypeName, relation: &RelationName) -> bool {
        self.leading.contains(&(type_name, relation))
    }

    fn reach(&mut self, object: &Object, relation: &RelationName) {
        if !self.leads_on(&object.type_name, relation) {
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
        if !self.ways.followed.contains_key(relation) {
            return Ok(());
        }
        let followed = |search: &Self, tuple: &Tuple| -> Vec<RelationName> {
            let ways = search.ways.followed.get(relation).into_iter().flatten();
            ways.filter(|way| way.type_name == tuple.object.type_name && way.tupleset == tuple.relation)
                .filter(|way| search.leads_on(&way.type_name, &way.relation))
                .map(|way| way.relation.clone())
                .collect()
        };
        let user = User::Object(object.clone());
        for tuple in self.tuples_of(&user, |search, tuple| !followed(search, tuple).is_empty())? {
            for other in followed(self, &tuple) {
                self.reach(&tuple.object, &other);
            }
        }
        Ok(())
    }
}
