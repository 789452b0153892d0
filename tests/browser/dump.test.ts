import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { launchBrowser, startDeputy, type Deputy } from "../harness/index.ts";
import { filesBelow, findLeaks, type Haystack, type Needle } from "./support/leaks.ts";
import { Visitor } from "./support/visitor.ts";

interface Issued {
  kind: "access_token" | "id_token" | "refresh_token" | "provider_access_token";
  token: string;
  audience: string | null;
}

const sessionKey = "a session key of the dump test, long enough";
let deputy: Deputy;
let browser: Browser;
let visitor: Visitor;
let needles: Needle[] = [];

before(async () => {
  [deputy, browser] = await Promise.all([startDeputy({ vars: { AUTH0_SESSION_ENCRYPTION_KEY: sessionKey } }), launchBrowser()]);
  visitor = await Visitor.open(browser, deputy.url);
});
after(async () => {
  await browser?.close();
  await deputy?.stop();
});

test("the search finds a token however it was written down", () => {
  const token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhdXRoMHx4In0.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg";
  const writings = [
    token,
    JSON.stringify({ t: token }),
    encodeURIComponent(token),
    Buffer.from(token).toString("hex"),
    token.split(".")[2] ?? "",
    ...["", "a", "ab"].map((lead) => Buffer.from(`${lead}${token}~`).toString("base64")),
    ...["", "a", "ab"].map((lead) => Buffer.from(`${lead}${token}~`).toString("base64url")),
    Buffer.from(token, "utf16le"),
  ];
  for (const [index, writing] of writings.entries()) {
    const bytes = Buffer.concat([Buffer.from("before "), Buffer.from(writing), Buffer.from(" after")]);
    assert.notDeepEqual(findLeaks([{ name: "token", value: token }], [{ name: "file", bytes }]), [], `writing ${index}`);
  }
  assert.deepEqual(findLeaks([{ name: "token", value: token }], [{ name: "file", bytes: Buffer.from("nothing of the kind") }]), []);
});

test("a run in the browser: log in, connect, tools of every authority, a consent refused, connections, profile", async () => {
  const tab = await visitor.tab("/");
  await visitor.logIn(tab, await deputy.offline.user("ana"));
  await tab.newChat();
  await tab.send("Am I free tomorrow at 9?");
  const authorize = tab.connectCard.getByRole("button", { name: "Authorize" });
  // Cancelled first: the way back from an error must not carry anything either.
  await visitor.consent(tab, authorize, async () => undefined, "Cancel");
  await tab.connectCard.getByText("The account was not connected. You can try again.").waitFor();
  await visitor.consent(tab, authorize, async () => undefined);
  await tab.log.getByText("You are busy tomorrow at 09:00.").waitFor();
  await tab.idle();
  await tab.ask("Who am I?", "You are Ana Ferreira");
  await tab.send("Weather in Paris");
  await tab.confirmCard.getByRole("button", { name: "Approve" }).click();
  await tab.log.getByText("The weather in Paris is sunny.", { exact: true }).waitFor();
  await tab.ask("In 5 seconds remind me to stretch", "I will remind you");
  await tab.messages("Assistant").getByText("Reminder: stretch", { exact: true }).waitFor();
  await tab.button("Debug").click();
  await tab.page.getByLabel("Message JSON").first().waitFor();
  await tab.page.reload();
  await tab.online();
  await tab.page.getByRole("link", { name: "Connections" }).click();
  await tab.page.getByRole("heading", { name: "Google" }).waitFor();
  assert.equal((await tab.fetch("/user")).status, 200);
  needles = await secrets();
});

test("dump, TV-19: of every kind of token there is at least one, and more than five in all", async () => {
  const issued = await deputy.offline.tokens<Issued>();
  assert.ok(issued.length >= 5, `${issued.length} tokens`);
  for (const kind of ["access_token", "id_token", "refresh_token", "provider_access_token"])
    assert.ok(
      issued.some((one) => one.kind === kind),
      kind,
    );
  const audiences = new Set(issued.map(({ audience }) => audience));
  assert.ok(audiences.has("https://deputy.example/api") && audiences.has(`${deputy.offline.issuer}me/`), [...audiences].join(" "));
  for (const { name, value } of needles) assert.ok(value.length >= 16, `${name} is long enough to look for`);
});

