//! Which file of a crate imports which.
//!
//! A file imports another when it names something that the other defines: in a `use` of its own, or by a path in its code, its
//! attributes (`#[serde(with = "…")]`) or the input of a macro. Re-exports are followed to the file that defines the item, so
//! whoever takes `Item` from a module that says `pub use child::Item` imports `child`.
//!
//! No import is: `mod child;`, a re-export (`pub use`, `pub(crate) use`), the name of a module alone, and what is compiled for tests
//! only. Methods cannot be followed without knowing types; who calls one has the value from somewhere, and that is an import.

use std::collections::{BTreeMap, BTreeSet};

use syn::{
    Attribute, Block, Expr, ExprCall, ExprClosure, ExprPath, Field, FieldValue, ImplItem, ImplItemFn, Item, ItemFn,
    ItemMod, ItemUse, Local, Macro, Meta, PatIdent, Path, Stmt, TraitItem, TraitItemFn, Variant, visit, visit::Visit,
};

use crate::{
    Crate, Graph, Import,
    names::{Place, Resolution, Target},
    read::{attributes, definition, for_tests, hands_on, leaves, line},
    tokens,
};

/// A path that begins in the crate and names nothing the reader of this crate knows.
#[derive(Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// The file.
    pub file: String,
    /// Its line, from one.
    pub line: usize,
    /// The path as written.
    pub path: String,
}

/// The imports between the files of a crate, and the paths that could not be followed (there should be none).
#[must_use]
pub fn imports(source: &Crate) -> (Graph, Vec<Unresolved>) {
    let mut graph = Graph::default();
    let mut unresolved = Vec::new();
    for (file, read) in source.files.iter().enumerate() {
        let mut reader = Reader {
            source,
            file,
            module: read.module,
            blocks: Vec::new(),
            bound: Vec::new(),
            graph: &mut graph,
            unresolved: &mut unresolved,
        };
        reader.visit_file(&read.syntax);
    }
    (graph, unresolved)
}

struct Reader<'a> {
    source: &'a Crate,
    file: usize,
    module: usize,
    /// What functions import or define inside, innermost last.
    blocks: Vec<BTreeMap<String, Inside>>,
    /// The variables of the functions around this place.
    bound: Vec<BTreeSet<String>>,
    graph: &'a mut Graph,
    unresolved: &'a mut Vec<Unresolved>,
}

enum Inside {
    Import(Vec<String>),
    Defined,
}

