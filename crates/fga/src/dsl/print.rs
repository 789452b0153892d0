use std::borrow::Cow;
use std::fmt::Write as _;

use deputy_error::{Explained, Explanation};

use crate::model::{
    AuthorizationModel, Condition, ParameterKind, ParameterType, Restriction, Rewrite, SourceInfo, TypeDefinition,
};

/// What is written beside the model itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sources {
    /// Nothing.
    #[default]
    Hidden,
    /// Which module and file each part is from, as comments.
    Shown,
}

/// Writes a model in OpenFGA's language: relations by name, conditions by name; the parts of a model of schema 1.2 by module and file.
/// What is written is read back as the same model, but for the order of operands where `[…]` was not the first.
///
/// Errors: what the language has no words for.
pub fn print(model: &AuthorizationModel, sources: Sources) -> Result<String, PrintError> {
    let mut types: Vec<_> = model.type_definitions.iter().collect();
    let modular = types.iter().any(|definition| !module_of_type(definition).is_empty());
    if modular {
        types.sort_by_key(|definition| {
            let metadata = definition.metadata.as_ref();
            let file = metadata.and_then(|metadata| metadata.source_info.as_ref());
            (module_of_type(definition), file_name(file), definition.type_name.as_str())
        });
    }
    let mut text = format!("model\n  schema {}\n", model.schema_version);
    for definition in types {
        print_type(&mut text, definition, modular, sources)?;
    }
    let mut conditions: Vec<_> = model.conditions.iter().collect();
    conditions.sort_by_key(|(name, condition)| {
        let metadata = condition.metadata.as_ref();
        let module = metadata.map_or("", |metadata| metadata.module.as_str());
        (module, file_name(metadata.and_then(|metadata| metadata.source_info.as_ref())), name.as_str())
    });
    for (name, condition) in conditions {
        if *name != condition.name {
            return Err(PrintError::ConditionName { key: name.to_string(), name: condition.name.to_string() });
        }
        print_condition(&mut text, condition, sources)?;
    }
    Ok(text)
}

fn print_type(
    text: &mut String,
    definition: &TypeDefinition,
    modular: bool,
    sources: Sources,
) -> Result<(), PrintError> {
    let metadata = definition.metadata.as_ref();
    let file = metadata.and_then(|metadata| metadata.source_info.as_ref());
    let source = source_comment("", module_of_type(definition), file, sources);
    add(text, format_args!("\ntype {}{source}\n", definition.type_name));
    if !definition.relations.is_empty() {
        text.push_str("  relations\n");
    }
    let mut relations: Vec<_> = definition
        .relations
        .iter()
        .map(|(name, rewrite)| (name, rewrite, metadata.and_then(|metadata| metadata.relations.get(name))))
        .collect();
    if modular {
        relations.sort_by_key(|(name, _, metadata)| {
            let module = metadata.map_or("", |metadata| metadata.module.as_str());
            (module, file_name(metadata.and_then(|metadata| metadata.source_info.as_ref())), name.as_str())
        });
    }
    for (name, rewrite, metadata) in relations {
        let unsupported =
            || PrintError::Rewrite { object_type: definition.type_name.to_string(), relation: name.to_string() };
        let restrictions = metadata.map_or(&[][..], |metadata| &metadata.directly_related_user_types);
        let expression = expression(rewrite, restrictions, true, false).ok_or_else(unsupported)?;
        let module = metadata.map_or("", |metadata| metadata.module.as_str());
        let file = metadata.and_then(|metadata| metadata.source_info.as_ref());
        let source = source_comment(" extended by:", module, file, sources);
        add(text, format_args!("    define {name}: {expression}{source}\n"));
    }
    Ok(())
}

