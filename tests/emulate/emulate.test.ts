// The tools against a provider world that others made: what we took from documentation, they may have read otherwise.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { startDeputy, type Deputy } from "../harness/index.ts";
import { consent } from "../socket/support/connect.ts";
import { Bench } from "../socket/support/tools.ts";
import { CHANNELS, DAY, REPOSITORIES, startProviders, type ProviderWorld } from "./world.ts";

let providers: ProviderWorld;
let deputy: Deputy;
let bench: Bench;
before(async () => {
  providers = await startProviders();
  deputy = await startDeputy({ vars: providers.settings });
  bench = await Bench.open(deputy);
});
beforeEach(() => bench.begin());
after(async () => {
  await bench?.socket.close();
  await deputy?.stop();
  await providers?.stop();
});

/** Connects what the tool needs, calls it, and gives its output. */
async function output(tool: string, args: object = {}): Promise<unknown> {
  await bench.connect(tool);
  const part = await bench.call(tool, args);
  assert.equal(part.state, "output-available", part.errorText);
  return part.output;
}

test("emulate, trial 36: GitHub's pages are followed by the links in its head", async () => {
  assert.deepEqual(((await output("listRepositories")) as string[]).toSorted(), REPOSITORIES.toSorted());
});

test("emulate, trial 36: Slack's pages are followed by its cursor", async () => {
  const channels = (await output("listChannels")) as string[];
  for (const name of CHANNELS) assert.ok(channels.includes(name), `${name} is missing in ${channels}`);
});

test("emulate: Google's calendars, the events of a day, and whether the user is free", async () => {
  const calendars = (await output("listUserCalendars")) as { name: string }[];
  assert.deepEqual(calendars.map(({ name }) => name).toSorted(), ["Eva", "Team"]);
  const { eventsCount, events } = (await output("getCalendarEventsTool", { date: DAY })) as {
    eventsCount: number;
    events: Record<string, unknown>[];
  };
  assert.equal(eventsCount, 2);
  const event = (id: string) => events.find((one) => one.id === id);
  assert.deepEqual([event("fair")?.allDay, event("fair")?.lastDay], [true, "2031-03-05"]);
  assert.equal(new Date(String(event("talk")?.startTime)).toISOString(), `${DAY}T09:00:00.000Z`);
  // Trial 4: one instant in forms of every kind.
  await consent(bench.user, { connection: "google-oauth2", requiredScopes: ["https://www.googleapis.com/auth/calendar.freebusy"] });
  const free = async (date: string) => (await bench.call("checkUsersCalendar", { date })).output;
  for (const date of [`${DAY}T09:30Z`, `${DAY}T10:30+0100`, "20310304T093000Z", `${DAY}T10:30[Europe/Berlin]`]) {
    assert.deepEqual(await free(date), { available: false }, date);
  }
  assert.deepEqual(await free("2031-03-11T15:00Z"), { available: true });
});

test("emulate, trial 41: a mail in HTML alone is its text", async () => {
  const found = (await output("gmailSearchTool", { query: "receipt", maxResults: "5" })) as string;
  assert.match(found, /Receipt 88 over 45 EUR is due on 9 March\./);
  assert.doesNotMatch(found, /<p>|<b>|nbsp/);
});

test("emulate, trial 42: a draft holds the addresses as they were meant", async () => {
  await bench.connect("gmailDraftTool");
  const draft = { to: ["Roe, Jane <jane@studio.example>", "Zoë <zoe@studio.example>"], subject: "Größe", message: `Hello\n${"long ".repeat(300)}` };
  const { output } = await bench.answer(await bench.call("gmailDraftTool", draft), true);
  const id = /Draft created\. Draft Id: (\S+)/.exec(String(output))?.[1] ?? assert.fail(String(output));
  const { message } = (await providers.google(`/gmail/v1/users/me/drafts/${id}?format=full`)) as {
    message: { payload: { headers: { name: string; value: string }[] } };
  };
  const to = message.payload.headers.find(({ name }) => name.toLowerCase() === "to")?.value ?? "";
  assert.match(to, /"Roe, Jane" <jane@studio\.example>/);
  assert.match(to, /<zoe@studio\.example>/);
});
