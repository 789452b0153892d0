//! From which users a relation can be reached, by the model alone.

use std::collections::HashMap;

use super::relation::Relation;
use crate::model::{RestrictionForm, Rewrite};
use crate::names::{RelationName, TypeName};

type Types = HashMap<TypeName, HashMap<RelationName, Relation>>;

/// For each relation, the sorts of users from whom some way of the model leads to it: objects of a type, everybody of a type, a
/// relation's users.
#[derive(Debug, Clone)]
pub struct Reach {
    pub type_places: HashMap<TypeName, usize>,
    sources: Vec<Vec<u64>>,
}

impl Reach {
    pub fn new(types: &Types) -> Self {
        let type_places: HashMap<TypeName, usize> =
            types.keys().enumerate().map(|(place, name)| (name.clone(), place)).collect();
        let count = types.values().map(HashMap::len).sum::<usize>();
        let mut direct: Vec<Vec<usize>> = vec![Vec::new(); count];
        let mut below: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (type_name, relations) in types {
            for relation in relations.values() {
                let (Some(direct), Some(below)) = (direct.get_mut(relation.index), below.get_mut(relation.index))
                else {
                    continue;
                };
                for restriction in &relation.restrictions {
                    let place = type_places.get(&restriction.type_name).copied().unwrap_or_default();
                    match &restriction.form {
                        RestrictionForm::Object => direct.push(2 * place),
                        RestrictionForm::Wildcard => direct.push(2 * place + 1),
                        RestrictionForm::Userset(of) => below.extend(index(types, &restriction.type_name, of)),
                    }
                }
                references(types, type_name, &relation.rewrite, below);
            }
        }
        let first_relation = 2 * types.len();
        let words = (first_relation + count).div_ceil(64);
        let mut sources = vec![vec![0_u64; words]; count];
        for ((set, direct), below) in sources.iter_mut().zip(&direct).zip(&below) {
            direct.iter().for_each(|place| insert(set, *place));
            below.iter().for_each(|relation| insert(set, first_relation + relation));
        }
        loop {
            let mut changed = false;
            for (relation, below) in below.iter().enumerate() {
                let Some(mut set) = sources.get_mut(relation).map(std::mem::take) else { continue };
                for other in below.iter().filter(|other| **other != relation) {
                    for (word, more) in set.iter_mut().zip(sources.get(*other).into_iter().flatten()) {
                        changed |= *word | more != *word;
                        *word |= more;
                    }
                }
                if let Some(place) = sources.get_mut(relation) {
                    *place = set;
                }
            }
            if !changed {
                return Self { type_places, sources };
            }
        }
    }

    pub fn contains(&self, relation: usize, place: usize) -> bool {
        let word = self.sources.get(relation).and_then(|set| set.get(place / 64)).copied().unwrap_or_default();
        word >> (place % 64) & 1 == 1
    }
}

fn insert(set: &mut [u64], place: usize) {
    if let Some(word) = set.get_mut(place / 64) {
        *word |= 1 << (place % 64);
    }
}

fn index(types: &Types, type_name: &TypeName, relation: &RelationName) -> Option<usize> {
    Some(types.get(type_name)?.get(relation)?.index)
}

/// The relations whose users the rewrite takes.
fn references(types: &Types, type_name: &TypeName, rewrite: &Rewrite, found: &mut Vec<usize>) {
    match rewrite {
        Rewrite::This => {}
        Rewrite::ComputedUserset(computed) => found.extend(index(types, type_name, computed)),
        Rewrite::TupleToUserset { tupleset, computed } => {
            let followed = types.get(type_name).and_then(|relations| relations.get(tupleset));
            for restriction in followed.map_or(&[][..], |followed| &followed.restrictions) {
                found.extend(index(types, &restriction.type_name, computed));
            }
        }
        Rewrite::Union(children) | Rewrite::Intersection(children) => {
            children.iter().for_each(|child| references(types, type_name, child, found));
        }
        Rewrite::Difference { base, subtract } => {
            references(types, type_name, base, found);
            references(types, type_name, subtract, found);
        }
    }
}
