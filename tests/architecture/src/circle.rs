use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
};

/// What imports what, with one import each.
#[derive(Debug, Default)]
pub struct Graph(BTreeMap<String, BTreeMap<String, Import>>);

/// One import: where it stands, and what it names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// The line in the file that imports, from one.
    pub line: usize,
    /// The path as it is written there.
    pub name: String,
}

/// Files each of which imports the next, and the last the first.
#[derive(Debug, PartialEq, Eq)]
pub struct Circle(Vec<(String, Import)>);

impl Graph {
    /// Adds an import; of several the first line is kept.
    pub fn add(&mut self, from: &str, to: &str, import: Import) {
        let known = self.0.entry(from.to_owned()).or_default().entry(to.to_owned()).or_insert_with(|| import.clone());
        if import < *known {
            *known = import;
        }
    }

    /// The first import that leads from one to the other.
    #[must_use]
    pub fn import(&self, from: &str, to: &str) -> Option<&Import> {
        self.0.get(from)?.get(to)
    }

    /// What `from` imports.
    pub fn imports_of(&self, from: &str) -> impl Iterator<Item = (&str, &Import)> {
        self.0.get(from).into_iter().flatten().map(|(to, import)| (to.as_str(), import))
    }

    /// The same imports between groups of files, those inside of a group left out. The place of an import names its file.
    #[must_use]
    pub fn grouped(&self, group: impl Fn(&str) -> String) -> Self {
        let mut grouped = Self::default();
        for (from, to, import) in
            self.0.iter().flat_map(|(from, all)| all.iter().map(move |(to, import)| (from, to, import)))
        {
            let (near, far) = (group(from), group(to));
            if near != far {
                let name = format!("{} in {from}", import.name);
                grouped.add(&near, &far, Import { line: import.line, name });
            }
        }
        grouped
    }

    /// Circles to mend, the shortest first. No two share an import, so each takes a change of its own; when these are mended, longer
    /// ones that shared an import with them may be left.
    #[must_use]
    pub fn circles(&self) -> Vec<Circle> {
        let mut seen = BTreeSet::new();
        let mut circles: Vec<Circle> = self.0.keys().filter_map(|file| self.circle_through(file)).collect();
        circles.sort_by_key(|circle| circle.0.len());
        circles.retain(|circle| {
            let own: Vec<_> = circle.0.iter().map(|(file, import)| (file.clone(), import.clone())).collect();
            let new = own.iter().all(|import| !seen.contains(import));
            if new {
                seen.extend(own);
            }
            new
        });
        circles
    }

    fn circle_through(&self, start: &str) -> Option<Circle> {
        let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
        let mut open = VecDeque::from([start]);
        while let Some(file) = open.pop_front() {
            for (next, _) in self.imports_of(file) {
                if next == start {
                    let mut way = vec![file];
                    while let Some(&before) =
                        way.last().filter(|file| **file != start).and_then(|file| came_from.get(file))
                    {
                        way.push(before);
                    }
                    way.reverse();
                    let nexts = way.iter().skip(1).copied().chain([start]);
                    let steps = way
                        .iter()
                        .zip(nexts)
                        .filter_map(|(from, to)| Some(((*from).to_owned(), self.import(from, to)?.clone())));
                    return Some(Circle(steps.collect()));
                }
                if next != start && !came_from.contains_key(next) {
                    came_from.insert(next, file);
                    open.push_back(next);
                }
            }
        }
        None
    }
}

impl Circle {
    /// Its files, in the order in which they import each other.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(file, _)| file.as_str())
    }
}

impl fmt::Display for Circle {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nexts = self.files().skip(1).chain(self.files().take(1));
        for ((file, import), next) in self.0.iter().zip(nexts) {
            writeln!(out, "  {file}:{line} takes {name} from {next}", line = import.line, name = import.name)?;
        }
        Ok(())
    }
}
