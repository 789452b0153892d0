//! A set of users that may have everybody of a type in it.

use std::collections::BTreeSet;

use crate::tuple::User;

/// Users by name; and everybody, without some.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserSet {
    /// Those who are named.
    pub named: BTreeSet<User>,
    /// Whether everybody of the type that is asked for is in it.
    pub everybody: bool,
    /// Who of everybody is not.
    pub without: BTreeSet<User>,
}

impl UserSet {
    pub fn contains(&self, user: &User) -> bool {
        self.named.contains(user) || (self.everybody && !self.without.contains(user))
    }

    /// Who is in one of the sets.
    pub fn union(sets: Vec<Self>) -> Self {
        let mut union = Self::default();
        for set in &sets {
            union.named.extend(set.named.iter().cloned());
            union.everybody |= set.everybody;
            union.without.extend(set.without.iter().cloned());
        }
        union.without.retain(|user| !sets.iter().any(|set| set.contains(user)));
        union
    }

    /// Who is in all of the sets. Only who is named in one of them is named in the answer.
    pub fn intersection(sets: &[Self]) -> Self {
        let mut intersection = Self { everybody: sets.iter().all(|set| set.everybody), ..Self::default() };
        for set in sets {
            intersection
                .named
                .extend(set.named.iter().filter(|user| sets.iter().all(|set| set.contains(user))).cloned());
            intersection.without.extend(set.without.iter().cloned());
        }
        intersection.without.retain(|user| !sets.iter().all(|set| set.contains(user)));
        intersection
    }

    /// Who is in the first and not in the second.
    pub fn difference(base: &Self, subtract: &Self) -> Self {
        let mut named: BTreeSet<User> = base.named.clone();
        // Who is not among everybody that is subtracted is left by name.
        named.extend(subtract.without.iter().filter(|user| base.contains(user)).cloned());
        named.retain(|user| !subtract.contains(user));
        let everybody = base.everybody && !subtract.everybody;
        let mut without: BTreeSet<User> = base.without.union(&subtract.named).cloned().collect();
        without.retain(|user| !named.contains(user));
        Self { named, everybody, without }
    }
}
