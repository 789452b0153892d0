// The other subject of an exchange: the access token our API received, by the client that belongs to that API. Callers who logged in
// at Deputy have a refresh token; here the socket is opened with a bearer token.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { HttpClient, startDeputy, type Deputy } from "../harness/index.ts";
import { accessToken } from "../edge/support/spa.ts";
import { ask, createChat, history, openTab, toolParts } from "./support/chat.ts";
import { connectCalendar } from "./support/connect.ts";
import { type Token, exchanges } from "./support/world.ts";

const client = { AUTH0_CUSTOM_API_CLIENT_ID: "deputy-offline-api", AUTH0_CUSTOM_API_CLIENT_SECRET: "offline-custom-api-secret-not-a-real-one" };
let deputy: Deputy;
let ana: HttpClient;
before(async () => {
  deputy = await startDeputy({ vars: client });
  ana = await deputy.login("ana");
  await connectCalendar(ana);
});
after(() => deputy.stop());

/** A tab of a client that has the user's access token and no cookie. */
async function bearerTab(name: string, chat: string): ReturnType<typeof openTab> {
  return await openTab(new HttpClient(deputy.url), chat, { headers: { authorization: `Bearer ${await accessToken(deputy, name)}` } });
}

test("TV-05 TV-07: with a Custom API Client the same tool exchanges the user's access token", async () => {
  const socket = await bearerTab("ana", await createChat(ana));
  assert.match((await ask(socket, "Am I free tomorrow at 9?")).text, /^You are busy/);
  const [exchange, ...more] = await exchanges(deputy.offline);
  assert.deepEqual(more, []);
  const body = exchange?.body ?? {};
  assert.equal(body.subject_token_type, "urn:ietf:params:oauth:token-type:access_token");
  assert.equal(body.client_id, "deputy-offline-api");
  const subject = (await deputy.offline.tokens<Token>()).find(({ token }) => token === body.subject_token);
  assert.deepEqual([subject?.kind, subject?.audience], ["access_token", "https://deputy.example/api"]);
  await socket.close();
});

test("TV-06: a client of another API is a clear error, and no consent card", async () => {
  await deputy.offline.control("PATCH", "/clients/deputy-offline-api", { resource_server_identifier: "sample-shop-api" });
  await deputy.worker.restart();
  const ben = await deputy.login("ben");
  const chat = await createChat(ben);
  const socket = await bearerTab("ben", chat);
  const turn = await ask(socket, "Am I free tomorrow at 9?");
  assert.equal(turn.error, undefined);
  assert.match(toolParts(await history(ben, chat))[0]?.errorText ?? "", /not set up correctly/);
  assert.ok(
    deputy.worker.logs.some((line) => line.includes("tenant_audience_not_authorized") && line.includes("AUTH0_CUSTOM_API_CLIENT_ID")),
    "the log says which setting",
  );
  await socket.close();
});