test("dump: KV and SQLite hold none of them, while the user is logged in", () => {
  const files = filesBelow(deputy.worker.persistDir);
  const kinds = ["sqlite", "kv"].map((word) => files.filter(({ name }) => name.toLowerCase().includes(word)).length);
  assert.ok(
    kinds.every((count) => count > 0),
    files.map(({ name }) => name).join("\n"),
  );
  // A search that finds nothing proves something only where other things are found.
  for (const known of ["remind me to stretch", "google-oauth2"])
    assert.ok(
      files.some(({ bytes }) => bytes.includes(known)),
      `${known} is on disk`,
    );
  assert.deepEqual(findLeaks(needles, files), []);
});

test("dump, TV-19 S-21: no log line, no socket frame, no answer to the browser, no prompt and no transcript carries one", async () => {
  const { received, sent, bodies } = visitor.seen;
  assert.ok(received.some((frame) => frame.includes("You ")) && sent.length > 3 && bodies.length > 10 && deputy.worker.logs.length > 20);
  const places: Haystack[] = Object.entries({ "the log": deputy.worker.logs, "frames received": received, "frames sent": sent }).map(
    ([name, lines]) => ({ name, bytes: Buffer.from(lines.join("\n")) }),
  );
  assert.deepEqual(findLeaks(needles, places), []);
  const prompts = (await deputy.offline.requests<{ service: string; path: string; body: unknown }>()).filter(({ service }) => service === "model");
  assert.ok(prompts.length > 5 && prompts.some(({ body }) => JSON.stringify(body).includes("checkUsersCalendar")));
  assert.deepEqual(findLeaks(needles, [{ name: "what the model was asked", bytes: Buffer.from(JSON.stringify(prompts)) }]), []);
  const chats = JSON.parse(await visitor.context.request.get(`${deputy.url}/api/chats`).then((answer) => answer.text())) as { id: string }[];
  const transcripts = await Promise.all(
    chats.map(async ({ id }) => await visitor.context.request.get(`${deputy.url}/agents/chat/${id}/get-messages`).then((answer) => answer.text())),
  );
  assert.ok(transcripts.some((text) => text.includes("You are busy tomorrow")));
  assert.deepEqual(findLeaks(needles, [{ name: "transcripts", bytes: Buffer.from(transcripts.join("\n")) }]), []);
  // The session cookie travels in a header; no body repeats it.
  assert.deepEqual(
    findLeaks(
      needles.filter(({ name }) => !name.startsWith("cookie")),
      [{ name: "answers", bytes: Buffer.from(bodies.join("\n")) }],
    ),
    [],
  );
});

test("dump: nor after the log-out and the end of the process", async () => {
  const [page] = visitor.context.pages();
  await page?.getByRole("button", { name: "Log out" }).click();
  await page?.getByRole("heading", { name: "You are not logged in" }).waitFor();
  const all = [...needles, ...(await secrets())];
  await deputy.worker.kill();
  assert.deepEqual(findLeaks(all, filesBelow(deputy.worker.persistDir)), []);
  visitor.assertNoProblems();
});

/** Every token the tenant gave out, the keys of the Worker and the cookies of the browser. */
async function secrets(): Promise<Needle[]> {
  const issued = await deputy.offline.tokens<Issued>();
  const settings = deputy.offline.settings();
  const cookies = (await visitor.context.cookies(deputy.url)).filter(({ name }) => name.startsWith("deputy"));
  assert.ok(issued.length > 0);
  return [
    ...issued.map(({ kind, token }, index) => ({ name: `${kind} ${index}`, value: token })),
    { name: "client secret", value: settings.AUTH0_CLIENT_SECRET ?? "" },
    { name: "session key", value: sessionKey },
    ...cookies.map(({ name, value }) => ({ name: `cookie ${name}`, value })),
  ];
}
