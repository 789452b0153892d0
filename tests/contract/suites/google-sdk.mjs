// @googleapis/calendar, gmail and tasks: the calls of our tools, by Google's own client.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { endTokens, lastRequest, vaultToken } from "../lib/vault.mjs";

const require = createRequire(import.meta.url);
const calendars = require("@googleapis/calendar");
const mails = require("@googleapis/gmail");
const lists = require("@googleapis/tasks");

const base = "https://www.googleapis.com/auth/";
const scopes = ["calendar.freebusy", "calendar.events", "calendar.calendarlist.readonly", "gmail.readonly", "gmail.compose", "tasks"].map(
  (scope) => base + scope,
);
const account = "ana.ferreira@gmail.example";

export function googleSdk(checks, world) {
  const add = (name, body) => checks.add("@googleapis", name, body);

  /** Google's hosts, one an API, are one double. */
  const local = (url) => String(url).replace(/^https:\/\/[a-z]+\.googleapis\.com\//, `http://127.0.0.1:${world().ports.providers}/google/`);

  /** The three clients, with a token of the vault or a given one. */
  async function clients({ token, granted = scopes } = {}) {
    const auth = new calendars.auth.OAuth2();
    auth.setCredentials({ access_token: token ?? (await vaultToken(world(), "google-oauth2", account, ["openid", ...granted])) });
    const options = { auth, fetchImplementation: (url, init) => fetch(local(url), init), retry: false };
    return {
      calendar: calendars.calendar({ version: "v3", ...options }),
      gmail: mails.gmail({ version: "v1", ...options }),
      tasks: lists.tasks({ version: "v1", ...options }),
    };
  }

  add("GC-03: freebusy.query", async () => {
    const { calendar } = await clients();
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    const requestBody = { timeMin: `${tomorrow}T00:00:00.000Z`, timeMax: `${tomorrow}T23:00:00.000Z`, timeZone: "UTC", items: [{ id: "primary" }] };
    const { data } = await calendar.freebusy.query({ requestBody });
    assert.equal(data.kind, "calendar#freeBusy");
    assert.ok(data.calendars.primary.busy.length >= 1);
    for (const { start, end } of data.calendars.primary.busy) assert.ok(Date.parse(start) < Date.parse(end));
    assert.deepEqual((await lastRequest(world())).body, requestBody);
    const unknown = await calendar.freebusy.query({ requestBody: { ...requestBody, items: [{ id: "nobody@example.com" }] } });
    assert.equal(unknown.data.calendars["nobody@example.com"].errors[0].reason, "notFound");
  });

  add("TV-21: events.list of a day", async () => {
    const { calendar } = await clients();
    const now = Date.now();
    const asked = {
      calendarId: "primary",
      timeMin: new Date(now).toISOString(),
      timeMax: new Date(now + 3 * 86_400_000).toISOString(),
      singleEvents: true,
      orderBy: "startTime",
      maxResults: 50,
    };
    const { data } = await calendar.events.list(asked);
    assert.equal(data.kind, "calendar#events");
    assert.ok(data.items.length >= 1);
    for (const { id, status, start, end, htmlLink } of data.items)
      assert.ok(id && status && htmlLink && (start.dateTime ?? start.date) && (end.dateTime ?? end.date));
    const { path, query } = await lastRequest(world());
    assert.equal(path, "/google/calendar/v3/calendars/primary/events");
    const sent = new URLSearchParams(query);
    assert.deepEqual(
      [sent.get("singleEvents"), sent.get("orderBy"), sent.get("maxResults"), sent.get("timeMin")],
      ["true", "startTime", "50", asked.timeMin],
    );
    await assert.rejects(calendar.events.list({ calendarId: "nobody@example.com" }), { code: 404 });
  });

  add("TV-24: calendarList.list", async () => {
    const { calendar } = await clients();
    const { data } = await calendar.calendarList.list();
    assert.ok(data.items.length >= 2);
    for (const { id, summary, accessRole } of data.items) assert.ok(id && summary && accessRole);
  });

  add("gmail: messages.list and get, threads.list and get", async () => {
    const { gmail } = await clients();
    const { data } = await gmail.users.messages.list({ userId: "me", q: "from:ben", maxResults: 10 });
    assert.ok(data.messages.length >= 1 && data.resultSizeEstimate >= 1);
    const message = (await gmail.users.messages.get({ userId: "me", id: data.messages[0].id, format: "full" })).data;
    const headers = Object.fromEntries(message.payload.headers.map(({ name, value }) => [name, value]));
    assert.match(headers.From, /Ben/);
    assert.ok(headers.Subject && message.snippet && message.threadId);
    const threads = (await gmail.users.threads.list({ userId: "me", q: "sketches" })).data.threads;
    const thread = (await gmail.users.threads.get({ userId: "me", id: threads[0].id })).data;
    assert.ok(thread.messages.length >= 2);
    const none = await gmail.users.messages.list({ userId: "me", q: "no-such-word-anywhere" });
    assert.deepEqual([none.data.messages, none.data.resultSizeEstimate], [undefined, 0]);
    await assert.rejects(gmail.users.messages.get({ userId: "me", id: "ffffffffffffffff" }), { code: 404 });
  });

  add("gmail: drafts.create", async () => {
    const { gmail } = await clients();
    const raw = Buffer.from("To: ben@example.com\r\nSubject: Lunch\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nAt one?").toString("base64url");
    const { data } = await gmail.users.drafts.create({ userId: "me", requestBody: { message: { raw } } });
    assert.ok(data.id && data.message.id);
    const effects = await world().control("GET", "/effects");
    assert.match(JSON.stringify(effects), /Lunch/);
    await assert.rejects(gmail.users.drafts.create({ userId: "me", requestBody: { message: {} } }), { code: 400 });
  });

  add("tasks: list and insert", async () => {
    const { tasks } = await clients();
    const asked = { tasklist: "@default", maxResults: 20, showCompleted: true, showHidden: false };
    const before = (await tasks.tasks.list(asked)).data.items;
    assert.ok(before.length >= 1 && before.every(({ id, title, status, position }) => id && title && status && position));
    const { data } = await tasks.tasks.insert({
      tasklist: "@default",
      requestBody: { title: "Buy stamps", notes: "Ten", due: "2030-01-02T00:00:00.000Z" },
    });
    assert.deepEqual(
      [data.kind, data.title, data.notes, data.status, data.due],
      ["tasks#task", "Buy stamps", "Ten", "needsAction", "2030-01-02T00:00:00.000Z"],
    );
    const after = (await tasks.tasks.list(asked)).data.items;
    assert.ok(after.some(({ id }) => id === data.id));
    await assert.rejects(tasks.tasks.list({ tasklist: "no-such-list" }), { code: 404 });
  });

  add("tokens that are wrong, expired, revoked or without the scope", async () => {
    const read = async (options) => (await clients(options)).calendar.calendarList.list();
    await assert.rejects(read({ token: "made-up" }), { code: 401 });
    await assert.rejects(read({ granted: [`${base}tasks`] }), { code: 403 });
    for (const how of ["expire", "revoke"]) {
      const { calendar } = await clients();
      await calendar.calendarList.list();
      await endTokens(world(), "google-oauth2", how);
      await assert.rejects(calendar.calendarList.list(), { code: 401 }, how);
    }
  });
}
