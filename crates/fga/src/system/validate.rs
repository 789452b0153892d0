//! What makes a model valid (OpenFGA's error 2056 says what does not).

use std::collections::{HashMap, HashSet};

use thiserror::Error;

use super::entry::{Entries, has_cycle};
use super::reach::Reach;
use super::relation::Relation;
use super::type_system::TypeSystem;
use crate::condition::{CompiledCondition, ConditionError};
use crate::model::{AuthorizationModel, RestrictionForm, Rewrite, TypeDefinition};
use crate::names::{ConditionName, RelationName, TypeName};

/// How big a model may be.
#[derive(Debug, Clone, Copy)]
pub struct ModelLimits {
    /// The most types.
    pub types: usize,
    /// The deepest nesting of one rewrite.
    pub nesting: usize,
}

impl Default for ModelLimits {
    fn default() -> Self {
        Self { types: 100, nesting: 20 }
    }
}

/// Why a model is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[allow(missing_docs)]
pub enum ModelError {
    #[error("invalid schema version '{0}': 1.1 and 1.2 are supported")]
    SchemaVersion(String),
    #[error("the model has no types")]
    Empty,
    #[error("the model has more than {0} types")]
    TooManyTypes(usize),
    #[error("an authorization model cannot contain duplicate types: '{0}' is there twice")]
    DuplicateType(TypeName),
    #[error("'{0}' is not a name a type can have")]
    TypeName(TypeName),
    #[error("type '{0}': '{1}' is not a name a relation can have")]
    RelationName(TypeName, RelationName),
    #[error("the definition of relation '{relation}' in object type '{type_name}' is invalid: {problem}")]
    Relation { type_name: TypeName, relation: RelationName, problem: RelationProblem },
    #[error("condition '{0}': '{1}' is not a name a condition can have")]
    ConditionName(ConditionName, ConditionName),
    #[error("condition key '{0}' does not match condition name '{1}'")]
    ConditionKey(ConditionName, ConditionName),
    #[error("condition '{0}': {1}")]
    Condition(ConditionName, ConditionError),
}

/// What is wrong with a relation.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[allow(missing_docs)]
pub enum RelationProblem {
    #[error("it is nested deeper than {0} levels")]
    TooDeep(usize),
    #[error("a union or an intersection has at least two parts")]
    TooFewChildren,
    #[error("it is defined by itself")]
    Itself,
    #[error("relation '{0}' is not defined")]
    UndefinedRelation(RelationName),
    #[error("'{0}' is followed to other objects, so it must be a direct relation")]
    TuplesetNotDirect(RelationName),
    #[error("no type that '{tupleset}' leads to has the relation '{computed}'")]
    UndefinedInTupleset { tupleset: RelationName, computed: RelationName },
    #[error("it is assignable, but no type may be related to it")]
    NothingAssignable,
    #[error("it is not assignable, but types may be related to it")]
    NotAssignable,
    #[error("'{0}' is not a valid type restriction")]
    Restriction(String),
    #[error("condition '{0}' is not defined")]
    UndefinedCondition(ConditionName),
    #[error("no entrypoints defined")]
    NoEntrypoints,
    #[error("a cycle of relations has no end")]
    Cycle,
}

impl TypeSystem {
    /// Validates the model.
    pub fn new(model: AuthorizationModel) -> Result<Self, ModelError> {
        Self::with_limits(model, ModelLimits::default())
    }

    /// Validates the model with limits of one's own.
    pub fn with_limits(model: AuthorizationModel, limits: ModelLimits) -> Result<Self, ModelError> {
        validate(model, limits)
    }
}

fn validate(model: AuthorizationModel, limits: ModelLimits) -> Result<TypeSystem, ModelError> {
    if !matches!(model.schema_version.as_str(), "1.1" | "1.2") {
        return Err(ModelError::SchemaVersion(model.schema_version));
    }
    if model.type_definitions.is_empty() {
        return Err(ModelError::Empty);
    }
    if model.type_definitions.len() > limits.types {
        return Err(ModelError::TooManyTypes(limits.types));
    }
    names(&model)?;
    let types = relations(&model, limits)?;
    for definition in &model.type_definitions {
        for relation in definition.relations.keys() {
            check(&types, &model, definition, relation).map_err(|problem| ModelError::Relation {
                type_name: definition.type_name.clone(),
                relation: relation.clone(),
                problem,
            })?;
        }
    }
    let entries = Entries::new(&types);
    for definition in &model.type_definitions {
        for relation in definition.relations.keys() {
            let problem = if has_cycle(&types, &definition.type_name, relation) {
                RelationProblem::Cycle
            } else if !entries.contains(&definition.type_name, relation) {
                RelationProblem::NoEntrypoints
            } else {
                continue;
            };
            let (type_name, relation) = (definition.type_name.clone(), relation.clone());
            return Err(ModelError::Relation { type_name, relation, problem });
        }
    }
    let conditions = conditions(&model)?;
    let reach = Reach::new(&types);
    Ok(TypeSystem { model, types, conditions, reach })
}

fn names(model: &AuthorizationModel) -> Result<(), ModelError> {
    let mut seen = HashSet::new();
    for definition in &model.type_definitions {
        let name = &definition.type_name;
        if !seen.insert(name) {
            return Err(ModelError::DuplicateType(name.clone()));
        }
        if matches!(name.as_str(), "self" | "this") || !name.is_well_formed() {
            return Err(ModelError::TypeName(name.clone()));
        }
        for relation in definition.relations.keys() {
            if matches!(relation.as_str(), "self" | "this") || !relation.is_well_formed() {
                return Err(ModelError::RelationName(name.clone(), relation.clone()));
            }
        }
    }
    Ok(())
}

