// The trial itself, in a Node that reads TypeScript: the offline world, a real Worker, a real browser, and the real model.
import { rmSync } from "node:fs";
import { ProcessGroup } from "../../tests/harness/process-group.ts";
import { launchBrowser, startDeputy } from "../../tests/harness/index.ts";
import { effects, pushes } from "../../tests/socket/support/approvals.ts";
import { seen } from "../../tests/socket/support/world.ts";
import { Visitor } from "../../tests/browser/support/visitor.ts";
import { done, main, say, seconds, step } from "../lib/log.mjs";
import { freePort } from "../lib/ports.mjs";
import { faultsOf, sentences, tools, zone } from "./sentences.mjs";
import { serverArguments, workInWords, workOf } from "./server.mjs";
import { callInWords, calls, lastAnswer } from "./transcript.mjs";
import { say as saySentence } from "./user.mjs";

/** Tokens of a conversation: the prompt with a handful of tools is a quarter of it. */
const context = 8192;
/** Loading a gigabyte from a slow disk, ms. */
const loading = 300_000;

/** What `try-model.mjs` found out: the parts of the installation and the options. */
const { model, installed, threads, limit, times, only, profile, keep } = JSON.parse(process.argv[2]);

let stage;
let verdict = 1;
// Before the harness's own, which would end with 1.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.prependListener(signal, () => process.exit(verdict));
process.on("exit", () => stage && rmSync(stage.deputy.worker.persistDir, { recursive: true, force: true, maxRetries: 3 }));

await main(async () => {
  stage = await setStage();
  verdict = (await all()) ? 0 : 1;
  if (keep) await untilStopped();
  await stage.browser.close();
  await stage.deputy.stop();
  await stage.server.kill();
  return verdict;
});

async function setStage() {
  const port = await freePort();
  const args = serverArguments({ model, weights: installed.weights, template: installed.template, port, threads, context });
  step(`Starting ${model.name} (llama.cpp's server, ${threads} thread${threads === 1 ? "" : "s"})`);
  const server = ProcessGroup.program("llama.cpp", installed.python, args);
  await server.until(() => server.lines.some((line) => line.startsWith("ready")), loading);
  step("Starting the offline world, the Worker and a browser");
  const [deputy, browser] = await Promise.all([startDeputy({ vars: settings(port) }), launchBrowser()]);
  await deputy.offline.control("PATCH", "/policies", { polling_interval: 1, approvals_per_minute: 1000 });
  const visitor = await Visitor.open(browser, deputy.url, { timezoneId: zone });
  const ana = await deputy.offline.user("ana");
  const tab = await visitor.tab("/");
  await visitor.logIn(tab, ana);
  return { server, deputy, browser, visitor, tab, ana };
}

/** The offline world's settings with this model in place of the scripted one: no key, a small set of tools. */
function settings(port) {
  return {
    OPENAI_API_KEY: "",
    OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`,
    MODEL: model.name,
    MODEL_PROFILE: profile,
    MODEL_TIMEOUT_SECONDS: String(limit),
    TOOLS: tools.join(","),
    LIMIT_APPROVALS_PER_HOUR: "1000",
  };
}

/** True when all sentences ended well. */
async function all() {
  const chosen = sentences.filter(({ name }) => only === undefined || name === only);
  const rows = [];
  for (const sentence of chosen) {
    let well = 0;
    for (let time = 1; time <= times; time += 1) if (await tryOne(sentence, times > 1 ? ` (${time} of ${times})` : "")) well += 1;
    rows.push({ sentence, well });
  }
  say();
  for (const { sentence, well } of rows) {
    const mark = well === times ? "✓" : "✗";
    say(`${mark} ${sentence.name.padEnd(10)} ${well} of ${times} ended well`);
  }
  return rows.every(({ well }) => well === times);
}

async function tryOne(sentence, which) {
  const { server, tab, visitor } = stage;
  say(`\n── ${sentence.name}${which}: ${sentence.text}`);
  const began = new Date();
  const from = server.lines.length;
  const played = await saySentence(visitor, tab, sentence, limit * 1000).catch((error) => ({ saw: [], alerts: [], broke: error.message }));
  const took = seconds(began.getTime());
  const record = await recordOf(played, began);
  for (const call of calls(record.messages)) say(`   called   ${callInWords(call)}`);
  for (const one of record.saw) say(`   user     ${one}`);
  for (const alert of record.alerts) say(`   alert    ${alert.replace(/\s+/g, " ")}`);
  say(`   model    ${lastAnswer(record.messages).replaceAll("\n", "\n            ") || "(nothing)"}`);
  say(`   took     ${took}: ${workInWords(workOf(server.lines.slice(from)))}`);
  const faults = faultsOf(sentence, record);
  for (const fault of faults) say(`   ✗ ${fault}`);
  if (faults.length === 0) done("ended well");
  await cleanUp(record);
  return faults.length === 0;
}

/** Everything that the chat, the tenant and the providers know of it. */
async function recordOf(played, began) {
  const { deputy, tab } = stage;
  const since = began.getTime();
  const read = async (path) => {
    const { status, text } = await tab.fetch(path);
    return status === 200 ? JSON.parse(text) : [];
  };
  const orders = await effects(deputy.offline, "stock.order", since);
  return {
    ...played,
    began,
    messages: await read(`/agents/chat/${tab.chatId}/get-messages`),
    schedules: await read("/api/schedules"),
    calendarRequests: (await seen(deputy.offline, "providers", "/google/calendar/v3/calendars/primary/events", since)).length,
    questions: (await pushes(deputy.offline, since)).length,
    orders: orders.map(({ resource }) => resource),
  };
}

/** What one trial left behind must not come up in the next. */
async function cleanUp({ schedules }) {
  const { deputy, tab } = stage;
  for (const { id } of schedules) {
    const answer = await tab.page.request.delete(`/api/schedules/${encodeURIComponent(id)}`);
    if (!answer.ok()) say(`   ! a schedule could not be removed: ${answer.status()}`);
  }
  const open = await deputy.offline.control("GET", "/approvals");
  for (const { id } of open.filter(({ state }) => state === "pending"))
    await deputy.offline.control("POST", `/approvals/${id}`, { decision: "deny" });
}

async function untilStopped() {
  const { deputy, ana } = stage;
  say(`\n  Open   ${deputy.url}\n  Log in as   ${ana.email}   password   ${ana.password}`);
  say(`  Offline world: ${deputy.offline.controlUrl}\n  Ctrl-C stops everything\n`);
  // A signal ends it.
  await new Promise((resolve) => {
    setInterval(resolve, 2 ** 31 - 1);
  });
}
