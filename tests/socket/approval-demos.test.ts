// The use cases of AA-26 besides buying: a sensitive record and a deployment, each after a yes to exactly that on the phone.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { type Deputy, startDeputy } from "../harness/index.ts";
import { type Approval, approvals, decide, denyAll, effects, pushes } from "./support/approvals.ts";
import { Bench } from "./support/tools.ts";
import { type Part, ask, ended, errorOf, eventually, history, pause, say, textOf } from "./support/chat.ts";
import { consent, disconnectAll, interruptOf } from "./support/connect.ts";

let deputy: Deputy;
let bench: Bench;
before(async () => {
  deputy = await startDeputy({ vars: { LIMIT_APPROVALS_PER_HOUR: "100" } });
  await deputy.offline.control("PATCH", "/policies", { polling_interval: 1, approvals_per_minute: 1000 });
  bench = await Bench.open(deputy);
  await consent(bench.user, { connection: "github", requiredScopes: [] });
  await consent(bench.user, { connection: "salesforce", requiredScopes: ["api"] });
});
beforeEach(async () => {
  await denyAll(deputy.offline);
  await bench.begin();
});
after(async () => {
  await bench?.socket.close();
  await deputy?.stop();
});

/** Says it, and the question that stands on the phone then. */
async function waits(sentence: string): Promise<Approval> {
  const request = say(bench.socket, sentence);
  await ended(bench.socket, request);
  assert.match(String(errorOf(bench.socket, request)), /ASYNC_AUTHORIZATION_AUTHORIZATION_PENDING/);
  return (await approvals(deputy.offline, "pending")).at(-1) ?? assert.fail("nothing is on the phone");
}

const done = () => bench.until((part: Part) => (part.state ?? "").startsWith("output"));
const deployments = () => effects(deputy.offline, "github.deployment", bench.since);

