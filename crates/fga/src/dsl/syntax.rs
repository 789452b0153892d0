//! A file as it is written, with the place of every name.

use std::fmt;

use crate::model::ParameterKind;

/// A place in a text. Both numbers count from 1; a column is one character (a tab is one, too).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
}

impl Position {
    pub(crate) const START: Self = Self { line: 1, column: 1 };
}

impl Default for Position {
    fn default() -> Self {
        Self::START
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// A name and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// As written.
    pub text: String,
    /// Of its first character.
    pub at: Position,
}

/// One file in OpenFGA's language, as it is written. What it means is a model ([`Document::to_model`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What the file is.
    pub header: Header,
    /// In the order of the file.
    pub types: Vec<TypeDeclaration>,
    /// In the order of the file.
    pub conditions: Vec<ConditionDeclaration>,
}

/// The first lines of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Header {
    /// `model`, `schema 1.1`: a whole model.
    Model {
        /// `1.1` or `1.2`; whether the version is a known one is the model's matter.
        schema: Name,
    },
    /// `module name`: a part of a model of schema 1.2.
    Module {
        /// Its name.
        name: Name,
    },
}

/// `type document`, or `extend type document` in a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeDeclaration {
    /// Whether the type is another module's.
    pub extend: bool,
    /// Its name.
    pub name: Name,
    /// In the order of the file.
    pub relations: Vec<RelationDeclaration>,
}

/// `define viewer: [user] or owner`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationDeclaration {
    /// Its name.
    pub name: Name,
    /// What stands behind the colon.
    pub rewrite: Rewrite,
}

/// What a relation is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rewrite {
    /// `[user, group#member]`
    Direct(Vec<Restriction>),
    /// `owner`
    Computed(Name),
    /// `viewer from parent`
    From {
        /// The relation of the other object.
        relation: Name,
        /// The relation that leads there.
        tupleset: Name,
    },
    /// `a or b or c`
    Union(Vec<Self>),
    /// `a and b and c`
    Intersection(Vec<Self>),
    /// `a but not b`
    Difference {
        /// `a`
        base: Box<Self>,
        /// `b`
        subtract: Box<Self>,
    },
}

/// Who may be put into a relation directly: `user`, `user:*`, `group#member`, each `with` a condition or without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restriction {
    /// The type.
    pub object_type: Name,
    /// What of that type.
    pub form: RestrictionForm,
    /// The condition that has to be written with such a tuple.
    pub condition: Option<Name>,
}

impl fmt::Display for Restriction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.object_type.text)?;
        match &self.form {
            RestrictionForm::Object => {}
            RestrictionForm::Wildcard => f.write_str(":*")?,
            RestrictionForm::Userset(relation) => write!(f, "#{}", relation.text)?,
        }
        self.condition.iter().try_for_each(|condition| write!(f, " with {}", condition.text))
    }
}

/// What of a type may be put into a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestrictionForm {
    /// `user`: single objects.
    Object,
    /// `user:*`: all of them.
    Wildcard,
    /// `group#member`: whoever has that relation.
    Userset(Name),
}

/// `condition in_office(ip: ipaddress) { ip.in_cidr("10.0.0.0/8") }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionDeclaration {
    /// Its name.
    pub name: Name,
    /// In the order of the file.
    pub parameters: Vec<ParameterDeclaration>,
    /// The expression in CEL, without comments and outer space.
    pub expression: Name,
}

/// `tags: map<string>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterDeclaration {
    /// Its name.
    pub name: Name,
    /// `list` or `map`, for a parameter that holds several.
    pub container: Option<Container>,
    /// The type, or that of each item. Neither a container nor `any`, which is a type of the API only.
    pub value_type: ParameterKind,
}

/// The parameter types that hold several values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// `list<…>`
    List,
    /// `map<…>`: from text to …
    Map,
}
