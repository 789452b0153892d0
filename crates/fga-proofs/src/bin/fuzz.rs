//! libFuzzer on one target: `FUZZ_TARGET=condition fuzz-fga FOLDER`. `npm run fuzz` builds and runs it.
#![no_main]

use std::sync::LazyLock;

use deputy_fga_proofs::Target;
use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<Option<Target>> =
    LazyLock::new(|| std::env::var("FUZZ_TARGET").ok().and_then(|name| name.parse().ok()));

fuzz_target!(|bytes: &[u8]| {
    match *TARGET {
        Some(target) => target.run(bytes),
        None => std::process::exit(2),
    }
});
