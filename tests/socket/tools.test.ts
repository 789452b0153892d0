// The tools of the documents against the offline providers: what each asks for, what it sends, what it gives back.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { startDeputy, type Deputy } from "../harness/index.ts";
import { ask } from "./support/chat.ts";
import { consent, disconnectAll } from "./support/connect.ts";
import { rowsOf } from "./support/storage.ts";
import { AUTHORITY, Bench, type ProviderCall } from "./support/tools.ts";
import { exchanges, modelCalls } from "./support/world.ts";

let deputy: Deputy;
let bench: Bench;
before(async () => {
  deputy = await startDeputy();
  bench = await Bench.open(deputy);
});
beforeEach(() => bench.begin());
after(async () => {
  await bench?.socket.close();
  await deputy?.stop();
});

const query = (call: ProviderCall | undefined): Record<string, string> => Object.fromEntries(call?.query ?? []);
/** A day of the test's user, counted from today: the offline calendars are in Europe/Berlin, as is the user. */
function day(ahead: number): string {
  const today = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Berlin" }).format(new Date());
  return new Date(Date.parse(`${today}T12:00:00Z`) + ahead * 86_400_000).toISOString().slice(0, 10);
}

test("TV-21: the events of a day, with an all-day and a timed event", async () => {
  await disconnectAll(bench.user);
  await bench.begin();
  const interrupt = await bench.interrupted("getCalendarEventsTool", { date: day(1) });
  assert.deepEqual([interrupt.connection, interrupt.requiredScopes.toSorted()], ["google-oauth2", AUTHORITY.getCalendarEventsTool?.[1].toSorted()]);
  await consent(bench.user, interrupt);
  const { output } = await bench.until(({ state }) => state === "output-available");
  const { date, eventsCount, events } = output as { date: string; eventsCount: number; events: Record<string, unknown>[] };
  assert.deepEqual([date, eventsCount, events.length], [day(1), 2, 2]);
  const { startTime, endTime, htmlLink, ...planning } = events[0] ?? {};
  assert.deepEqual(planning, {
    id: "a2standup",
    summary: "Planning with the design team",
    description: "Bring the sketches.",
    location: "Room Linden",
    attendees: [
      { email: "ben@studio.example", name: "Ben Okafor", responseStatus: "accepted" },
      { email: "chris@studio.example", name: "Chris Lindqvist", responseStatus: "tentative" },
    ],
    status: "confirmed",
  });
  assert.match(String(startTime), new RegExp(`^${day(1)}T09:00:00\\+0[12]:00$`));
  assert.match(String(endTime), new RegExp(`^${day(1)}T10:00:00\\+0[12]:00$`));
  assert.match(String(htmlLink), /^https:\/\//);
  assert.deepEqual(events[1]?.attendees, []);

  const allDay = (await bench.call("getCalendarEventsTool", { date: day(2) })).output as { events: Record<string, unknown>[] };
  assert.deepEqual(
    allDay.events.map(({ id, startTime, endTime }) => [id, startTime, endTime]),
    [["a4fair", day(2), day(3)]],
  );

  const [request] = await bench.provider("/google/calendar/v3/calendars/primary/events");
  const { timeMin = "", timeMax = "", ...rest } = query(request);
  assert.deepEqual(rest, { singleEvents: "true", orderBy: "startTime", maxResults: "50" });
  const local = (at: string) =>
    new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Berlin", dateStyle: "short", timeStyle: "short" }).format(new Date(at));
  assert.deepEqual([local(timeMin), local(timeMax)], [`${day(1)} 00:00`, `${day(2)} 00:00`], "the user's whole day");
});

test("TV-24: the calendars, and none", async () => {
  await bench.connect("listUserCalendars");
  assert.deepEqual((await bench.call("listUserCalendars")).output, [
    { id: "ana.ferreira@gmail.example", name: "Ana Ferreira", accessRole: "owner" },
    { id: "family-7731@group.calendar.google.example", name: "Family", accessRole: "writer" },
    { id: "en.german.holiday@group.v.calendar.google.example", name: "Holidays in Germany", accessRole: "reader" },
  ]);
  for (const body of [{ kind: "calendar#calendarList", items: [] }, { kind: "calendar#calendarList" }]) {
    await deputy.offline.fault({ service: "providers", path_prefix: "/google/calendar/v3/users/me/calendarList", status: 200, body, times: 1 });
    assert.deepEqual((await bench.call("listUserCalendars")).output, []);
  }
});

test("TV-24 SF-03: the connections of Google and Salesforce are settings", async () => {
  const other = await startDeputy({ vars: { GOOGLE_CONNECTION_NAME: "google-apps", SALESFORCE_CONNECTION: "sfdc" } });
  try {
    const connection = (name: string, strategy: string) => ({ name, strategy, display_name: name, connected_accounts: true });
    await other.offline.control("POST", "/seed", { connections: [connection("google-apps", "google-apps"), connection("sfdc", "salesforce")] });
    const there = await Bench.open(other);
    for (const [tool, name] of [
      ["listUserCalendars", "google-apps"],
      ["listOpportunities", "sfdc"],
    ] as const) {
      const interrupt = await there.interrupted(tool);
      assert.equal(interrupt.connection, name);
      await consent(there.user, interrupt);
      await there.until(({ type, state }) => type === `tool-${tool}` && state === "output-available");
      assert.equal((await exchanges(other.offline, there.since)).at(-1)?.body?.connection, name);
    }
    await there.socket.close();
  } finally {
    await other.stop();
  }
});

test("SF-02: without an address of Salesforce nobody is asked for an account, and it is said what is missing", async () => {
  const other = await startDeputy({ vars: { SALESFORCE_INSTANCE_URL: "" } });
  try {
    const there = await Bench.open(other);
    const { state, errorText } = await there.call("listOpportunities");
    assert.deepEqual([state, errorText], ["output-error", "Salesforce is not set up here: SALESFORCE_INSTANCE_URL is missing."]);
    assert.deepEqual(await exchanges(other.offline, there.since), []);
    await there.socket.close();
  } finally {
    await other.stop();
  }
});

test("Gmail is searched, message by message or thread by thread", async () => {
  await bench.connect("gmailSearchTool");
  const { output } = await bench.call("gmailSearchTool", { query: "invoice" });
  const [head = "", ...rest] = String(output).split("\n");
  assert.equal(head, "Result for the query invoice:");
  const [found] = JSON.parse(rest.join("\n")) as Record<string, string>[];
  assert.deepEqual(
    [found?.id, found?.threadId, found?.subject, found?.sender],
    ["19a1f0c2d3e40003", "19a1f0c2d3e40003", "Your invoice for July", "Stadtwerke <service@stadtwerke.example>"],
  );
  assert.match(found?.body ?? "", /^Dear Ms Ferreira,\n\nyour invoice over 48\.20 EUR is due on the 15th\.\n\nStadtwerke$/);
  const [list] = await bench.provider("/google/gmail/v1/users/me/messages");
  assert.deepEqual(query(list), { q: "invoice", maxResults: "10" });
  const threads = String((await bench.call("gmailSearchTool", { query: "from:ben", resource: "threads", maxResults: 5 })).output);
  assert.match(threads, /will do tomorrow morning/, "the whole thread, not only what was found");
  assert.equal((await bench.provider("/google/gmail/v1/users/me/threads/")).length, 1);
});

test("A Gmail draft asks first, is made once, and not after a no", async () => {
  await bench.connect("gmailDraftTool");
  const draft = { to: ["ben@studio.example"], cc: ["chris@studio.example"], subject: "Grüße", message: "Hello Ben,\nsee you." };
  const before = (await bench.effects("gmail.draft")).length;
  const refused = await bench.answer(await bench.call("gmailDraftTool", draft), false);
  assert.equal(refused.state, "output-denied");
  assert.equal((await bench.effects("gmail.draft")).length, before);
  const done = await bench.answer(await bench.call("gmailDraftTool", draft), true);
  const made = (await bench.effects("gmail.draft")).slice(before);
  assert.equal(made.length, 1);
  assert.equal(done.output, `Draft created. Draft Id: ${made[0]?.id}`);
  assert.deepEqual([made[0]?.to, made[0]?.cc, made[0]?.bcc], ["<ben@studio.example>", "<chris@studio.example>", null]);
  assert.equal(made[0]?.subject, `=?utf-8?B?${Buffer.from("Grüße").toString("base64")}?=`);
  assert.equal(String(made[0]?.body).replaceAll("\r\n", "\n"), draft.message);
});

test("Google Tasks: listed, and a new one after a yes, due on the user's day", async () => {
  await bench.connect("getTasksTool");
  const { tasksCount, tasks } = (await bench.call("getTasksTool")).output as { tasksCount: number; tasks: Record<string, unknown>[] };
  assert.equal(tasksCount, tasks.length);
  assert.ok(tasks.some(({ title, notes, status }) => title === "Book the train to Hamburg" && notes === "Window seat" && status === "needsAction"));
  const [request] = await bench.provider("/google/tasks/v1/lists/@default/tasks");
  assert.deepEqual(query(request), { maxResults: "20", showCompleted: "true", showHidden: "false" });
  const waiting = await bench.call("createTasksTool", { title: "Buy bread", notes: "Rye", due: day(1) });
  assert.equal((await bench.effects("tasks.task")).length, 0, "it asks first");
  const done = await bench.answer(waiting, true);
  const [made, ...more] = await bench.effects("tasks.task");
  assert.deepEqual(more, []);
  assert.deepEqual(done.output, made, "the task as Google has it");
  assert.deepEqual([made?.title, made?.notes, made?.due], ["Buy bread", "Rye", `${day(1)}T00:00:00.000Z`]);
});

test("GH-01 GH-02 GH-03: the names of the repositories, in one call, over a connection without scopes", async () => {
  const interrupt = await bench.interrupted("listRepositories", { page: 2 });
  assert.deepEqual([interrupt.connection, interrupt.requiredScopes], ["github", []]);
  await consent(bench.user, interrupt);
  const { output } = await bench.until(({ state }) => state === "output-available");
  assert.deepEqual(output, ["tile-server", "city-walks", "dotfiles", "invoices"]);
  const calls = await bench.provider("/github");
  assert.deepEqual(
    calls.map(({ method, path, query, status }) => [method, path, query, status]),
    [["GET", "/github/user/repos", [], 200]],
  );
  const [exchange, ...more] = (await exchanges(deputy.offline, bench.since)).filter(({ status }) => status === 200);
  assert.deepEqual([exchange?.body?.connection, exchange?.body?.scope, more], ["github", undefined, []]);
});

test("GH-04: 401 asks for authorization, 500 is said", async () => {
  await bench.connect("listRepositories");
  await deputy.offline.fault({ service: "providers", path_prefix: "/github/user/repos", status: 500, body: "{}", times: 1 });
  const failed = await bench.call("listRepositories");
  assert.deepEqual([failed.state, failed.errorText], ["output-error", "GitHub is not available now (500). Please try again later."]);
  await deputy.offline.fault({ service: "providers", path_prefix: "/github/user/repos", status: 401, body: { message: "Bad credentials" } });
  const interrupt = await bench.interrupted("listRepositories");
  assert.deepEqual([interrupt.connection, interrupt.message], ["github", "Authorization required to access the Token Vault"]);
  await deputy.offline.clearFaults();
  await consent(bench.user, interrupt);
  await bench.until(({ state }) => state === "output-available");
});

test("What happened on GitHub, page by page", async () => {
  await bench.connect("listGitHubEvents");
  const output = (await bench.call("listGitHubEvents", { per_page: 2 })).output as { events: Record<string, unknown>[] };
  assert.deepEqual(
    { ...output, events: output.events.map(({ type, payload_summary }) => [type, payload_summary]) },
    {
      events: [
        ["PushEvent", "pushed 2 commits to main"],
        ["IssuesEvent", "closed issue Tiles at zoom 0 are empty"],
      ],
      total_events: 2,
      page: 1,
      per_page: 2,
      next_page: 2,
    },
  );
  assert.deepEqual(
    (await bench.provider("/github")).map(({ path, query }) => [path, query]),
    [
      ["/github/user", []],
      [
        "/github/users/ana-ferreira/events",
        [
          ["per_page", "2"],
          ["page", "1"],
        ],
      ],
    ],
  );
});

test("SL-01 SL-02 SL-03: the names of the channels, public and private, in one call", async () => {
  const interrupt = await bench.interrupted("listChannels", { date: day(0) });
  assert.deepEqual([interrupt.connection, interrupt.requiredScopes.toSorted()], ["sign-in-with-slack", ["channels:read", "groups:read"]]);
  await consent(bench.user, interrupt);
  const { output } = await bench.until(({ state }) => state === "output-available");
  assert.deepEqual(output, ["general", "design", "random", "founders"]);
  const calls = await bench.provider("/slack");
  assert.deepEqual(
    calls.map(({ method, path }) => [method, path]),
    [["GET", "/slack/api/conversations.list"]],
  );
  assert.deepEqual(query(calls[0]), { exclude_archived: "true", types: "public_channel,private_channel", limit: "10" });
});

test("SL-04: 401, and 200 with an error of the token, ask for authorization; other errors are said", async () => {
  await bench.connect("listChannels");
  const slack = (status: number, body: object) => deputy.offline.fault({ service: "providers", path_prefix: "/slack", status, body });
  for (const [status, body] of [
    [401, {}],
    [200, { ok: false, error: "not_authed" }],
    [200, { ok: false, error: "invalid_auth" }],
    [200, { ok: false, error: "token_revoked" }],
  ] as const) {
    await bench.begin();
    await slack(status, body);
    const interrupt = await bench.interrupted("listChannels");
    assert.deepEqual([interrupt.connection, interrupt.message], ["sign-in-with-slack", "Authorization required to access the Token Vault"]);
    assert.equal((await bench.provider("/slack")).length, 1, "the same token is not tried again");
  }
  for (const [error, sentence] of [
    ["ratelimited", /allows no more requests/],
    ["invalid_types", /^An error occurred: invalid_types$/],
  ] as const) {
    await bench.begin();
    await slack(200, { ok: false, error });
    const { state, errorText } = await bench.call("listChannels");
    assert.equal(state, "output-error");
    assert.match(errorText ?? "", sentence);
  }
});

test("SF-01 SF-02 SF-03 SF-04: opportunities as Salesforce has them; 401 asks for authorization, 400 is said", async () => {
  const interrupt = await bench.interrupted("listOpportunities");
  assert.equal(interrupt.connection, "salesforce");
  await consent(bench.user, interrupt);
  const { output } = await bench.until(({ state }) => state === "output-available");
  const { totalSize, done, records } = output as { totalSize: number; done: boolean; records: Record<string, unknown>[] };
  assert.deepEqual([totalSize, done, Object.keys(records[0] ?? {}).toSorted()], [5, true, ["CloseDate", "Id", "Name", "StageName", "attributes"]]);
  const [call, ...more] = await bench.provider("/salesforce");
  assert.deepEqual(
    [call?.method, call?.path, query(call), more],
    ["GET", "/salesforce/services/data/v57.0/query/", { q: "SELECT Id, Name, StageName, CloseDate FROM Opportunity LIMIT 10" }, []],
  );
  await deputy.offline.fault({
    service: "providers",
    path_prefix: "/salesforce",
    status: 400,
    body: [{ message: "unexpected token: '1'", errorCode: "MALFORMED_QUERY" }],
    times: 1,
  });
  assert.equal((await bench.call("listOpportunities")).errorText, "Salesforce refused the request (400): unexpected token: '1'");
  await deputy.offline.fault({ service: "providers", path_prefix: "/salesforce", status: 401, body: [{ errorCode: "INVALID_SESSION_ID" }] });
  assert.equal((await bench.interrupted("listOpportunities")).message, "Authorization required to access the Token Vault connection");
});

test("SF-05 SF-06: two opportunities for the sentence of the how-to, with the settings of the chat", async () => {
  await bench.connect("listOpportunities");
  const turn = await ask(bench.socket, "Get me 2 opportunities from Salesforce");
  assert.match(turn.text, /^2 opportunities:[\s\S]*Harbour Museum wayfinding: Negotiation\/Review, closes 2026-09-30/);
  assert.deepEqual((await bench.last()).input, { limit: 2 });
  const call = (await bench.provider("/salesforce")).at(-1);
  assert.match(query(call).q ?? "", /LIMIT 2$/);
  const request = (await modelCalls(deputy.offline, bench.since))[0]?.body as {
    model: string;
    messages: { role: string; content: string }[];
    tools: { function: { name: string } }[];
  };
  assert.match(request.model, /^gpt-4o/);
  assert.match(request.messages[0]?.content ?? "", /^You are a helpful assistant/);
  assert.ok(request.tools.some((tool) => tool.function.name === "listOpportunities"));
});

test("GC-08: whatever takes a day or a time tells the model in which zone", async () => {
  await ask(bench.socket, "Hello");
  const { tools, messages } = (await modelCalls(deputy.offline, bench.since))[0]?.body as {
    messages: { content: string }[];
    tools: { function: { name: string; parameters: { properties: Record<string, { description?: string; format?: string }> } } }[];
  };
  assert.match(messages.at(-1)?.content ?? "", /\n\n\[Now: .+, time zone Europe\/Berlin, UTC/);
  const dated = tools.flatMap(({ function: { name, parameters } }) =>
    Object.entries(parameters.properties)
      .filter(([property, { format }]) => /date|due|time(?!Zone)/i.test(property) || /date/.test(format ?? ""))
      .map(([property, { description }]): [string, string] => [`${name}.${property}`, description ?? ""]),
  );
  const names = dated.map(([name]) => name);
  for (const name of ["checkUsersCalendar.date", "getCalendarEventsTool.date", "createTasksTool.due"])
    assert.ok(names.includes(name), `${name} of ${names}`);
  for (const [name, description] of dated) assert.match(description, /time zone|UTC/, name);
});

test("Every call is in the ledger, with what it does, under which authority, and how it ended", async () => {
  await bench.socket.close();
  await deputy.worker.stop();
  interface Row {
    tool: string;
    effect: string;
    authority: string;
    outcome: string;
  }
  const rows = rowsOf<Row>(deputy.worker.persistDir, "ledger");
  for (const [tool, [connection, scopes]] of Object.entries(AUTHORITY)) {
    const own = rows.filter((row) => row.tool === tool);
    assert.ok(
      own.some(({ outcome }) => outcome === "completed"),
      `${tool}: ${own.map(({ outcome }) => outcome)}`,
    );
    const effect = ["gmailDraftTool", "createTasksTool"].includes(tool) ? "writes" : "reads";
    for (const row of own) assert.deepEqual([row.effect, row.authority], [effect, `vault:${connection} ${scopes.join(" ")}`.trimEnd()], tool);
  }
});
