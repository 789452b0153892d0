//! Where tuples are.

use std::collections::{BTreeMap, HashMap};

use thiserror::Error;

use crate::names::{RelationName, TypeName};
use crate::tuple::{Object, Tuple, TupleCondition, User};

/// Why tuples cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct StoreError(pub String);

/// Stored tuples, as the questions read them. Each is found by what it is asked for: none of these may cost more with rows that are
/// not part of the answer.
pub trait TupleStore {
    /// The tuple of these three.
    fn tuple(&self, object: &Object, relation: &RelationName, user: &User) -> Result<Option<Tuple>, StoreError>;

    /// All tuples of a relation of an object.
    fn tuples(&self, object: &Object, relation: &RelationName) -> Result<Vec<Tuple>, StoreError>;

    /// Those of them whose users are usersets.
    fn usersets(&self, object: &Object, relation: &RelationName) -> Result<Vec<Tuple>, StoreError>;

    /// All tuples of a user, exactly this one, as the user.
    fn tuples_of_user(&self, user: &User) -> Result<Vec<Tuple>, StoreError>;

    /// The objects of a type that any tuple is about.
    fn objects(&self, type_name: &TypeName) -> Result<Vec<Object>, StoreError>;
}

/// Tuples in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    by_object: HashMap<Object, HashMap<RelationName, BTreeMap<User, Option<TupleCondition>>>>,
    by_user: HashMap<User, BTreeMap<(Object, RelationName), Option<TupleCondition>>>,
    by_type: HashMap<TypeName, BTreeMap<Object, usize>>,
}

impl MemoryStore {
    /// Keeps the tuple; one with the same user, relation and object is replaced.
    pub fn insert(&mut self, tuple: Tuple) {
        self.remove(&tuple.object, &tuple.relation, &tuple.user);
        let Tuple { object, relation, user, condition } = tuple;
        *self.by_type.entry(object.type_name.clone()).or_default().entry(object.clone()).or_default() += 1;
        self.by_user.entry(user.clone()).or_default().insert((object.clone(), relation.clone()), condition.clone());
        self.by_object.entry(object).or_default().entry(relation).or_default().insert(user, condition);
    }

    /// Forgets the tuple. True if it was there.
    pub fn remove(&mut self, object: &Object, relation: &RelationName, user: &User) -> bool {
        let users = self.by_object.get_mut(object).and_then(|relations| relations.get_mut(relation));
        if users.and_then(|users| users.remove(user)).is_none() {
            return false;
        }
        if let Some(tuples) = self.by_user.get_mut(user) {
            tuples.remove(&(object.clone(), relation.clone()));
        }
        if let Some(objects) = self.by_type.get_mut(&object.type_name)
            && let Some(count) = objects.get_mut(object)
        {
            *count -= 1;
            if *count == 0 {
                objects.remove(object);
            }
        }
        true
    }

