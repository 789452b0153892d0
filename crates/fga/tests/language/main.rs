//! OpenFGA's language of models: own cases, the cases of OpenFGA where they are at hand, random texts.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "all of it is test code")]

mod cases;
mod random;
mod upstream;

use std::path::{Path, PathBuf};

use deputy_fga::dsl::{DslErrors, parse};
use deputy_fga::model::AuthorizationModel;

/// The model of a text.
fn model(text: &str) -> Result<AuthorizationModel, DslErrors> {
    parse(text).map(|document| document.to_model())
}

/// A folder of OpenFGA's test data, which is kept beside the repository. `None`, said aloud, where it is not.
fn shared(folder: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("DEPUTY_SHARED").map_or_else(beside, PathBuf::from);
    let path = shared.join("data/openfga").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("left out: no test data of OpenFGA at {} (set DEPUTY_SHARED)", path.display());
    None
}
