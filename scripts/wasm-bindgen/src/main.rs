//! The command `wasm-bindgen` as far as the Worker's build needs it: the library that does the work, without the rest of wasm-bindgen-cli (a
//! test runner with its web server and web client), which is most of what would have to be compiled. Options that are not needed are refused.

use std::collections::HashMap;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut bindgen = Bindgen::new();
    let mut out_dir = None;
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--version" => {
                println!("wasm-bindgen {}", env!("CARGO_PKG_VERSION"));
                return Ok(());
            }
            "--out-dir" => out_dir = Some(PathBuf::from(value()?)),
            "--out-name" => {
                bindgen.out_name(&value()?);
            }
            "--target" => match value()?.as_str() {
                "module" => {
                    bindgen.module(true)?;
                }
                other => bail!("--target {other} is not made here"),
            },
            "--no-typescript" => {
                bindgen.typescript(false);
            }
            "--experimental-reset-state-function" => {
                bindgen.reset_state_function(true);
            }
            "--force-enable-abort-handler" => {
                bindgen.force_enable_abort_handler(true);
            }
            option if option.starts_with('-') => bail!("{option}: not known here; install wasm-bindgen-cli"),
            input => {
                bindgen.input_path(input);
            }
        }
    }
    let mut output = bindgen.demangle(false).generate_output()?;
    name_functions(output.wasm_mut().funcs.iter_mut().filter_map(|function| function.name.as_mut()));
    output.emit(out_dir.context("--out-dir is missing")?)
}

/// Functions are named in a stack trace as their source calls them, without the hash of each crate on the way. A name that is there already gets
/// a number, because wasm-opt tells functions apart by them.
fn name_functions<'a>(names: impl Iterator<Item = &'a mut String>) {
    let mut met: HashMap<String, u32> = HashMap::new();
    for name in names {
        let readable = format!("{:#}", rustc_demangle::demangle(name));
        let count = met.entry(readable.clone()).and_modify(|count| *count += 1).or_insert(0);
        *name = if *count == 0 { readable } else { format!("{readable}[{count}]") };
    }
}
