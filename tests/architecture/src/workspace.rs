use std::path::{Path, PathBuf};

use cargo_metadata::{MetadataCommand, TargetKind};

use crate::{Crate, ReadError};

/// The crates of the workspace, as Cargo knows them.
#[derive(Debug)]
pub struct Workspace {
    /// Its directory.
    pub root: PathBuf,
    /// Its crates.
    pub members: Vec<Member>,
}

/// One crate of the workspace.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name in `Cargo.toml`.
    pub name: String,
    /// Whether it is made of macros that run in the compiler.
    pub proc_macro: bool,
    /// The root files of its library and programs.
    pub roots: Vec<PathBuf>,
    /// What it depends on, outside of tests.
    pub dependencies: Vec<String>,
    /// What only its tests depend on.
    pub test_dependencies: Vec<String>,
}

/// Why the workspace could not be read.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// Cargo did not answer.
    #[error("cargo metadata: {0}")]
    Metadata(#[from] cargo_metadata::Error),
}

impl Workspace {
    /// Asks Cargo about the workspace of this crate.
    ///
    /// # Errors
    /// When Cargo does not answer.
    pub fn read() -> Result<Self, WorkspaceError> {
        let metadata = MetadataCommand::new().current_dir(env!("CARGO_MANIFEST_DIR")).no_deps().exec()?;
        let root = metadata.workspace_root.clone().into_std_path_buf();
        let members = metadata.packages.into_iter().map(|package| {
            let is = |kind: &TargetKind| {
                matches!(
                    kind,
                    TargetKind::Lib | TargetKind::CDyLib | TargetKind::RLib | TargetKind::Bin | TargetKind::ProcMacro
                )
            };
            let own: Vec<_> = package.targets.iter().filter(|target| target.kind.iter().any(is)).collect();
            let named = |tests: bool| {
                let dependencies = package.dependencies.iter().filter(move |dependency| {
                    (dependency.kind == cargo_metadata::DependencyKind::Development) == tests
                });
                dependencies.map(|dependency| dependency.name.clone()).collect()
            };
            Member {
                proc_macro: own.iter().any(|target| target.kind.contains(&TargetKind::ProcMacro)),
                roots: own.iter().map(|target| target.src_path.clone().into_std_path_buf()).collect(),
                dependencies: named(false),
                test_dependencies: named(true),
                name: package.name.to_string(),
            }
        });
        Ok(Self { root, members: members.collect() })
    }

    /// Reads the crates that a member has: its library and its programs. Paths are shown from the workspace on.
    ///
    /// # Errors
    /// When a file is missing or is not Rust.
    pub fn crates(&self, member: &Member) -> Result<Vec<Crate>, ReadError> {
        let load = |path: &Path| std::fs::read_to_string(self.root.join(path)).ok();
        member.roots.iter().map(|root| Crate::read(root.strip_prefix(&self.root).unwrap_or(root), &load)).collect()
    }
}
