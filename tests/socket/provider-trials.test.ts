// What providers send besides what their documents show, by the numbers of the trials: limits that come as 403, rules that no consent
// mends, lists in pages, calendars and mail as they really are.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { type Fault, startDeputy, type Deputy } from "../harness/index.ts";
import { consent } from "./support/connect.ts";
import { AUTHORITY, Bench } from "./support/tools.ts";

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

const fault = (path_prefix: string, more: Partial<Fault>) => deputy.offline.fault({ service: "providers", path_prefix, ...more });
const base64url = (text: string) => Buffer.from(text).toString("base64url");

test("t37 t38: a limit and a rule that come as 403 are told, and show no card", async () => {
  await bench.connect("listGitHubEvents");
  const secondary = { message: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again." };
  const saml = { message: "Resource protected by organization SAML enforcement." };
  const sso = "https://github.com/orgs/oakwood/sso?authorization_request=AZ1";
  const cases: [Partial<Fault>, RegExp][] = [
    [
      { status: 403, body: secondary, headers: { "x-ratelimit-remaining": "4980" } },
      /^GitHub allows no more requests for now\. Please try again in 60 seconds\.$/,
    ],
    [{ status: 403, body: { message: "You have triggered an abuse detection mechanism." } }, /in 60 seconds\.$/],
    [
      { status: 403, body: saml, headers: { "x-github-sso": `required; url=${sso}` } },
      /^GitHub does not allow this: Resource protected by organization SAML enforcement\. See https:\/\/github\.com\/orgs\/oakwood\/sso/,
    ],
    [{ status: 403, body: saml, headers: { "x-github-sso": "required; url=https://github.example/orgs/oakwood/sso" } }, /SAML enforcement\.$/],
    [{ status: 403, body: { message: "Resource not accessible by integration" } }, /The app is not installed there/],
  ];
  for (const tool of ["listGitHubEvents", "listRepositories"]) {
    for (const [trouble, sentence] of cases) {
      await bench.begin();
      await fault("/github", trouble);
      const { state, errorText } = await bench.call(tool);
      assert.equal(state, "output-error", `${tool}: ${sentence}`);
      assert.match(errorText ?? "", sentence, tool);
      assert.equal((await bench.provider("/github")).length, 1, "asked once");
    }
  }
});

test("t36 t40: an empty page is not the end, and what is left out is announced", async () => {
  await bench.connect("listChannels");
  await fault("/slack", { status: 200, body: { ok: true, channels: [], response_metadata: { next_cursor: "offline:0" } }, times: 1 });
  const channels = (await bench.call("listChannels")).output as string[];
  assert.ok(Array.isArray(channels) && channels.length > 0, JSON.stringify(channels));
  await bench.connect("listUserCalendars");
  await bench.begin();
  await fault("/google/calendar", { status: 200, body: { items: [], nextPageToken: "n" } });
  const calendars = (await bench.call("listUserCalendars")).output as { calendars: unknown[]; partial: string };
  assert.deepEqual(calendars.calendars, []);
  assert.match(calendars.partial, /there is more/);
  await bench.connect("listRepositories");
  await bench.begin();
  await fault("/github", { status: 200, body: [{ name: "maps" }], headers: { "x-github-sso": "partial-results; organizations=7" } });
  const repositories = (await bench.call("listRepositories")).output as { repositories: string[]; partial: string };
  assert.deepEqual(repositories.repositories, ["maps"]);
  assert.match(repositories.partial, /partial/);
});

test("t40: the kinds of events are told apart", async () => {
  await bench.connect("getCalendarEventsTool");
  const time = { start: { dateTime: "2026-11-24T11:00:00+01:00" }, end: { dateTime: "2026-11-24T12:00:00+01:00" } };
  const items = [
    { id: "no", summary: "Not for me", ...time, attendees: [{ email: "ana@example.com", self: true, responseStatus: "declined" }] },
    {
      id: "home",
      summary: "Home",
      eventType: "workingLocation",
      transparency: "transparent",
      start: { date: "2026-11-24" },
      end: { date: "2026-11-25" },
    },
    { id: "gone", status: "cancelled" },
    { id: "own", visibility: "private", ...time },
  ];
  await fault("/google/calendar", { status: 200, body: { items } });
  const { eventsCount, events } = (await bench.call("getCalendarEventsTool", { date: "2026-11-24" })).output as {
    eventsCount: number;
    events: Record<string, unknown>[];
  };
  assert.equal(eventsCount, 3);
  assert.deepEqual(
    events.map(({ id, busy, myResponse, eventType, summary }) => [id, busy, myResponse, eventType, summary]),
    [
      ["no", false, "declined", undefined, "Not for me"],
      ["home", false, undefined, "workingLocation", "Home"],
      ["own", undefined, undefined, undefined, "Private event"],
    ],
  );
});

test("t40: what leaves the user free does not make them busy", async () => {
  const [connection, scopes] = AUTHORITY.getCalendarEventsTool ?? assert.fail("its scopes");
  await consent(bench.user, { connection, requiredScopes: [...scopes, "https://www.googleapis.com/auth/calendar.freebusy"] });
  const today = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Berlin" }).format(new Date());
  const day = new Date(Date.parse(`${today}T12:00:00Z`) + 8 * 86_400_000).toISOString().slice(0, 10);
  const { events } = (await bench.call("getCalendarEventsTool", { date: day })).output as { events: Record<string, unknown>[] };
  assert.deepEqual(events.map(({ id, busy }) => [id, busy]).toSorted(), [
    ["a8declined", false],
    ["a8focus", undefined],
    ["a8home", false],
    ["a8reminder", false],
  ]);
  const free = async (hour: string) => (await bench.call("checkUsersCalendar", { date: `${day}T${hour}:00[Europe/Berlin]` })).output;
  assert.deepEqual([await free("09"), await free("11"), await free("14")], [{ available: true }, { available: true }, { available: false }]);
});

test("t41: mail in HTML is text", async () => {
  await bench.connect("gmailSearchTool");
  const html = base64url('<p>Receipt <b>88</b> over 45&nbsp;EUR</p><blockquote type="cite">old</blockquote>');
  await fault("/google/gmail/v1/users/me/messages/", { status: 200, body: { id: "a", payload: { mimeType: "text/html", body: { data: html } } } });
  const found = String((await bench.call("gmailSearchTool", { query: "invoice" })).output);
  assert.match(found, /Receipt 88 over 45 EUR/);
  assert.doesNotMatch(found, /old|<b>/);
});

test("t04 t42: what cannot be is refused before the user is asked", async () => {
  await bench.connect("createTasksTool");
  await bench.connect("gmailDraftTool");
  const draft = { subject: "Hi", message: "x" };
  for (const [tool, args, sentence] of [
    ["createTasksTool", { title: "Water", due: "next week" }, /due: not an ISO 8601 date or time, such as/],
    ["createTasksTool", { title: "Water", due: "2026-11-24T09:00[Mars/Base]" }, /due: names a time zone that is not known/],
    ["gmailDraftTool", { ...draft, to: ["@"] }, /to\[0\]/],
    ["gmailDraftTool", { ...draft, to: ["ana@bücher.example"] }, /to\[0\]: must be an email address in ASCII/],
    ["gmailDraftTool", { to: ["ana@x.example"], subject: "", message: "" }, /message: must not be empty/],
  ] as const) {
    await bench.begin();
    const { state, errorText } = await bench.call(tool, args);
    assert.equal(state, "output-error", JSON.stringify(args));
    assert.match(errorText ?? "", sentence);
    assert.deepEqual(await bench.provider(), []);
  }
});
