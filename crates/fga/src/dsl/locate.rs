use deputy_error::{Explained, Explanation};

use super::error::DslErrors;
use super::parser::parse;
use super::syntax::{Document, Header, Name, Position, RelationDeclaration, Rewrite, TypeDeclaration};
use crate::condition::ConditionError;
use crate::system::{ModelError, RelationProblem, TypeSystem};

/// Reads and validates a model.
///
/// Errors: what is wrong with the text, else the first thing that is wrong with what it means; both with their place.
pub fn load(text: &str) -> Result<TypeSystem, LoadError> {
    let document = parse(text)?;
    TypeSystem::new(document.to_model()).map_err(|error| LoadError::Meaning { at: document.place_of(&error), error })
}

/// Why a text is no valid model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// It is not the language's.
    #[error(transparent)]
    Text(#[from] DslErrors),
    /// It means no model that could be asked.
    #[error("{at}: {error}")]
    Meaning {
        /// Where.
        at: Position,
        /// What.
        error: ModelError,
    },
}

impl Explained for LoadError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::Text(errors) => errors.explanation(),
            Self::Meaning { .. } => {
                Explanation::new("fga_model_invalid", "This authorization model is not valid.", self.to_string())
            }
        }
    }
}

impl Document {
    /// Where in the text it is that the model of this document is refused for.
    pub fn place_of(&self, error: &ModelError) -> Position {
        let place = match error {
            ModelError::SchemaVersion(_) => match &self.header {
                Header::Model { schema } => Some(schema.at),
                Header::Module { .. } => None,
            },
            ModelError::Empty | ModelError::TooManyTypes(_) => None,
            ModelError::DuplicateType(name) => self.types_named(name).nth(1).map(|found| found.name.at),
            ModelError::TypeName(name) => self.types_named(name).next().map(|found| found.name.at),
            ModelError::RelationName(type_name, relation) => {
                self.relation_named(type_name, relation).map(|found| found.name.at)
            }
            ModelError::Relation { type_name, relation, problem } => {
                self.relation_named(type_name, relation).map(|found| place_in_relation(found, problem))
            }
            ModelError::ConditionName(name, _) | ModelError::ConditionKey(name, _) => {
                self.conditions.iter().find(|found| found.name.text == **name).map(|found| found.name.at)
            }
            ModelError::Condition(name, problem) => {
                self.conditions.iter().find(|found| found.name.text == **name).map(|found| match problem {
                    ConditionError::Parameter { parameter, .. } => found
                        .parameters
                        .iter()
                        .find(|found| found.name.text == *parameter)
                        .map_or(found.name.at, |found| found.name.at),
                    ConditionError::Expression(error) => inside(found.expression.at, error.line, error.column),
                })
            }
        };
        place.unwrap_or_default()
    }

    fn types_named(&self, name: &str) -> impl Iterator<Item = &TypeDeclaration> {
        self.types.iter().filter(move |found| found.name.text == name)
    }

    fn relation_named(&self, type_name: &str, relation: &str) -> Option<&RelationDeclaration> {
        self.types_named(type_name).flat_map(|found| &found.relations).find(|found| found.name.text == relation)
    }
}

/// The name that the problem is about; the relation's own where it is about all of it.
fn place_in_relation(relation: &RelationDeclaration, problem: &RelationProblem) -> Position {
    let mut found = None;
    visit(&relation.rewrite, &mut |part| {
        let name = match (part, problem) {
            (Rewrite::Computed(name), RelationProblem::UndefinedRelation(missing)) => named(name, missing),
            (
                Rewrite::From { tupleset: name, .. },
                RelationProblem::UndefinedRelation(missing) | RelationProblem::TuplesetNotDirect(missing),
            ) => named(name, missing),
            (
                Rewrite::From { relation: name, tupleset: by },
                RelationProblem::UndefinedInTupleset { tupleset, computed },
            ) => named(by, tupleset).and_then(|_| named(name, computed)),
            (Rewrite::Direct(restrictions), RelationProblem::Restriction(text)) => {
                restrictions.iter().find(|found| found.to_string() == *text).map(|found| found.object_type.at)
            }
            (Rewrite::Direct(restrictions), RelationProblem::UndefinedCondition(missing)) => {
                restrictions.iter().filter_map(|found| found.condition.as_ref()).find_map(|name| named(name, missing))
            }
            _ => None,
        };
        found = found.or(name);
    });
    found.unwrap_or(relation.name.at)
}

fn named(name: &Name, wanted: &str) -> Option<Position> {
    (name.text == wanted).then_some(name.at)
}

fn visit<'a>(rewrite: &'a Rewrite, on: &mut impl FnMut(&'a Rewrite)) {
    on(rewrite);
    match rewrite {
        Rewrite::Union(operands) | Rewrite::Intersection(operands) => {
            operands.iter().for_each(|operand| visit(operand, on));
        }
        Rewrite::Difference { base, subtract } => {
            visit(base, on);
            visit(subtract, on);
        }
        Rewrite::Direct(_) | Rewrite::Computed(_) | Rewrite::From { .. } => {}
    }
}

/// A place in the text, of a place in an expression that begins there.
fn inside(start: Position, line: usize, column: usize) -> Position {
    let column = if line <= 1 { start.column.saturating_add(column.saturating_sub(1)) } else { column };
    Position { line: start.line.saturating_add(line.saturating_sub(1)), column }
}
