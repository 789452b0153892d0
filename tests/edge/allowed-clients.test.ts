// Whose access tokens the agent takes: those of the clients in AUTH0_ALLOWED_CLIENTS.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Deputy, HttpClient, startDeputy } from "../harness/index.ts";
import { accessToken, Spa } from "./support/spa.ts";

let deputy: Deputy;
before(async () => {
  // Not set: our own client and the Custom API Client.
  deputy = await startDeputy({ vars: { AUTH0_ALLOWED_CLIENTS: "" } });
});
after(async () => {
  await deputy.stop();
});

/** The newest access token for the agent's API that this client was given. */
async function tokenOf(client: string): Promise<string> {
  const all = await deputy.offline.tokens<{ kind: string; token: string; client_id: string; audience?: string }>();
  const fits = all.findLast(
    ({ kind, client_id, audience }) => kind === "access_token" && client_id === client && audience === deputy.offline.settings().AUTH0_AUDIENCE,
  );
  return fits?.token ?? assert.fail(`no token of ${client}`);
}

async function ask(token: string): Promise<{ status: number; code: string; error: string }> {
  const page = await new HttpClient(deputy.url).get("/api/chats", { headers: { authorization: `Bearer ${token}` } });
  const { code = "", error = "" } = page.status === 200 ? {} : (JSON.parse(page.text) as { code: string; error: string });
  return { status: page.status, code, error };
}

const refused = { status: 401, code: "bearer_client_not_allowed", error: "Invalid Authorization token provided." };

test("S-28 CF-07 UA-14: a good token of another client of the tenant is refused with a code of its own, everywhere", async () => {
  await deputy.login("ana");
  assert.equal((await ask(await tokenOf("deputy-offline"))).status, 200, "our own client");
  const native = await accessToken(deputy, "ana");
  assert.deepEqual(await ask(native), refused);
  const posted = await new Spa(deputy, native).post({ id: "x", messages: [{ id: "m", role: "user", parts: [{ type: "text", text: "Hello" }] }] });
  assert.equal(posted.status, 401);
  assert.equal((JSON.parse(posted.raw) as { code: string }).code, refused.code);
  assert.ok(
    deputy.worker.logs.some((line) => line.includes("bearer_refused") && line.includes("token_client_mismatch")),
    "the log says why",
  );
});
