use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use proc_macro2::Span;
use syn::{Attribute, Item, ItemMod, Meta, Token, UseTree, Visibility, punctuated::Punctuated, spanned::Spanned};

/// A crate's files and modules, without what is compiled for tests only.
pub struct Crate {
    /// The files, the crate's root first.
    pub files: Vec<SourceFile>,
    pub(crate) modules: Vec<Module>,
}

/// One file of a crate.
pub struct SourceFile {
    /// The path it was read from.
    pub path: PathBuf,
    /// Its lines, without those of items for tests only.
    pub lines: usize,
    pub(crate) syntax: syn::File,
    pub(crate) module: usize,
}

/// A module: a file, or a part of one in braces.
pub(crate) struct Module {
    pub file: usize,
    pub parent: Option<usize>,
    pub names: BTreeMap<String, Vec<Definition>>,
    pub globs: Vec<Vec<String>>,
}

/// What a name stands for in its module.
#[derive(Clone, Debug)]
pub(crate) enum Definition {
    Item(Kind),
    Module(usize),
    Import(Vec<String>),
}

/// What an item is, as far as paths care.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// Something that may be followed by `::`; the names are an enum's variants.
    Type(Vec<String>),
    Value,
    Macro,
}

/// Why a crate could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A file that a `mod` names is not there.
    #[error("{0}: no such file, or not text")]
    Missing(PathBuf),
    /// A file is not Rust.
    #[error("{path}:{line}: {message}", path = path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Its line, from one.
        line: usize,
        /// What the parser said.
        message: String,
    },
}

impl Crate {
    /// Reads the crate whose root file is `root` with `load`, which gives a file's text.
    ///
    /// # Errors
    /// When a file is missing or is not Rust.
    pub fn read(root: &Path, load: &dyn Fn(&Path) -> Option<String>) -> Result<Self, ReadError> {
        let mut reader = Reader { load, files: Vec::new(), modules: Vec::new() };
        let directory = root.parent().unwrap_or(Path::new("")).to_path_buf();
        reader.file(root, &directory, None)?;
        Ok(Self { files: reader.files, modules: reader.modules })
    }
}

struct Reader<'a> {
    load: &'a dyn Fn(&Path) -> Option<String>,
    files: Vec<SourceFile>,
    modules: Vec<Module>,
}

impl Reader<'_> {
    /// Reads one file as a new module; modules it declares are looked for in `directory`.
    fn file(&mut self, path: &Path, directory: &Path, parent: Option<usize>) -> Result<usize, ReadError> {
        let text = (self.load)(path).ok_or_else(|| ReadError::Missing(path.to_path_buf()))?;
        let syntax = syn::parse_file(&text).map_err(|error| ReadError::Syntax {
            path: path.to_path_buf(),
            line: line(error.span()),
            message: error.to_string(),
        })?;
        let tests: usize = syntax.items.iter().filter(|item| for_tests(attributes(item))).map(lines_of).sum();
        let file = self.files.len();
        let module = self.module(file, parent);
        self.files.push(SourceFile {
            path: path.to_path_buf(),
            lines: text.lines().count().saturating_sub(tests),
            syntax: syntax.clone(),
            module,
        });
        self.items(&syntax.items, file, module, directory)?;
        Ok(module)
    }

    fn module(&mut self, file: usize, parent: Option<usize>) -> usize {
        self.modules.push(Module { file, parent, names: BTreeMap::new(), globs: Vec::new() });
        self.modules.len() - 1
    }

    fn items(&mut self, items: &[Item], file: usize, module: usize, directory: &Path) -> Result<(), ReadError> {
        for item in items.iter().filter(|item| !for_tests(attributes(item))) {
            if let Item::Mod(declared) = item {
                let child = self.declared(declared, file, module, directory)?;
                self.define(module, declared.ident.to_string(), Definition::Module(child));
            } else if let Item::Use(import) = item {
                for (name, path) in leaves(&import.tree) {
                    match name {
                        Some(name) => self.define(module, name, Definition::Import(path)),
                        None => {
                            self.modules.get_mut(module).into_iter().for_each(|scope| scope.globs.push(path.clone()))
                        }
                    }
                }
            } else if let Some((name, kind)) = definition(item) {
                self.define(module, name, Definition::Item(kind));
            }
        }
        Ok(())
    }

    /// Reads a module that `parent`, a module of `file`, declares.
    fn declared(
        &mut self,
        declared: &ItemMod,
        file: usize,
        parent: usize,
        directory: &Path,
    ) -> Result<usize, ReadError> {
        let name = declared.ident.to_string();
        let below = directory.join(&name);
        if let Some((_, items)) = &declared.content {
            let module = self.module(file, Some(parent));
            self.items(items, file, module, &below)?;
            return Ok(module);
        }
        let beside = |given: String| self.files.get(file).map(|file| file.path.with_file_name(given));
        let (path, directory) = match path_attribute(&declared.attrs).and_then(beside) {
            Some(path) => (path.clone(), path.parent().unwrap_or(Path::new("")).to_path_buf()),
            None => {
                let flat = directory.join(format!("{name}.rs"));
                (if (self.load)(&flat).is_some() { flat } else { below.join("mod.rs") }, below)
            }
        };
        self.file(&path, &directory, Some(parent))
    }

    fn define(&mut self, module: usize, name: String, definition: Definition) {
        if let Some(scope) = self.modules.get_mut(module) {
            scope.names.entry(name).or_default().push(definition);
        }
    }
}

