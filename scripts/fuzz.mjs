// `npm run fuzz`: libFuzzer on every target of crates/fga-proofs in turn, an hour in all; `--seconds N` for less, or more, `--target NAME`
// for one. Ends with 1 when an input broke something; the input is then a file below crates/fga-proofs/vectors, which the native tests replay.
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readArguments } from "./lib/arguments.mjs";
import { Problem, done, main, say, seconds as since, step } from "./lib/log.mjs";
import { cache, inRoot } from "./lib/paths.mjs";
import { capture, run } from "./lib/run.mjs";

const targets = ["condition", "language", "model", "tuple", "questions"];
const home = inRoot("crates/fga-proofs");
const targetDirectory = inRoot("target/fuzz");

// What `cargo fuzz` passes, without the sanitizers: all of it is stable, and there is no unsafe code to sanitize.
const instrumentation = [
  "-Cpasses=sancov-module",
  "-Cllvm-args=-sanitizer-coverage-level=4",
  "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
  "-Cllvm-args=-sanitizer-coverage-pc-table",
  "-Cllvm-args=-sanitizer-coverage-trace-compares",
  "-Ccodegen-units=1",
];

await main(async () => {
  const text = { type: "string" };
  const { seconds = "3600", target } = readArguments({ seconds: text, target: text }).values;
  if (!/^[1-9][0-9]{0,5}$/.test(seconds)) throw new Problem(`--seconds ${seconds} is no number of seconds`);
  if (target !== undefined && !targets.includes(target)) throw new Problem(`No target is called ${target}`, `Targets: ${targets.join(", ")}`);
  const chosen = target === undefined ? targets : [target];
  const program = await build();
  const each = Math.max(1, Math.floor(Number(seconds) / chosen.length));
  const broken = [];
  for (const name of chosen) broken.push(...(await fuzz(program, name, each)));
  if (broken.length > 0)
    throw new Problem(`Inputs that broke something:\n${broken.join("\n")}`, "cargo nextest run --workspace -E 'test(vectors)' shows how");
  done(`${chosen.length} targets, ${each} s each: nothing broke`);
});

async function build() {
  const host = capture("rustc", ["-vV"])?.match(/^host: (.+)$/m)?.[1];
  if (!host) throw new Problem("rustc is not on PATH", "Install Rust, for example from https://rustup.rs");
  const start = Date.now();
  // With a target of its own name, build scripts and macros are not instrumented.
  const env = { ...process.env, RUSTFLAGS: instrumentation.join(" "), CARGO_TARGET_DIR: targetDirectory };
  const args = ["build", "--quiet", "--profile", "fuzz", "--target", host, "-p", "deputy-fga-proofs", "--features", "fuzzer", "--bin", "fuzz-fga"];
  await run("cargo", args, { env, what: "the fuzzing program", remedy: "libFuzzer is compiled with it: that takes a C++ compiler (Debian: g++)" });
  step(`fuzzing program, ${since(start)}`);
  return join(targetDirectory, host, "fuzz/fuzz-fga");
}

/** The vectors that broke the target. */
async function fuzz(program, name, limit) {
  const corpus = join(cache, "fuzz", name);
  const found = join(cache, "fuzz", `${name}.found`);
  const vectors = join(home, "vectors", name);
  rmSync(found, { recursive: true, force: true });
  for (const folder of [corpus, found, vectors]) mkdirSync(folder, { recursive: true });
  const dictionary = join(home, `dictionaries/${name}.txt`);
  const args = [
    corpus,
    vectors,
    `-max_total_time=${limit}`,
    "-timeout=10",
    "-rss_limit_mb=2048",
    "-max_len=4096",
    // A store takes some hundred choices; texts begin short.
    ...(name === "questions" ? ["-len_control=0"] : []),
    "-print_final_stats=1",
    "-verbosity=0",
    `-artifact_prefix=${found}/`,
    ...(existsSync(dictionary) ? [`-dict=${dictionary}`] : []),
  ];
  step(`${name}, ${limit} s`);
  const failed = await run(program, args, { env: { ...process.env, FUZZ_TARGET: name }, what: `fuzzing ${name}`, yields: true }).catch(
    (error) => error,
  );
  const inputs = readdirSync(found);
  if (failed && inputs.length === 0) throw failed;
  return inputs.map((input) => {
    copyFileSync(join(found, input), join(vectors, input));
    say(`${name}: ${input}`);
    return `crates/fga-proofs/vectors/${name}/${input}`;
  });
}
