//! What worker-build calls as `wasm-bindgen`: the library that does the work, without the rest of wasm-bindgen-cli (a test runner with
//! its web server and web client), which is most of what would have to be compiled. Options that worker-build does not give are refused.

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
                "bundler" => {
                    bindgen.bundler(true)?;
                }
                "module" => {
                    bindgen.module(true)?;
                }
                other => bail!("--target {other} is not made here"),
            },
            "--typescript" => {
                bindgen.typescript(true);
            }
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
    bindgen.demangle(true);
    bindgen.generate(out_dir.context("--out-dir is missing")?)
}