/// None if `[…]` would stand at another place than the first, or an operator has nothing to join.
fn expression(rewrite: &Rewrite, restrictions: &[Restriction], first: bool, nested: bool) -> Option<String> {
    let joined = |operands: &[&Rewrite], operator: &str| {
        let mut parts = Vec::new();
        for (number, operand) in operands.iter().enumerate() {
            parts.push(expression(operand, restrictions, first && number == 0, true)?);
        }
        let whole = parts.join(operator);
        match operands {
            [] => None,
            [_] => Some(whole),
            _ if nested => Some(format!("({whole})")),
            _ => Some(whole),
        }
    };
    match rewrite {
        Rewrite::This if !first => None,
        Rewrite::This => {
            let restrictions: Vec<_> = restrictions.iter().map(ToString::to_string).collect();
            Some(format!("[{}]", restrictions.join(", ")))
        }
        Rewrite::ComputedUserset(relation) => Some(relation.to_string()),
        Rewrite::TupleToUserset { tupleset, computed } => Some(format!("{computed} from {tupleset}")),
        Rewrite::Union(operands) => joined(&direct_first(operands), " or "),
        Rewrite::Intersection(operands) => joined(&direct_first(operands), " and "),
        Rewrite::Difference { base, subtract } => joined(&[base, subtract], " but not "),
    }
}

/// `[…]` before the others: to a union or an intersection the order is nothing.
fn direct_first(operands: &[Rewrite]) -> Vec<&Rewrite> {
    let mut ordered: Vec<_> = operands.iter().collect();
    if let Some(place) = operands.iter().position(|operand| *operand == Rewrite::This) {
        let direct = ordered.remove(place);
        ordered.insert(0, direct);
    }
    ordered
}

fn print_condition(text: &mut String, condition: &Condition, sources: Sources) -> Result<(), PrintError> {
    let mut parameters = Vec::new();
    for (name, parameter) in &condition.parameters {
        if !has_words(parameter) {
            return Err(PrintError::Parameter { condition: condition.name.to_string(), parameter: name.clone() });
        }
        parameters.push(format!("{name}: {parameter}"));
    }
    let metadata = condition.metadata.as_ref();
    let module = metadata.map_or("", |metadata| metadata.module.as_str());
    let source = source_comment("", module, metadata.and_then(|metadata| metadata.source_info.as_ref()), sources);
    let parameters = parameters.join(", ");
    add(
        text,
        format_args!("\ncondition {}({parameters}) {{\n  {}\n}}{source}\n", condition.name, condition.expression),
    );
    Ok(())
}

/// Whether the language can name the type: `any`, and containers of containers, it cannot.
fn has_words(parameter: &ParameterType) -> bool {
    let simple = |parameter: &ParameterType| {
        !matches!(parameter.type_name, ParameterKind::Any | ParameterKind::Unspecified)
            && parameter.type_name.generics() == 0
            && parameter.generic_types.is_empty()
    };
    match (parameter.type_name.generics(), parameter.generic_types.as_slice()) {
        (0, _) => simple(parameter),
        (_, [generic]) => simple(generic),
        _ => false,
    }
}

fn module_of_type(definition: &TypeDefinition) -> &str {
    definition.metadata.as_ref().map_or("", |metadata| metadata.module.as_str())
}

fn file_name(source_info: Option<&SourceInfo>) -> &str {
    source_info.map_or("", |source_info| source_info.file.as_str())
}

fn source_comment<'a>(
    leading: &'a str,
    module: &'a str,
    source_info: Option<&SourceInfo>,
    sources: Sources,
) -> Cow<'a, str> {
    let file = file_name(source_info);
    if sources == Sources::Hidden || (module.is_empty() && file.is_empty()) {
        return Cow::Borrowed("");
    }
    Cow::Owned(format!(" #{leading} module: {module}, file: {file}"))
}

/// Writing to a text does not fail.
fn add(text: &mut String, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).unwrap_or_default();
}

/// A model that the language has no words for. OpenFGA takes it as JSON all the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrintError {
    /// Direct assignment is not the first of the definition, or an operator joins nothing.
    #[error("the definition of `{relation}` of `{object_type}` has no words in the language of models")]
    Rewrite {
        /// The type.
        object_type: String,
        /// The relation.
        relation: String,
    },
    /// A parameter of type `any`, or a list of lists.
    #[error("the type of the parameter `{parameter}` of `{condition}` has no words in the language of models")]
    Parameter {
        /// The condition.
        condition: String,
        /// The parameter.
        parameter: String,
    },
    /// A condition has two names.
    #[error("the condition `{key}` is called `{name}` in itself")]
    ConditionName {
        /// Under which the model has it.
        key: String,
        /// That it has.
        name: String,
    },
}

impl Explained for PrintError {
    fn explanation(&self) -> Explanation<'_> {
        Explanation::new(
            "fga_dsl_inexpressible",
            "This authorization model can only be shown as JSON.",
            self.to_string(),
        )
    }
}
