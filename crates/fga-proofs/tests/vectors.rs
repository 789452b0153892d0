//! Every input that is kept for a fuzzing target, replayed: those that once broke something, and those that a fuzzer starts from.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "all of it is test code")]

use std::path::Path;

use deputy_fga_proofs::Target;
use deputy_fga_proofs::random::bytes_of;
use strum::IntoEnumIterator;

#[test]
fn kept_vectors_break_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    for target in Target::iter() {
        let name: &str = target.into();
        let Ok(entries) = std::fs::read_dir(folder.join(name)) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            println!("{}", path.display());
            target.run(&std::fs::read(path).unwrap());
        }
    }
    for name in std::fs::read_dir(folder).unwrap() {
        let name = name.unwrap().file_name().into_string().unwrap();
        assert!(name.parse::<Target>().is_ok(), "vectors of no target: {name}");
    }
}

#[test]
fn random_stores_break_nothing() {
    for seed in 1..400 {
        println!("seed {seed}");
        Target::Questions.run(&bytes_of(seed));
    }
}