/// Whether an item is compiled for tests only.
pub(crate) fn for_tests(attributes: &[Attribute]) -> bool {
    fn means_test(condition: &Meta) -> bool {
        let inner = || match condition {
            Meta::List(list) => {
                list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).unwrap_or_default()
            }
            _ => Punctuated::new(),
        };
        let path = condition.path();
        path.is_ident("test")
            || path.is_ident("all") && inner().iter().any(means_test)
            || path.is_ident("any") && !inner().is_empty() && inner().iter().all(means_test)
    }
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && attribute.parse_args::<Meta>().is_ok_and(|condition| means_test(&condition))
    })
}

/// The attributes of an item.
pub(crate) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// The name an item defines, and what it is.
pub(crate) fn definition(item: &Item) -> Option<(String, Kind)> {
    let no_variants = || Kind::Type(Vec::new());
    let (name, kind) = match item {
        Item::Const(item) => (&item.ident, Kind::Value),
        Item::Enum(item) => {
            (&item.ident, Kind::Type(item.variants.iter().map(|variant| variant.ident.to_string()).collect()))
        }
        Item::Fn(item) => (&item.sig.ident, Kind::Value),
        Item::Macro(item) => (item.ident.as_ref()?, Kind::Macro),
        Item::Static(item) => (&item.ident, Kind::Value),
        Item::Struct(item) => (&item.ident, no_variants()),
        Item::Trait(item) => (&item.ident, no_variants()),
        Item::TraitAlias(item) => (&item.ident, no_variants()),
        Item::Type(item) => (&item.ident, no_variants()),
        Item::Union(item) => (&item.ident, no_variants()),
        _ => return None,
    };
    Some((name.to_string(), kind))
}

/// The names a `use` brings in, each with its whole path; without a name for a glob.
pub(crate) fn leaves(tree: &UseTree) -> Vec<(Option<String>, Vec<String>)> {
    fn walk(tree: &UseTree, before: &[String], found: &mut Vec<(Option<String>, Vec<String>)>) {
        let with = |name: String| [before, &[name]].concat();
        // `use a::{self}` brings in `a`.
        let whole =
            |name: &str| if name == "self" && !before.is_empty() { before.to_vec() } else { with(name.to_owned()) };
        match tree {
            UseTree::Path(path) => walk(&path.tree, &with(path.ident.to_string()), found),
            UseTree::Name(name) => {
                let path = whole(&name.ident.to_string());
                found.push((path.last().cloned(), path));
            }
            UseTree::Rename(name) => found.push((Some(name.rename.to_string()), whole(&name.ident.to_string()))),
            UseTree::Glob(_) => found.push((None, before.to_vec())),
            UseTree::Group(group) => group.items.iter().for_each(|tree| walk(tree, before, found)),
        }
    }
    let mut found = Vec::new();
    walk(tree, &[], &mut found);
    found
}

/// Whether a `use` hands on what it names, to whomever.
pub(crate) fn hands_on(visibility: &Visibility) -> bool {
    match visibility {
        Visibility::Inherited => false,
        Visibility::Restricted(restricted) => !restricted.path.is_ident("self"),
        _ => true,
    }
}

/// A position's line, from one.
pub(crate) fn line(span: Span) -> usize {
    span.start().line
}

fn lines_of(item: &Item) -> usize {
    let span = item.span();
    (span.end().line + 1).saturating_sub(span.start().line)
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.path().is_ident("path"))?;
    let syn::Expr::Lit(value) = &attribute.meta.require_name_value().ok()?.value else { return None };
    let syn::Lit::Str(text) = &value.lit else { return None };
    Some(text.value())
}