type Types = HashMap<TypeName, HashMap<RelationName, Relation>>;

fn relations(model: &AuthorizationModel, limits: ModelLimits) -> Result<Types, ModelError> {
    let mut index = 0;
    let mut types = Types::new();
    for definition in &model.type_definitions {
        let mut tuplesets = HashSet::new();
        for (relation, rewrite) in &definition.relations {
            shape(rewrite, limits.nesting, limits.nesting, &mut tuplesets).map_err(|problem| ModelError::Relation {
                type_name: definition.type_name.clone(),
                relation: relation.clone(),
                problem,
            })?;
        }
        let relations = types.entry(definition.type_name.clone()).or_default();
        for (relation, rewrite) in &definition.relations {
            let found = Relation {
                rewrite: rewrite.clone(),
                restrictions: definition.restrictions(relation).to_vec(),
                is_tupleset: tuplesets.contains(relation),
                index,
            };
            index += 1;
            relations.insert(relation.clone(), found);
        }
    }
    Ok(types)
}

/// The shape of a rewrite, whatever it names; collects what it follows to other objects.
fn shape<'a>(
    rewrite: &'a Rewrite,
    left: usize,
    limit: usize,
    tuplesets: &mut HashSet<&'a RelationName>,
) -> Result<(), RelationProblem> {
    let left = left.checked_sub(1).ok_or(RelationProblem::TooDeep(limit))?;
    match rewrite {
        Rewrite::This | Rewrite::ComputedUserset(_) => Ok(()),
        Rewrite::TupleToUserset { tupleset, .. } => {
            tuplesets.insert(tupleset);
            Ok(())
        }
        Rewrite::Union(children) | Rewrite::Intersection(children) => {
            if children.len() < 2 {
                return Err(RelationProblem::TooFewChildren);
            }
            children.iter().try_for_each(|child| shape(child, left, limit, tuplesets))
        }
        Rewrite::Difference { base, subtract } => {
            shape(base, left, limit, tuplesets)?;
            shape(subtract, left, limit, tuplesets)
        }
    }
}

fn check(
    types: &Types,
    model: &AuthorizationModel,
    definition: &TypeDefinition,
    name: &RelationName,
) -> Result<(), RelationProblem> {
    let relation_of = |type_name: &TypeName, relation: &RelationName| types.get(type_name)?.get(relation);
    let Some(relation) = relation_of(&definition.type_name, name) else { return Ok(()) };
    let mut direct = false;
    let mut open = vec![&relation.rewrite];
    while let Some(rewrite) = open.pop() {
        match rewrite {
            Rewrite::This => direct = true,
            Rewrite::ComputedUserset(computed) if computed == name => return Err(RelationProblem::Itself),
            Rewrite::ComputedUserset(computed) => {
                if relation_of(&definition.type_name, computed).is_none() {
                    return Err(RelationProblem::UndefinedRelation(computed.clone()));
                }
            }
            Rewrite::TupleToUserset { tupleset, computed } => {
                let followed = relation_of(&definition.type_name, tupleset)
                    .ok_or_else(|| RelationProblem::UndefinedRelation(tupleset.clone()))?;
                if followed.rewrite != Rewrite::This {
                    return Err(RelationProblem::TuplesetNotDirect(tupleset.clone()));
                }
                if !followed.restrictions.iter().any(|found| relation_of(&found.type_name, computed).is_some()) {
                    let (tupleset, computed) = (tupleset.clone(), computed.clone());
                    return Err(RelationProblem::UndefinedInTupleset { tupleset, computed });
                }
            }
            Rewrite::Union(children) | Rewrite::Intersection(children) => open.extend(children),
            Rewrite::Difference { base, subtract } => open.extend([&**base, &**subtract]),
        }
    }
    match (direct, relation.restrictions.is_empty()) {
        (true, true) => return Err(RelationProblem::NothingAssignable),
        (false, false) => return Err(RelationProblem::NotAssignable),
        _ => {}
    }
    for restriction in &relation.restrictions {
        let refused = || RelationProblem::Restriction(restriction.to_string());
        let exists = match &restriction.form {
            RestrictionForm::Object | RestrictionForm::Wildcard => types.contains_key(&restriction.type_name),
            RestrictionForm::Userset(relation) => relation_of(&restriction.type_name, relation).is_some(),
        };
        if !exists || (relation.is_tupleset && restriction.form != RestrictionForm::Object) {
            return Err(refused());
        }
        if let Some(condition) = &restriction.condition
            && !model.conditions.contains_key(condition)
        {
            return Err(RelationProblem::UndefinedCondition(condition.clone()));
        }
    }
    Ok(())
}

fn conditions(model: &AuthorizationModel) -> Result<HashMap<ConditionName, CompiledCondition>, ModelError> {
    let mut compiled = HashMap::new();
    for (key, condition) in &model.conditions {
        if *key != condition.name {
            return Err(ModelError::ConditionKey(key.clone(), condition.name.clone()));
        }
        if !key.is_well_formed() {
            return Err(ModelError::ConditionName(key.clone(), condition.name.clone()));
        }
        let condition =
            CompiledCondition::compile(condition).map_err(|problem| ModelError::Condition(key.clone(), problem))?;
        compiled.insert(key.clone(), condition);
    }
    Ok(compiled)
}
