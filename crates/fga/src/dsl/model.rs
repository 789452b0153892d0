use std::collections::BTreeMap;

use super::syntax::{
    ConditionDeclaration, Container, Document, Header, Name, ParameterDeclaration, Restriction, RestrictionForm,
    Rewrite, TypeDeclaration,
};
use crate::model::{
    self, AuthorizationModel, Condition, ConditionMetadata, ParameterKind, ParameterType, RelationMetadata, SourceInfo,
    TypeDefinition, TypeMetadata,
};
use crate::names::{ConditionName, RelationName, TypeName};

/// Where a part of a model of schema 1.2 is written. A model of one file says nothing of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin<'a> {
    pub module: &'a str,
    pub file: &'a str,
}

impl Document {
    /// The model as OpenFGA's JSON has it. Whether it is a valid one is another question. Of a module the types it extends are left out
    /// and the schema is empty: use [`parse_modules`](super::parse_modules) for the whole.
    pub fn to_model(&self) -> AuthorizationModel {
        let schema_version = match &self.header {
            Header::Model { schema } => schema.text.clone(),
            Header::Module { .. } => String::new(),
        };
        let types = self.types.iter().filter(|object_type| !object_type.extend);
        AuthorizationModel {
            id: String::new(),
            schema_version,
            type_definitions: types.map(|object_type| type_definition(object_type, None)).collect(),
            conditions: self.conditions.iter().map(|declaration| condition(declaration, None)).collect(),
        }
    }
}

pub(super) fn type_definition(declaration: &TypeDeclaration, origin: Option<Origin<'_>>) -> TypeDefinition {
    let mut definition =
        TypeDefinition { type_name: type_name(&declaration.name), relations: BTreeMap::new(), metadata: None };
    if origin.is_some() {
        let (module, source_info) = origin_fields(origin);
        definition.metadata = Some(TypeMetadata { relations: BTreeMap::new(), module, source_info });
    }
    add_relations(&mut definition, declaration, None);
    definition
}

/// Adds a declaration's relations. `origin` is theirs, where it is another than the type's.
pub(super) fn add_relations(
    definition: &mut TypeDefinition,
    declaration: &TypeDeclaration,
    origin: Option<Origin<'_>>,
) {
    for relation in &declaration.relations {
        let name = relation_name(&relation.name);
        let (module, source_info) = origin_fields(origin);
        let directly_related_user_types = direct(&relation.rewrite).iter().map(restriction).collect();
        let metadata = RelationMetadata { directly_related_user_types, module, source_info };
        definition.metadata.get_or_insert_default().relations.insert(name.clone(), metadata);
        definition.relations.insert(name, rewrite(&relation.rewrite));
    }
}

pub(super) fn condition(declaration: &ConditionDeclaration, origin: Option<Origin<'_>>) -> (ConditionName, Condition) {
    let name = ConditionName::from(declaration.name.text.as_str());
    let (module, source_info) = origin_fields(origin);
    let condition = Condition {
        name: name.clone(),
        expression: declaration.expression.text.clone(),
        parameters: declaration.parameters.iter().map(parameter).collect(),
        metadata: origin.map(|_| ConditionMetadata { module, source_info }),
    };
    (name, condition)
}

pub(super) fn type_name(name: &Name) -> TypeName {
    TypeName::from(name.text.as_str())
}

fn relation_name(name: &Name) -> RelationName {
    RelationName::from(name.text.as_str())
}

fn origin_fields(origin: Option<Origin<'_>>) -> (String, Option<SourceInfo>) {
    origin.map_or_else(Default::default, |Origin { module, file }| {
        (module.to_owned(), Some(SourceInfo { file: file.to_owned() }))
    })
}

/// The restrictions of a definition. They stand at its beginning, in brackets or not.
fn direct(rewrite: &Rewrite) -> &[Restriction] {
    match rewrite {
        Rewrite::Direct(restrictions) => restrictions,
        Rewrite::Union(operands) | Rewrite::Intersection(operands) => operands.first().map_or(&[], direct),
        Rewrite::Difference { base, .. } => direct(base),
        Rewrite::Computed(_) | Rewrite::From { .. } => &[],
    }
}

fn rewrite(written: &Rewrite) -> model::Rewrite {
    let all = |operands: &[Rewrite]| operands.iter().map(rewrite).collect();
    match written {
        Rewrite::Direct(_) => model::Rewrite::This,
        Rewrite::Computed(relation) => model::Rewrite::ComputedUserset(relation_name(relation)),
        Rewrite::From { relation, tupleset } => {
            model::Rewrite::TupleToUserset { tupleset: relation_name(tupleset), computed: relation_name(relation) }
        }
        Rewrite::Union(operands) => model::Rewrite::Union(all(operands)),
        Rewrite::Intersection(operands) => model::Rewrite::Intersection(all(operands)),
        Rewrite::Difference { base, subtract } => {
            model::Rewrite::Difference { base: Box::new(rewrite(base)), subtract: Box::new(rewrite(subtract)) }
        }
    }
}

fn restriction(written: &Restriction) -> model::Restriction {
    model::Restriction {
        type_name: type_name(&written.object_type),
        form: match &written.form {
            RestrictionForm::Object => model::RestrictionForm::Object,
            RestrictionForm::Wildcard => model::RestrictionForm::Wildcard,
            RestrictionForm::Userset(relation) => model::RestrictionForm::Userset(relation_name(relation)),
        },
        condition: written.condition.as_ref().map(|name| ConditionName::from(name.text.as_str())),
    }
}

fn parameter(written: &ParameterDeclaration) -> (String, ParameterType) {
    let value = ParameterType::from(written.value_type);
    let whole = match written.container {
        None => value,
        Some(Container::List) => ParameterType { type_name: ParameterKind::List, generic_types: vec![value] },
        Some(Container::Map) => ParameterType { type_name: ParameterKind::Map, generic_types: vec![value] },
    };
    (written.name.text.clone(), whole)
}
