//! The rules of a model's fields, before the model as a whole is validated.

use super::refusal::{EXCEEDED_ENTITY_LIMIT, Refusal};
use super::rules::{Broken, Pattern, matching, refused, short};
use crate::model::AuthorizationModel;

/// The most types of a model.
const MAX_TYPES: usize = 100;
/// The most bytes of a model as JSON. OpenFGA counts its own encoding, which is somewhat shorter.
pub(super) const MAX_MODEL_BYTES: usize = 256 * 1024;
/// The most conditions of a model, and the most parameters of a condition.
const MAX_PAIRS: usize = 25;
/// The most bytes of a condition's expression.
const MAX_EXPRESSION_BYTES: usize = 512;
const MESSAGE: &str = "WriteAuthorizationModelRequest";

/// Refuses a model of which a field breaks a rule.
pub(super) fn fields(model: &AuthorizationModel) -> Result<(), Refusal> {
    if model.type_definitions.is_empty() {
        return Err(refused(MESSAGE, "TypeDefinitions", Broken::AtLeastOneItem));
    }
    for definition in &model.type_definitions {
        matching("TypeDefinition", "Type", Pattern::Type, &definition.type_name)?;
        for relation in definition.relations.keys() {
            matching("TypeDefinition", &format!("Relations[{relation}]"), Pattern::Relation, relation)?;
        }
    }
    if !matches!(model.schema_version.as_str(), "1.0" | "1.1" | "1.2") {
        return Err(refused(MESSAGE, "SchemaVersion", Broken::NotInList("1.0 1.1 1.2")));
    }
    if model.conditions.len() > MAX_PAIRS {
        return Err(refused(MESSAGE, "Conditions", Broken::MorePairsThan(MAX_PAIRS)));
    }
    for (name, condition) in &model.conditions {
        matching(MESSAGE, &format!("Conditions[{name}]"), Pattern::Relation, name)?;
        matching("Condition", "Name", Pattern::Relation, &condition.name)?;
        short("Condition", "Expression", MAX_EXPRESSION_BYTES, &condition.expression)?;
        if condition.parameters.len() > MAX_PAIRS {
            return Err(refused("Condition", "Parameters", Broken::MorePairsThan(MAX_PAIRS)));
        }
    }
    if model.type_definitions.len() > MAX_TYPES {
        let message = format!(
            "The number of type definitions in an authorization model exceeds the allowed limit of {MAX_TYPES}"
        );
        return Err(Refusal::new(EXCEEDED_ENTITY_LIMIT, message));
    }
    Ok(())
}
