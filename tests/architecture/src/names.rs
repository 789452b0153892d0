use crate::{
    Crate,
    read::{Definition, Kind},
};

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// An item, in the module that defines it.
    Item { module: usize, name: String, place: Place },
    /// A module.
    Module(usize),
}

/// Where an item's name may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Type,
    Value,
    Macro,
}

/// How far a path could be followed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Resolution {
    /// To these places of the crate: several when a name stands for a module and a function.
    Inside(Vec<Target>),
    /// Out of the crate, or to a name that only a function knows.
    Outside,
    /// It begins in this crate and names nothing there.
    Nowhere,
}

impl Crate {
    /// Follows a path as written in `module`, through modules, imports, re-exports and globs, to the file that defines what it names.
    /// Behind a type (a variant, a constant, a function of it) nothing is followed: that is the type's.
    pub(crate) fn resolve(&self, module: usize, path: &[String]) -> Resolution {
        self.follow(module, path, &mut Vec::new())
    }

    fn follow(&self, module: usize, path: &[String], visited: &mut Vec<(usize, String)>) -> Resolution {
        let Some((first, rest)) = path.split_first() else { return Resolution::Inside(vec![Target::Module(module)]) };
        let (mut found, certain) = match first.as_str() {
            "crate" => (vec![Target::Module(0)], true),
            "self" => (vec![Target::Module(module)], true),
            "super" => match self.modules.get(module).and_then(|module| module.parent) {
                Some(parent) => (vec![Target::Module(parent)], true),
                None => return Resolution::Nowhere,
            },
            name => match self.lookup(module, name, visited) {
                Resolution::Inside(found) => (found, false),
                // Not a name of this module: another crate's, the prelude's, a type parameter.
                Resolution::Outside | Resolution::Nowhere => return Resolution::Outside,
            },
        };
        for name in rest {
            let mut next = Vec::new();
            let mut outside = false;
            for target in &found {
                match *target {
                    Target::Item { place: Place::Type, .. } => push(&mut next, target.clone()),
                    Target::Item { .. } => {}
                    Target::Module(module) if name == "super" => {
                        let parent = self.modules.get(module).and_then(|module| module.parent);
                        next.extend(parent.map(Target::Module));
                    }
                    Target::Module(module) if name == "self" => push(&mut next, Target::Module(module)),
                    Target::Module(module) => match self.lookup(module, name, visited) {
                        Resolution::Inside(found) => found.into_iter().for_each(|target| push(&mut next, target)),
                        Resolution::Outside => outside = true,
                        Resolution::Nowhere => {}
                    },
                }
            }
            if next.is_empty() {
                let modules = certain || found.iter().any(|target| matches!(target, Target::Module(_)));
                return if outside || !modules { Resolution::Outside } else { Resolution::Nowhere };
            }
            found = next;
        }
        Resolution::Inside(found)
    }

    /// What `name` stands for in a module.
    fn lookup(&self, module: usize, name: &str, visited: &mut Vec<(usize, String)>) -> Resolution {
        let here = (module, name.to_owned());
        let Some(scope) = self.modules.get(module).filter(|_| !visited.contains(&here)) else {
            return Resolution::Nowhere;
        };
        visited.push(here);
        let mut found = Vec::new();
        let mut outside = false;
        for definition in scope.names.get(name).into_iter().flatten() {
            match definition {
                Definition::Item(kind) => {
                    found.push(Target::Item { module, name: name.to_owned(), place: kind.place() })
                }
                Definition::Module(module) => found.push(Target::Module(*module)),
                Definition::Import(path) => match self.follow(module, path, visited) {
                    Resolution::Inside(targets) => targets.into_iter().for_each(|target| push(&mut found, target)),
                    Resolution::Outside => outside = true,
                    Resolution::Nowhere => {}
                },
            }
        }
        if found.is_empty() && !outside {
            for glob in &scope.globs {
                let targets = match self.follow(module, glob, visited) {
                    Resolution::Inside(targets) => targets,
                    Resolution::Outside => {
                        outside = true;
                        continue;
                    }
                    Resolution::Nowhere => continue,
                };
                for target in targets {
                    match target {
                        Target::Module(below) => match self.lookup(below, name, visited) {
                            Resolution::Inside(targets) => {
                                targets.into_iter().for_each(|target| push(&mut found, target))
                            }
                            Resolution::Outside => outside = true,
                            Resolution::Nowhere => {}
                        },
                        Target::Item { module, name: ref of, .. } if self.has_variant(module, of, name) => {
                            push(&mut found, target)
                        }
                        Target::Item { .. } => {}
                    }
                }
            }
        }
        visited.pop();
        match (found.is_empty(), outside) {
            (false, _) => Resolution::Inside(found),
            (true, true) => Resolution::Outside,
            (true, false) => Resolution::Nowhere,
        }
    }

    /// Whether an item is an enum with a variant of this name.
    fn has_variant(&self, module: usize, item: &str, name: &str) -> bool {
        let definitions = self.modules.get(module).and_then(|module| module.names.get(item));
        definitions.into_iter().flatten().any(|definition| match definition {
            Definition::Item(Kind::Type(variants)) => variants.iter().any(|variant| variant == name),
            _ => false,
        })
    }

    /// The files that define a macro of this name, which may be in scope by its place in the text.
    pub(crate) fn macros(&self, name: &str) -> Vec<usize> {
        let modules = self.modules.iter().filter(|module| {
            let definitions = module.names.get(name).into_iter().flatten();
            definitions.into_iter().any(|definition| matches!(definition, Definition::Item(Kind::Macro)))
        });
        modules.map(|module| module.file).collect()
    }

    /// The module that `name` is inside `module`, if it is one in the same file.
    pub(crate) fn inline(&self, module: usize, name: &str) -> Option<usize> {
        let definitions = self.modules.get(module)?.names.get(name)?;
        definitions.iter().find_map(|definition| match definition {
            Definition::Module(child) => Some(*child),
            _ => None,
        })
    }

    /// The file a module is in.
    pub(crate) fn file_of(&self, module: usize) -> Option<usize> {
        self.modules.get(module).map(|module| module.file)
    }
}

impl Kind {
    fn place(&self) -> Place {
        match self {
            Self::Type(_) => Place::Type,
            Self::Value => Place::Value,
            Self::Macro => Place::Macro,
        }
    }
}

fn push(found: &mut Vec<Target>, target: Target) {
    if !found.contains(&target) {
        found.push(target);
    }
}
