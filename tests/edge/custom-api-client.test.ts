import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startDeputy, type Deputy } from "../harness/index.ts";
import { userMessage } from "../socket/support/chat.ts";
import { exchanges, modelCalls } from "../socket/support/world.ts";
import { Spa } from "./support/spa.ts";

let deputy: Deputy;
before(async () => {
  deputy = await startDeputy();
});
after(() => deputy.stop());

/** What the tool call of a bearer's turn became, with these settings. */
async function refusedWith(vars: Record<string, string>): Promise<string> {
  await deputy.worker.restart(vars);
  const ana = await Spa.login(deputy, "ana");
  const since = Date.now();
  const answer = await ana.post({ messages: [userMessage("Am I free tomorrow at 9?")] });
  assert.equal(answer.status, 200);
  const call = answer.chunks.find(({ type }) => type === "tool-output-error") ?? assert.fail(answer.raw);
  assert.equal(answer.error, undefined, "and nobody is asked to connect anything");
  assert.equal((await modelCalls(deputy.offline, since)).length, 2, "the model is told why");
  return call.errorText ?? "";
}

test("TV-06: a missing or mismatching custom API client is an error that names the setting, not a consent prompt", async () => {
  const since = Date.now();
  const missing = await refusedWith({ AUTH0_CUSTOM_API_CLIENT_ID: "", AUTH0_CUSTOM_API_CLIENT_SECRET: "" });
  assert.match(missing, /AUTH0_CUSTOM_API_CLIENT_ID and AUTH0_CUSTOM_API_CLIENT_SECRET are missing/);
  assert.equal((await exchanges(deputy.offline, since)).length, 0);

  const vault = "urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token";
  await deputy.offline.control("PATCH", "/clients/deputy-offline-machine", { grant_types: [vault] });
  const other = await refusedWith({
    AUTH0_CUSTOM_API_CLIENT_ID: "deputy-offline-machine",
    AUTH0_CUSTOM_API_CLIENT_SECRET: "offline-machine-secret-not-a-real-one",
  });
  assert.match(other, /AUTH0_CUSTOM_API_CLIENT_ID does not name the Custom API Client of the API in AUTH0_AUDIENCE/);

  const secret = await refusedWith({ AUTH0_CUSTOM_API_CLIENT_ID: "deputy-offline-api", AUTH0_CUSTOM_API_CLIENT_SECRET: "wrong" });
  assert.match(secret, /does not accept AUTH0_CUSTOM_API_CLIENT_ID with AUTH0_CUSTOM_API_CLIENT_SECRET/);
  assert.doesNotMatch(deputy.worker.logs.join("\n"), /offline-machine-secret|"wrong"/);
});
