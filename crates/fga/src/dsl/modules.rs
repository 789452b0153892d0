use std::collections::HashMap;
use std::collections::btree_map::Entry;

use super::error::{DslError, DslErrors, DslProblem};
use super::model::{Origin, add_relations, condition, type_definition, type_name};
use super::parser::parse;
use super::syntax::{Document, Header, Name, Position, TypeDeclaration};
use crate::model::{AuthorizationModel, TypeDefinition};

/// A file of a model of schema 1.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModuleFile<'a> {
    /// Its name, for errors and for the model, which says where each part is from.
    pub name: &'a str,
    /// What is in it.
    pub text: &'a str,
}

/// Puts the files of a model together; in which order they are given makes a difference only to the order of the types.
///
/// Errors: of every file what [`parse`] finds, and of all of them together types, relations and conditions that are defined twice,
/// and extensions of a type that is in none.
pub fn parse_modules(files: &[ModuleFile<'_>], schema_version: &str) -> Result<AuthorizationModel, DslErrors> {
    let mut whole = Whole { schema_version, ..Whole::default() };
    let mut documents = Vec::new();
    for file in files {
        match parse(file.text) {
            Ok(document) => documents.push((file.name, document)),
            Err(errors) => whole
                .errors
                .extend(errors.into_iter().map(|error| DslError { file: Some(file.name.to_owned()), ..error })),
        }
    }
    for (file, document) in &documents {
        whole.define(file, document);
    }
    for (file, document) in &documents {
        whole.extend(file, document);
    }
    DslErrors::unless(whole.errors, whole.model)
}

#[derive(Default)]
struct Whole<'a> {
    schema_version: &'a str,
    model: AuthorizationModel,
    /// Where in the model a type is.
    places: HashMap<String, usize>,
    errors: Vec<DslError>,
}

impl Whole<'_> {
    fn define(&mut self, file: &str, document: &Document) {
        self.schema_version.clone_into(&mut self.model.schema_version);
        let module = match &document.header {
            Header::Module { name } => &name.text,
            Header::Model { .. } => return self.complain(file, Position::START, DslProblem::NoModule),
        };
        let origin = Origin { module, file };
        for object_type in document.types.iter().filter(|object_type| !object_type.extend) {
            let name = &object_type.name;
            if self.places.contains_key(&name.text) {
                self.complain(file, name.at, DslProblem::DuplicateType { name: name.text.clone() });
            } else {
                self.places.insert(name.text.clone(), self.model.type_definitions.len());
                self.model.type_definitions.push(type_definition(object_type, Some(origin)));
            }
        }
        for declaration in &document.conditions {
            let (name, condition) = condition(declaration, Some(origin));
            match self.model.conditions.entry(name) {
                Entry::Vacant(place) => {
                    place.insert(condition);
                }
                Entry::Occupied(place) => {
                    let problem = DslProblem::DuplicateCondition { name: place.key().to_string() };
                    self.complain(file, declaration.name.at, problem);
                }
            }
        }
    }

    fn extend(&mut self, file: &str, document: &Document) {
        let Header::Module { name: Name { text: module, .. } } = &document.header else { return };
        for extension in document.types.iter().filter(|object_type| object_type.extend) {
            let name = &extension.name;
            let place = self.places.get(&name.text).copied();
            match place.and_then(|place| self.model.type_definitions.get_mut(place)) {
                None => self.complain(file, name.at, DslProblem::ExtendsNothing { name: name.text.clone() }),
                Some(definition) => {
                    let (new, duplicates) = new_relations(definition, extension);
                    add_relations(definition, &new, Some(Origin { module, file }));
                    for relation in duplicates {
                        let object_type = type_name(name).to_string();
                        let problem = DslProblem::DuplicateRelation { name: relation.text.clone(), object_type };
                        self.complain(file, relation.at, problem);
                    }
                }
            }
        }
    }

    fn complain(&mut self, file: &str, at: Position, problem: DslProblem) {
        self.errors.push(DslError { file: Some(file.to_owned()), at, problem });
    }
}

/// The extension without the relations that the type has already, and those.
fn new_relations(definition: &TypeDefinition, extension: &TypeDeclaration) -> (TypeDeclaration, Vec<Name>) {
    let (known, new): (Vec<_>, Vec<_>) = extension
        .relations
        .iter()
        .cloned()
        .partition(|relation| definition.relations.contains_key(relation.name.text.as_str()));
    let duplicates = known.into_iter().map(|relation| relation.name).collect();
    (TypeDeclaration { relations: new, ..extension.clone() }, duplicates)
}
