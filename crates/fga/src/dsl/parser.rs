use std::collections::HashSet;

use super::error::{DslError, DslErrors, DslProblem};
use super::lexer::Kind;
use super::reader::{Parser, error, unexpected};
use super::rewrite::rewrite;
use super::syntax::{
    ConditionDeclaration, Container, Document, Header, Name, ParameterDeclaration, RelationDeclaration, TypeDeclaration,
};
use crate::model::ParameterKind;

/// What a parameter, or each item of it, may be.
const VALUE_TYPES: [ParameterKind; 8] = [
    ParameterKind::Bool,
    ParameterKind::String,
    ParameterKind::Int,
    ParameterKind::Uint,
    ParameterKind::Double,
    ParameterKind::Duration,
    ParameterKind::Timestamp,
    ParameterKind::IpAddress,
];

/// Reads a file in OpenFGA's language, schema 1.1 or 1.2.
///
/// Errors: every name that is defined twice, and the first place that is not the language's.
pub fn parse(text: &str) -> Result<Document, DslErrors> {
    let mut parser = Parser::new(text);
    match parser.document() {
        Ok(document) => DslErrors::unless(parser.errors, document),
        Err(error) => {
            parser.errors.push(error);
            Err(DslErrors::all(parser.errors))
        }
    }
}

/// What the lines before allow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    /// `type`
    Type,
    /// `relations`
    Relations,
    /// `define`
    Define,
    /// A condition, or nothing but the header.
    Other,
}

