// The compiler of the Worker: any stable rustc (1.91 or later) that has its standard-library source,
// because the panic-unwind build makes the standard library anew; and a linker for WebAssembly.
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { aptInstall } from "./apt.mjs";
import { Problem, done, step, warn } from "./log.mjs";
import { inRoot, root, workerTarget } from "./paths.mjs";
import { capture, run, which, whichAll } from "./run.mjs";

const minimumMinor = 91;

/** The compiler and linker for the Worker; installs what is missing. */
export async function ensureToolchain() {
  ensureNativeTools();
  await ensureCCompiler();
  const compiler = await ensureCompiler();
  const linker = await ensureLinker(compiler);
  done(`rustc ${compiler.version} (${compiler.kind}) with its library source, linker ${linker}`);
  return { compiler, linker };
}

/** What is there now, without installing anything. */
export function findToolchain() {
  const compiler = compilers().find((found) => found.hasSource);
  return { compiler, linker: compiler && findLinker(compiler) };
}

/** The environment in which the Worker is compiled: any stable compiler may build the standard library with it. */
export function workerBuildEnv({ compiler, linker }) {
  // A panic names the file it happened in: as seen from the project, not from this machine.
  const shortPaths = [
    `--remap-path-prefix=${root}=.`,
    `--remap-path-prefix=${process.env.CARGO_HOME ?? join(process.env.HOME ?? "", ".cargo")}=cargo`,
    `--remap-path-prefix=${join(compiler.sysroot, "lib/rustlib/src/rust")}=rust`,
  ];
  const env = {
    ...process.env,
    RUSTC: compiler.rustc,
    RUSTC_BOOTSTRAP: "1",
    CARGO_TARGET_DIR: workerTarget,
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: linker,
    RUSTFLAGS: [process.env.RUSTFLAGS, "-Cpanic=unwind", ...shortPaths].filter(Boolean).join(" "),
    // Its macros then take futures from js-sys, as worker-build has them do.
    WASM_BINDGEN_USE_JS_SYS: "1",
  };
  // A compiler chosen elsewhere would win over the one found here.
  for (const name of ["CARGO", "RUSTUP_TOOLCHAIN", "CARGO_ENCODED_RUSTFLAGS"]) delete env[name];
  return env;
}

function ensureNativeTools() {
  const version = which("cargo") && capture("cargo", ["--version"]);
  const minor = Number(/^cargo 1\.(\d+)/.exec(version ?? "")?.[1] ?? 0);
  if (minor >= minimumMinor) return;
  const what = version
    ? `${version} is too old: Deputy needs Rust 1.${minimumMinor} or later`
    : "No Rust toolchain: there is no working cargo on PATH";
  throw new Problem(what, "Install Rust with rustup (see the Rust project's web site), or update it: rustup update stable");
}

async function ensureCCompiler() {
  if (which("cc")) return;
  await aptInstall(["gcc", "libc6-dev"], "A C compiler as linker for native programs");
}

async function ensureCompiler() {
  const found = compilers();
  const ready = found.find((compiler) => compiler.hasSource);
  if (ready) return ready;
  // DEPUTY_RUST_SOURCE=debian: never download from rustup's server, where only package registries may be reached.
  const byRustup = found.find((compiler) => compiler.kind === "rustup");
  if (byRustup && process.env.DEPUTY_RUST_SOURCE !== "debian") {
    step("rustup component add rust-src (the standard library's source, for the panic-unwind build)");
    await run("rustup", ["component", "add", "rust-src"]).catch((error) => warn(`${error.message}; trying the system's packages`));
    const now = compilers().find((compiler) => compiler.hasSource);
    if (now) return now;
  }
  const why = "A Rust compiler with its standard-library source";
  const packages = ["rustc-web", "cargo-web", "rust-web-src"];
  if (!which("apt-get")) {
    throw new Problem(`${why}: not found`, "Run: rustup component add rust-src");
  }
  await aptInstall(packages, why);
  const installed = compilers().find((compiler) => compiler.hasSource);
  if (!installed) throw new Problem(`${why}: still not found after installing ${packages.join(", ")}`, "Run: rustup component add rust-src");
  return installed;
}

async function ensureLinker(compiler) {
  const found = findLinker(compiler);
  if (found) return found;
  await aptInstall([`lld-${compiler.llvm}`], "A linker for WebAssembly");
  const installed = findLinker(compiler);
  if (!installed)
    throw new Problem("A linker for WebAssembly: not found", `Install wasm-ld of LLVM ${compiler.llvm} or later, or rustup (it brings rust-lld)`);
  return installed;
}

/** All usable compilers: rustup's active one first, then those on PATH that are no rustup proxies. */
function compilers() {
  const paths = [];
  const byRustup = which("rustup") && capture("rustup", ["which", "rustc"]);
  if (byRustup) paths.push(byRustup);
  const directories = [process.env.PATH, "/usr/bin", "/usr/local/bin"].join(delimiter);
  for (const path of whichAll("rustc", directories)) {
    if (!path.startsWith(inRoot("scripts")) && !/rustup(-init)?$/.test(realpathSync(path)) && !isProxy(path)) paths.push(path);
  }
  const described = [...new Set(paths)].map((rustc) => describe(rustc, rustc === byRustup ? "rustup" : "system"));
  return described.filter((compiler) => compiler !== undefined);
}

/** rustup's proxies are hard links beside `rustup`. */
const isProxy = (path) => existsSync(join(dirname(path), "rustup"));

function describe(rustc, kind) {
  const verbose = capture(rustc, ["-vV"]);
  const sysroot = capture(rustc, ["--print", "sysroot"]);
  const cargo = join(dirname(rustc), "cargo");
  if (!verbose || !sysroot || !existsSync(cargo)) return undefined;
  const field = (name) => new RegExp(`^${name}: (.*)$`, "m").exec(verbose)?.[1] ?? "";
  const version = field("release");
  if (Number(version.split(".")[1] ?? 0) < minimumMinor) return undefined;
  return {
    rustc,
    cargo,
    kind,
    version,
    commit: field("commit-hash"),
    llvm: Number.parseInt(field("LLVM version"), 10),
    host: field("host"),
    sysroot,
    hasSource: existsSync(join(sysroot, "lib/rustlib/src/rust/library/std/Cargo.toml")),
  };
}

/** The compiler's own rust-lld, another rustup toolchain's, or wasm-ld: of the compiler's LLVM or newer. */
function findLinker(compiler) {
  const own = join(compiler.sysroot, "lib/rustlib", compiler.host, "bin/rust-lld");
  if (existsSync(own)) return own;
  const rustupHome = process.env.RUSTUP_HOME ?? join(process.env.HOME ?? "", ".rustup");
  const toolchains = join(rustupHome, "toolchains");
  const candidates = (existsSync(toolchains) ? readdirSync(toolchains) : [])
    .map((name) => join(toolchains, name, "lib/rustlib", compiler.host, "bin/rust-lld"))
    .concat(`/usr/lib/llvm-${compiler.llvm}/bin/wasm-ld`, whichAll(`wasm-ld-${compiler.llvm}`), whichAll("wasm-ld"))
    .filter((path) => existsSync(path));
  return candidates.find((path) => {
    const flavor = path.endsWith("rust-lld") ? ["-flavor", "wasm"] : [];
    const version = capture(path, [...flavor, "--version"]);
    return Number(/LLD (\d+)/.exec(version ?? "")?.[1] ?? 0) >= compiler.llvm;
  });
}
