// `npm run tenant -- plan | apply | doctor | destroy [PART…]`: the Auth0 tenant as tenant/tenant.json describes it. `plan` prints what
// differs and changes nothing; `apply` asks (`--yes` answers), makes it so and can be run again at any time; `doctor` looks whether the
// tenant does what Deputy asks of it; `destroy` removes what `apply` made. `--vars FILE` reads and writes other settings than `.dev.vars`.
import { createInterface } from "node:readline/promises";
import { flag, readArguments } from "./lib/arguments.mjs";
import { doctorOfTenant } from "./lib/doctor/tenant-part.mjs";
import { Report } from "./lib/doctor/report.mjs";
import { Problem, done, main, say } from "./lib/log.mjs";
import { localSettings, ownFile, readOwn, readPorts } from "./lib/settings.mjs";
import { carryOut, orphans, removable, remove } from "./tenant/carry-out.mjs";
import { describe } from "./tenant/description.mjs";
import { openTenant } from "./tenant/open.mjs";
import { linesOf, open } from "./tenant/plan.mjs";

const commands = { plan, apply, doctor, destroy };

await main(async () => {
  const { values, positionals } = readArguments({ vars: { type: "string" }, yes: flag });
  const [command, ...parts] = positionals;
  if (!(command in commands))
    throw new Problem(`There is no command ${command ?? "given"}`, `npm run tenant -- ${Object.keys(commands).join(" | ")}`);
  return await commands[command]({ command, parts, file: ownFile(values.vars), yes: values.yes });
});

async function plan(options) {
  const { description, items } = await openTenant(options);
  print(items);
  hints(description);
}

async function apply(options) {
  const { description, context, items } = await openTenant(options);
  print(items);
  if (open(items).length === 0) return;
  await agreed(options, "Make it so?");
  await carryOut(items, context);
  hints(description);
}

async function destroy(options) {
  const { context, items } = await openTenant(options);
  const gone = removable(items);
  for (const { kind, name } of gone) say(`- ${kind} ${name}`);
  const left = orphans(items, context);
  if (left.length > 0 && gone.some(({ remembers }) => remembers))
    throw new Problem(
      `The application Deputy remembers what else was made: ${left.join(", ")}`,
      "Destroy those parts first, or all of them (npm run tenant -- destroy), with the audiences and names in the settings with which they were made",
    );
  if (gone.length === 0) return done("Nothing to remove: nothing here was made by this command");
  await agreed(options, "Remove it? Tokens and log-ins of these applications end.");
  await remove(items, context);
}

async function doctor({ file, parts }) {
  const own = readOwn(file);
  const ports = readPorts(own);
  const local = localSettings(ports, own);
  // Parts that there are not are a mistake, whether the tenant can be compared or not.
  describe(local.settings, parts);
  const report = new Report(local.settings);
  await doctorOfTenant(report, { ...local, ports, file, parts });
  say(report.wrong === 0 ? "\nNothing to repair" : `\n${report.wrong} to look at`);
  return report.wrong === 0 ? 0 : 1;
}

function print(items) {
  const lines = linesOf(items);
  for (const line of lines) say(line);
  if (open(items).length === 0) done("Nothing to change: the tenant is as described");
}

/** What no program can do. */
function hints({ hints }) {
  if (hints.length > 0) say("\nBy hand:");
  for (const { why, text } of hints) say(`  ${text}${why.length > 0 ? `  (${why.join(", ")})` : ""}`);
}

async function agreed({ yes }, question) {
  if (yes) return;
  if (!process.stdin.isTTY) throw new Problem("Nobody is there to be asked", "Give --yes to go on without being asked");
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await lines.question(`${question} [y/N] `);
  lines.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new Problem("Nothing was changed", "Answer y, or give --yes");
}
