// `npm run fga:differential`: our evaluator and OpenFGA's own engine answer the same random questions (10,000; `--questions N`, from
// `--seed N` on), and the engine runs our store files. Ends with 1 when an answer differs.
import { readArguments } from "./lib/arguments.mjs";
import { Problem, done, main, step } from "./lib/log.mjs";
import { inRoot } from "./lib/paths.mjs";
import { run } from "./lib/run.mjs";
import { fgaCommand } from "./fga/command.mjs";

const storeFiles = ["crates/fga/*.fga.yaml", "crates/fga/tests/stores/*.fga.yaml", "examples/hr/*.fga.yaml"];

await main(async () => {
  const {
    questions = "10000",
    seed = "1",
    verbose,
  } = readArguments({
    questions: { type: "string" },
    seed: { type: "string" },
    verbose: { type: "boolean" },
  }).values;
  for (const [name, value] of Object.entries({ questions, seed })) {
    if (!/^[1-9][0-9]{0,8}$/.test(value)) throw new Problem(`--${name} ${value} is no number above 0`);
  }
  const fga = await fgaCommand();
  for (const files of storeFiles) {
    step(`the engine runs ${files}`);
    await run(fga, ["model", "test", "--tests", inRoot(files)], { what: `fga model test ${files}` });
  }
  step(`${questions} random questions`);
  const env = { ...process.env, DEPUTY_FGA_CLI: fga, DEPUTY_FGA_QUESTIONS: questions, DEPUTY_FGA_SEED: seed };
  if (verbose) env.DEPUTY_FGA_VERBOSE = "1";
  await run("cargo", ["test", "--quiet", "--workspace", "--test", "differential", "--", "--nocapture"], { env, what: "the differential run" });
  done(`${questions} questions, 0 differences`);
});