impl Reader<'_> {
    fn name_of(&self, file: usize) -> String {
        self.source.files.get(file).map(|file| file.path.display().to_string()).unwrap_or_default()
    }

    fn add(&mut self, target: usize, line: usize, path: &[String]) {
        if target != self.file {
            let import = Import { line, name: path.join("::") };
            self.graph.add(&self.name_of(self.file), &self.name_of(target), import);
        }
    }

    /// The path as it reads outside of all functions, or nothing if it begins with something a function defines.
    fn outside_of_blocks(&self, path: &[String]) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        match self.blocks.iter().rev().find_map(|block| block.get(first)) {
            None => Some(path.to_vec()),
            Some(Inside::Defined) => None,
            // Inside itself it would be followed for ever: `use a::b; … b::c` reads `a::b::c`.
            Some(Inside::Import(import)) => Some([import, rest].concat()),
        }
    }

    /// An import by a path; `certain` where it cannot be a variable or a name from elsewhere.
    fn path(&mut self, path: &[String], line: usize, macros: bool, certain: bool) {
        let Some(path) = self.outside_of_blocks(path) else { return };
        match self.source.resolve(self.module, &path) {
            Resolution::Inside(targets) => {
                for target in targets {
                    let Target::Item { module, place, .. } = target else { continue };
                    if (place == Place::Macro) == macros
                        && let Some(file) = self.source.file_of(module)
                    {
                        self.add(file, line, &path);
                    }
                }
            }
            Resolution::Nowhere if certain => {
                let file = self.name_of(self.file);
                self.unresolved.push(Unresolved { file, line, path: path.join("::") });
            }
            Resolution::Outside if macros && path.len() == 1 => {
                // By its place in the text: at most one macro of a name is meant to be in a crate.
                for file in path.first().map(|name| self.source.macros(name)).unwrap_or_default() {
                    self.add(file, line, &path);
                }
            }
            Resolution::Outside | Resolution::Nowhere => {}
        }
    }

    fn is_bound(&self, name: &str) -> bool {
        self.bound.iter().any(|names| names.contains(name))
    }

    /// Visits a function with its variables known.
    fn with_variables(&mut self, collect: impl FnOnce(&mut Variables), visit: impl FnOnce(&mut Self)) {
        let mut variables = Variables(BTreeSet::new());
        collect(&mut variables);
        self.bound.push(variables.0);
        visit(self);
        self.bound.pop();
    }

    /// Paths in text that is not parsed as Rust: the input of a macro or an attribute.
    fn loose(&mut self, stream: proc_macro2::TokenStream) {
        for found in tokens::paths(stream) {
            if found.path.len() > 1
                || found.called
                || found.bang
                || found.path.first().is_some_and(|name| starts_upper(name))
            {
                self.path(&found.path, found.line, found.bang, false);
            }
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes = match item {
            ImplItem::Const(item) => &item.attrs,
            ImplItem::Fn(item) => &item.attrs,
            ImplItem::Type(item) => &item.attrs,
            ImplItem::Macro(item) => &item.attrs,
            _ => return,
        };
        if !for_tests(attributes) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_trait_item(&mut self, item: &'ast TraitItem) {
        let attributes = match item {
            TraitItem::Const(item) => &item.attrs,
            TraitItem::Fn(item) => &item.attrs,
            TraitItem::Type(item) => &item.attrs,
            TraitItem::Macro(item) => &item.attrs,
            _ => return,
        };
        if !for_tests(attributes) {
            visit::visit_trait_item(self, item);
        }
    }

    fn visit_field(&mut self, field: &'ast Field) {
        if !for_tests(&field.attrs) {
            visit::visit_field(self, field);
        }
    }

    fn visit_field_value(&mut self, field: &'ast FieldValue) {
        if !for_tests(&field.attrs) {
            visit::visit_field_value(self, field);
        }
    }

    fn visit_variant(&mut self, variant: &'ast Variant) {
        if !for_tests(&variant.attrs) {
            visit::visit_variant(self, variant);
        }
    }

    fn visit_local(&mut self, local: &'ast Local) {
        if !for_tests(&local.attrs) {
            visit::visit_local(self, local);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if item.content.is_some()
            && let Some(module) = self.source.inline(self.module, &item.ident.to_string())
        {
            let outer = std::mem::replace(&mut self.module, module);
            visit::visit_item_mod(self, item);
            self.module = outer;
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if hands_on(&item.vis) {
            return;
        }
        for (name, path) in leaves(&item.tree) {
            let certain = item.leading_colon.is_none();
            // A name that is a macro and something else imports both.
            self.path(&path, line(item.use_token.span), false, certain);
            self.path(&path, line(item.use_token.span), true, false);
            // A glob imports what is named of it, which shows where it is named; of an enum, the enum.
            let _ = name;
        }
    }

    fn visit_block(&mut self, block: &'ast Block) {
        let mut inside = BTreeMap::new();
        for statement in &block.stmts {
            match statement {
                Stmt::Item(Item::Use(item)) => {
                    let named =
                        leaves(&item.tree).into_iter().filter_map(|(name, path)| Some((name?, Inside::Import(path))));
                    inside.extend(named);
                }
                Stmt::Item(item) => inside.extend(definition(item).map(|(name, _)| (name, Inside::Defined))),
                _ => {}
            }
        }
        // The imports themselves are read outside of the block they are for.
        for statement in &block.stmts {
            if let Stmt::Item(item @ Item::Use(_)) = statement {
                self.visit_item(item);
            }
        }
        self.blocks.push(inside);
        for statement in &block.stmts {
            if !matches!(statement, Stmt::Item(Item::Use(_))) {
                self.visit_stmt(statement);
            }
        }
        self.blocks.pop();
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.with_variables(|variables| variables.visit_item_fn(item), |reader| visit::visit_item_fn(reader, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.with_variables(
            |variables| variables.visit_impl_item_fn(item),
            |reader| visit::visit_impl_item_fn(reader, item),
        );
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        self.with_variables(
            |variables| variables.visit_trait_item_fn(item),
            |reader| visit::visit_trait_item_fn(reader, item),
        );
    }

    fn visit_expr_closure(&mut self, closure: &'ast ExprClosure) {
        self.with_variables(
            |variables| variables.visit_expr_closure(closure),
            |reader| visit::visit_expr_closure(reader, closure),
        );
    }

    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        let variable =
            path.qself.is_none() && path.path.get_ident().is_some_and(|name| self.is_bound(&name.to_string()));
        if !variable {
            visit::visit_expr_path(self, path);
        }
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        // `limits(…)` is the function, also where a variable is called `limits`.
        match &*call.func {
            Expr::Path(path) if path.qself.is_none() => self.visit_path(&path.path),
            function => self.visit_expr(function),
        }
        call.args.iter().for_each(|argument| self.visit_expr(argument));
    }

    fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
        // A constant or a unit struct; a variable otherwise.
        let name = pattern.ident.to_string();
        if starts_upper(&name) {
            self.path(&[name], line(pattern.ident.span()), false, false);
        }
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_path(&mut self, path: &'ast Path) {
        if path.leading_colon.is_none() {
            let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            let line = path.segments.first().map(|segment| line(segment.ident.span())).unwrap_or_default();
            self.path(&names, line, false, true);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        let names: Vec<String> = call.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let line = call.path.segments.first().map(|segment| line(segment.ident.span())).unwrap_or_default();
        self.path(&names, line, true, false);
        self.loose(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let Meta::List(list) = &attribute.meta else { return };
        if attribute.path().is_ident("derive") || attribute.path().is_ident("cfg") {
            return;
        }
        self.loose(list.tokens.clone());
        for (path, line) in tokens::paths_in_text(list.tokens.clone()) {
            self.path(&path, line, false, false);
            // `with = "module"` calls the functions of that module.
            if let Resolution::Inside(targets) = self.source.resolve(self.module, &path) {
                for target in targets {
                    if let Target::Module(module) = target
                        && let Some(file) = self.source.file_of(module)
                    {
                        self.add(file, line, &path);
                    }
                }
            }
        }
    }
}

/// The variables that a function binds, its closures' and its inner functions' included.
struct Variables(BTreeSet<String>);

impl<'ast> Visit<'ast> for Variables {
    fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
        self.0.insert(pattern.ident.to_string());
        visit::visit_pat_ident(self, pattern);
    }
}

fn starts_upper(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}