    /// How many tuples there are.
    pub fn len(&self) -> usize {
        self.by_user.values().map(BTreeMap::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn users(&self, object: &Object, relation: &RelationName) -> Option<&BTreeMap<User, Option<TupleCondition>>> {
        self.by_object.get(object)?.get(relation)
    }
}

impl Extend<Tuple> for MemoryStore {
    fn extend<I: IntoIterator<Item = Tuple>>(&mut self, tuples: I) {
        tuples.into_iter().for_each(|tuple| self.insert(tuple));
    }
}

impl FromIterator<Tuple> for MemoryStore {
    fn from_iter<I: IntoIterator<Item = Tuple>>(tuples: I) -> Self {
        let mut store = Self::default();
        store.extend(tuples);
        store
    }
}

fn tuple(object: &Object, relation: &RelationName, user: &User, condition: &Option<TupleCondition>) -> Tuple {
    Tuple { object: object.clone(), relation: relation.clone(), user: user.clone(), condition: condition.clone() }
}

impl TupleStore for MemoryStore {
    fn tuple(&self, object: &Object, relation: &RelationName, user: &User) -> Result<Option<Tuple>, StoreError> {
        let found = self.users(object, relation).and_then(|users| users.get(user));
        Ok(found.map(|condition| tuple(object, relation, user, condition)))
    }

    fn tuples(&self, object: &Object, relation: &RelationName) -> Result<Vec<Tuple>, StoreError> {
        let users = self.users(object, relation).into_iter().flatten();
        Ok(users.map(|(user, condition)| tuple(object, relation, user, condition)).collect())
    }

    fn usersets(&self, object: &Object, relation: &RelationName) -> Result<Vec<Tuple>, StoreError> {
        // Users are in order of their forms: all objects are before all usersets.
        let first = User::Userset(Object::new("", ""), RelationName::from(""));
        let users = self.users(object, relation).map(|users| users.range(first..)).into_iter().flatten();
        let usersets = users.take_while(|(user, _)| matches!(user, User::Userset(..)));
        Ok(usersets.map(|(user, condition)| tuple(object, relation, user, condition)).collect())
    }

    fn tuples_of_user(&self, user: &User) -> Result<Vec<Tuple>, StoreError> {
        let found = self.by_user.get(user).into_iter().flatten();
        Ok(found.map(|((object, relation), condition)| tuple(object, relation, user, condition)).collect())
    }

    fn objects(&self, type_name: &TypeName) -> Result<Vec<Object>, StoreError> {
        Ok(self.by_type.get(type_name).into_iter().flat_map(BTreeMap::keys).cloned().collect())
    }
}

/// Stored tuples with those of a request over them: of two with the same user, relation and object the request's counts.
#[derive(Debug)]
pub struct Overlay<'a, S> {
    stored: &'a S,
    contextual: MemoryStore,
}

impl<'a, S: TupleStore> Overlay<'a, S> {
    /// The stored tuples with these over them.
    pub fn new(stored: &'a S, contextual: impl IntoIterator<Item = Tuple>) -> Self {
        Self { stored, contextual: contextual.into_iter().collect() }
    }

    fn merge(&self, stored: Vec<Tuple>, mut contextual: Vec<Tuple>) -> Vec<Tuple> {
        let same = |left: &Tuple, right: &Tuple| {
            left.user == right.user && left.object == right.object && left.relation == right.relation
        };
        let count = contextual.len();
        for tuple in stored {
            if !contextual.iter().take(count).any(|other| same(other, &tuple)) {
                contextual.push(tuple);
            }
        }
        contextual
    }
}

impl<S: TupleStore> TupleStore for Overlay<'_, S> {
    fn tuple(&self, object: &Object, relation: &RelationName, user: &User) -> Result<Option<Tuple>, StoreError> {
        match self.contextual.tuple(object, relation, user)? {
            Some(tuple) => Ok(Some(tuple)),
            None => self.stored.tuple(object, relation, user),
        }
    }

    fn tuples(&self, object: &Object, relation: &RelationName) -> Result<Vec<Tuple>, StoreError> {
        Ok(self.merge(self.stored.tuples(object, relation)?, self.contextual.tuples(object, relation)?))
    }

    fn usersets(&self, object: &Object, relation: &RelationName) -> Result<Vec<Tuple>, StoreError> {
        Ok(self.merge(self.stored.usersets(object, relation)?, self.contextual.usersets(object, relation)?))
    }

    fn tuples_of_user(&self, user: &User) -> Result<Vec<Tuple>, StoreError> {
        Ok(self.merge(self.stored.tuples_of_user(user)?, self.contextual.tuples_of_user(user)?))
    }

    fn objects(&self, type_name: &TypeName) -> Result<Vec<Object>, StoreError> {
        let mut objects = self.stored.objects(type_name)?;
        objects.extend(self.contextual.objects(type_name)?);
        objects.sort_unstable();
        objects.dedup();
        Ok(objects)
    }
}