impl Parser<'_> {
    fn document(&mut self) -> Result<Document, DslError> {
        self.skip_line_break();
        let mut document = Document { header: self.header()?, types: Vec::new(), conditions: Vec::new() };
        let mut names = Names::default();
        let mut last = Line::Other;
        loop {
            let end = self.take();
            let line = self.peek();
            match (end.kind, line.kind) {
                (Kind::End, _) if last == Line::Relations => return Err(unexpected(end, "`define`")),
                (Kind::End, _) => return Ok(document),
                (Kind::NewLine, Kind::Word("define")) if matches!(last, Line::Relations | Line::Define) => {
                    let relation = self.relation()?;
                    self.relation_is_new(&mut names, &document, &relation.name);
                    if let Some(object_type) = document.types.last_mut() {
                        object_type.relations.push(relation);
                    }
                    last = Line::Define;
                }
                (Kind::NewLine, _) if last == Line::Relations => return Err(unexpected(line, "`define`")),
                (Kind::NewLine, Kind::Word("relations")) if last == Line::Type => {
                    self.take();
                    last = Line::Relations;
                }
                (Kind::NewLine, Kind::Word("type" | "extend")) if document.conditions.is_empty() => {
                    let object_type = self.object_type()?;
                    self.extension_is_right(&mut names, &document, &object_type);
                    document.types.push(object_type);
                    names.relations.clear();
                    last = Line::Type;
                }
                (Kind::NewLine, Kind::Word("condition")) => {
                    let condition = self.condition()?;
                    if !names.conditions.insert(condition.name.text.clone()) {
                        let name = condition.name.text.clone();
                        self.complain(&condition.name, DslProblem::DuplicateCondition { name });
                    }
                    document.conditions.push(condition);
                    last = Line::Other;
                }
                (Kind::NewLine, _) => return Err(unexpected(line, line_after(last, &document))),
                _ => return Err(unexpected(end, "a line break")),
            }
        }
    }

    fn header(&mut self) -> Result<Header, DslError> {
        let token = self.take();
        match token.kind {
            Kind::Word("model") => {
                self.line_break()?;
                self.word("schema", "`schema`")?;
                let version = self.peek();
                match version.kind {
                    Kind::Number(text) if version.spaced && is_version(text) => {
                        self.take();
                        Ok(Header::Model { schema: Name { text: text.to_owned(), at: version.at } })
                    }
                    _ => Err(unexpected(version, "the version of the schema, such as `1.1`")),
                }
            }
            Kind::Word("module") => Ok(Header::Module { name: self.plain_name("the name of the module")? }),
            _ => Err(unexpected(token, "`model` or `module`")),
        }
    }

    fn object_type(&mut self) -> Result<TypeDeclaration, DslError> {
        let extend = self.peek().kind == Kind::Word("extend");
        if extend {
            self.take();
            let keyword = self.peek();
            if !keyword.spaced {
                return Err(unexpected(keyword, "`type`"));
            }
        }
        self.word("type", "`type`")?;
        Ok(TypeDeclaration { extend, name: self.name("the name of a type", true)?, relations: Vec::new() })
    }

    fn relation(&mut self) -> Result<RelationDeclaration, DslError> {
        self.word("define", "`define`")?;
        let name = self.name("the name of a relation", true)?;
        self.mark(':', "`:`")?;
        Ok(RelationDeclaration { name, rewrite: rewrite(self)? })
    }

    fn condition(&mut self) -> Result<ConditionDeclaration, DslError> {
        self.word("condition", "`condition`")?;
        let name = self.head_name("the name of a condition", true)?;
        self.mark('(', "`(`")?;
        let mut parameters: Vec<ParameterDeclaration> = Vec::new();
        let mut names = HashSet::new();
        loop {
            self.skip_line_break();
            let parameter = self.parameter()?;
            if !names.insert(parameter.name.text.clone()) {
                let (duplicate, condition) = (parameter.name.text.clone(), name.text.clone());
                self.complain(&parameter.name, DslProblem::DuplicateParameter { name: duplicate, condition });
            }
            parameters.push(parameter);
            self.skip_line_break();
            let token = self.take();
            match token.kind {
                Kind::Mark(',') => {}
                Kind::Mark(')') => break,
                _ => return Err(unexpected(token, "`,` or `)`")),
            }
        }
        let open = self.mark('{', "`{`")?;
        // Nothing was looked at beyond the bracket: what follows is another language.
        let (text, at) = self.lexer.expression().ok_or_else(|| error(open, DslProblem::ConditionOpen))?;
        Ok(ConditionDeclaration { name, parameters, expression: Name { text, at } })
    }

    fn parameter(&mut self) -> Result<ParameterDeclaration, DslError> {
        let name = self.head_name("the name of a parameter", false)?;
        self.mark(':', "`:`")?;
        let container = match self.peek().kind {
            Kind::Word("list") => Some(Container::List),
            Kind::Word("map") => Some(Container::Map),
            _ => None,
        };
        if container.is_some() {
            self.take();
            self.joined_mark('<', "`<`")?;
        }
        let token = self.take();
        let value_type = VALUE_TYPES
            .into_iter()
            .find(|known| token.kind == Kind::Word(known.keyword()))
            .filter(|_| container.is_none() || !token.spaced)
            .ok_or_else(|| unexpected(token, "the type of a parameter, such as `string`"))?;
        if container.is_some() {
            self.joined_mark('>', "`>`")?;
        }
        Ok(ParameterDeclaration { name, container, value_type })
    }

    fn relation_is_new(&mut self, names: &mut Names, document: &Document, relation: &Name) {
        if !names.relations.insert(relation.text.clone()) {
            let object_type = document.types.last().map_or_else(String::new, |last| last.name.text.clone());
            self.complain(relation, DslProblem::DuplicateRelation { name: relation.text.clone(), object_type });
        }
    }

    fn extension_is_right(&mut self, names: &mut Names, document: &Document, object_type: &TypeDeclaration) {
        let name = &object_type.name;
        if !object_type.extend {
            return;
        }
        match document.header {
            Header::Model { .. } => self.complain(name, DslProblem::ExtendInModel),
            Header::Module { .. } if !names.extended.insert(name.text.clone()) => {
                self.complain(name, DslProblem::ExtendedTwice { name: name.text.clone() });
            }
            Header::Module { .. } => {}
        }
    }

    /// A name in the head of a condition. There only the types of parameters are reserved.
    fn head_name(&mut self, expected: &'static str, spaced: bool) -> Result<Name, DslError> {
        let is_type = |text| matches!(text, "list" | "map") || VALUE_TYPES.iter().any(|known| known.keyword() == text);
        let token = self.take();
        match token.kind {
            Kind::Word(text) if !text.contains(['/', '.']) && !is_type(text) && (token.spaced || !spaced) => {
                Ok(Name { text: text.to_owned(), at: token.at })
            }
            _ => Err(unexpected(token, expected)),
        }
    }
}

/// Names that may stand once.
#[derive(Default)]
struct Names {
    /// Of the last type.
    relations: HashSet<String>,
    conditions: HashSet<String>,
    extended: HashSet<String>,
}

fn line_after(last: Line, document: &Document) -> &'static str {
    match last {
        Line::Type => "`relations`, `type` or `condition`",
        Line::Relations => "`define`",
        Line::Define => "`define`, `type` or `condition`",
        Line::Other if document.conditions.is_empty() => "`type` or `condition`",
        Line::Other => "`condition`",
    }
}

fn is_version(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.').is_some_and(|(major, minor)| digits(major) && digits(minor))
}