test("AA-26 AA-11: a sensitive record is read after a yes to this record, asked for two minutes", async () => {
  const onPhone = await waits("Show me the record of Maeve O'Brien");
  assert.match(JSON.stringify(onPhone), /Maeve O'Brien/, "the whole name stands in the details");
  const [push] = await pushes(deputy.offline, bench.since);
  assert.deepEqual([push?.body?.audience, push?.body?.scope, push?.body?.requested_expiry], ["https://deputy.example/api", "openid", "120"]);
  assert.match(String(push?.body?.binding_message), /^Show the record of Maeve OBrien$/);
  assert.deepEqual(await bench.provider("/salesforce"), [], "nothing is read before the yes");
  await decide(deputy.offline, "approve");
  const part = await done();
  assert.deepEqual(part.output, {
    records: [
      {
        id: "003Ab000005Rw1BIAS",
        name: "Maeve O'Brien",
        title: "Librarian",
        email: "maeve@library.example",
        phone: "+49 30 5550 0107",
        birthdate: "1971-11-03",
        city: "Berlin",
      },
    ],
  });
  await eventually("the answer", async () => /maeve@library\.example/.test(textOf((await history(bench.user, bench.chat)).at(-1))));
  assert.equal((await bench.provider("/salesforce")).length, 1);
});

test("AA-26 AA-05: a no on the phone, and no record is read", async () => {
  await waits("Show me the record of Dana Berg");
  await decide(deputy.offline, "deny");
  assert.equal((await done()).errorText, "The user has denied the request");
  assert.deepEqual(await bench.provider("/salesforce"), []);
});

test("AA-26 AA-27: a record that nobody approves within its two minutes is not read, and the wait is over", async () => {
  await waits("Show me the record of Dana Berg");
  await deputy.offline.clock(121_000);
  try {
    assert.match(String((await done()).errorText), /expired|no longer valid/);
    assert.deepEqual(await bench.provider("/salesforce"), []);
  } finally {
    await deputy.offline.clock(0);
  }
});

test("AA-26: a deployment to production begins after a yes to this repository and ref, once", async () => {
  const onPhone = await waits("Deploy v1.0.0 of ana-ferreira/tile-server to production");
  assert.match(JSON.stringify(onPhone), /ana-ferreira\/tile-server/);
  assert.deepEqual(await deployments(), []);
  await decide(deputy.offline, "approve");
  const part = await done();
  const [made] = (await deployments()) as { resource: Record<string, unknown> }[];
  assert.deepEqual([made?.resource.ref, made?.resource.environment], ["v1.0.0", "production"]);
  assert.equal((part.output as { id: number }).id, made?.resource.id);
  assert.equal((await deployments()).length, 1);
});

test("AA-26: GitHub is asked for after the yes when it is not connected, and the yes is asked for once", async () => {
  await disconnectAll(bench.user);
  await waits("Deploy ana-ferreira/city-walks to production");
  await decide(deputy.offline, "approve");
  const frame = await bench.socket.waitFor(({ error, body }) => error === true && String(body).includes('"connection"'));
  const card = interruptOf(bench.socket, String(frame.id));
  assert.equal(card.connection, "github");
  await consent(bench.user, card);
  await done();
  assert.equal((await deployments()).length, 1);
  assert.equal((await pushes(deputy.offline, bench.since)).length, 1);
  await consent(bench.user, { connection: "salesforce", requiredScopes: ["api"] });
});

for (const [what, button] of [
  ["was lost on the way back", "check"],
  ["never arrived", "retry"],
] as const) {
  test(`a deployment whose answer ${what} is unknown; it is looked for, and never begun twice (${button})`, async () => {
    const path = "/github/repos/ana-ferreira/dotfiles/deployments";
    await waits("Deploy ana-ferreira/dotfiles to production");
    const fault = { service: "providers", method: "POST", path_prefix: path, times: 1 } as const;
    await deputy.offline.fault(button === "check" ? { ...fault, drop: true, after: true } : { ...fault, status: 503, body: {} });
    await decide(deputy.offline, "approve");
    const shown = await bench.socket.waitFor(({ error, body }) => error === true && String(body).includes("DEPUTY_OUTCOME_UNKNOWN"), 20_000);
    assert.match(String(shown.body), /dotfiles/);
    const { toolCallId } = await bench.last();
    await pause(1_500);
    assert.equal((await pushes(deputy.offline, bench.since)).length, 1, "nothing is repeated by itself");
    const output = button === "check" ? { continueInterruption: true } : { outcome: "retry" };
    bench.socket.send({ type: "cf_agent_tool_result", toolCallId, toolName: "x", output, autoContinue: true });
    if (button === "retry") {
      await eventually("a second question", async () => (await pushes(deputy.offline, bench.since)).length === 2);
      await decide(deputy.offline, "approve");
    }
    const part = await done();
    assert.equal(part.state, "output-available", JSON.stringify(part));
    assert.equal((await deployments()).length, 1);
  });
}

test("a task and a draft whose answer was lost are unknown, not failed; done ends it", async () => {
  for (const [tool, args, path] of [
    ["createTasksTool", { title: "Water" }, "/google/tasks"],
    ["gmailDraftTool", { to: ["ben@example.com"], subject: "Hi", message: "Hello" }, "/google/gmail"],
  ] as const) {
    await bench.begin();
    await bench.connect(tool);
    await deputy.offline.fault({ service: "providers", method: "POST", path_prefix: path, status: 502, body: {}, times: 1 });
    const part = await bench.call(tool, args);
    bench.socket.send({ type: "cf_agent_tool_approval", toolCallId: part.toolCallId, approved: true, autoContinue: true });
    await bench.socket.waitFor(({ error, body }) => error === true && String(body).includes("DEPUTY_OUTCOME_UNKNOWN"));
    assert.equal((await bench.provider(path)).filter(({ method }) => method === "POST").length, 1, tool);
    bench.socket.send({ type: "cf_agent_tool_result", toolCallId: part.toolCallId, toolName: tool, output: { outcome: "done" }, autoContinue: true });
    await done();
    await pause(500);
    assert.equal((await bench.provider(path)).filter(({ method }) => method === "POST").length, 1, tool);
    assert.equal((await ask(bench.socket, "Thanks")).outcome, "completed");
  }
});

test("AA-01 CF-27: input that does not fit rings no phone and shows no card; the model reads what is wrong with which member", async () => {
  for (const [tool, args, why] of [
    ["buyStock", { ticker: "", qty: 0 }, "qty: at least 1; ticker: must not be empty"],
    ["buyStock", { ticker: "GOOGL", quantity: 0 }, "quantity: at least 1"],
    ["buyStock", { ticker: "GOOGL", qty: 1_000_001 }, "qty: at most 1000000"],
    ["shop_online", { product: " ", qty: 1 }, "product: must not be empty"],
    ["shop_online", { product: "XYZ phone", qty: 1, priceLimit: -5 }, "priceLimit: must be above 0"],
    ["getCustomerRecord", { customer: "Dana\nBerg" }, "customer: must be one line of text"],
    ["deployToProduction", { repository: "tiles" }, "repository: must be owner/name, of letters, digits, dots, hyphens and underscores"],
    ["getWeatherInformation", { city: "" }, "city: must not be empty"],
  ] as const) {
    await bench.begin();
    const { state, errorText } = await bench.call(tool, args);
    assert.deepEqual([state, errorText], ["output-error", `The input of ${tool} does not fit: ${why}.`]);
    assert.deepEqual(await pushes(deputy.offline, bench.since), [], `${tool}: no phone rings`);
    assert.deepEqual(await bench.provider(), [], `${tool}: nothing is sent`);
  }
});
