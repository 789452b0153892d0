// The official TypeScript SDK's client, unmodified, logs in to /mcp by OAuth at the offline tenant: static, by dynamic registration, and
// by a client-id metadata document; and asks for more when a tool needs it.
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { after, before, beforeEach, test } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { startDeputy, type Deputy } from "../harness/index.ts";
import { freePort } from "../../scripts/lib/ports.mjs";
import { Provider } from "./provider.ts";

let deputy: Deputy;
/** Where browsers come back to, and where a client's metadata document is. */
let site: Server;
let origin: string;
before(async () => {
  deputy = await startDeputy();
  const port = await freePort();
  origin = `http://localhost:${port}`;
  site = createServer((request, answer) => {
    if (request.url !== "/client.json") return answer.end("You can close this window");
    const document = {
      client_id: `${origin}/client.json`,
      client_name: "By document",
      redirect_uris: [callback()],
      token_endpoint_auth_method: "none",
    };
    answer.setHeader("content-type", "application/json").end(JSON.stringify(document));
  }).listen(port, "127.0.0.1");
});
after(async () => {
  site.close();
  await deputy.stop();
});
beforeEach(() => deputy.offline.reset());

const callback = () => `${origin}/oauth/callback`;
const inspector = { client_id: "deputy-offline-inspector", client_secret: "offline-inspector-secret-not-a-real-one" };

/** A client that is connected, after the log-in that the server asked it for. */
async function connected(provider: Provider): Promise<{ client: Client; transport: StreamableHTTPClientTransport }> {
  const url = new URL(`${deputy.url}/mcp`);
  const first = new StreamableHTTPClientTransport(url, { authProvider: provider });
  await assert.rejects(new Client({ name: "sdk", version: "1" }).connect(first as Transport), UnauthorizedError, "first it has to log in");
  await first.finishAuth(provider.code ?? assert.fail("nobody was sent to log in"));
  const client = new Client({ name: "sdk", version: "1" });
  const transport = new StreamableHTTPClientTransport(url, { authProvider: provider });
  await client.connect(transport as Transport);
  return { client, transport };
}

const names = async (client: Client) => (await client.listTools()).tools.map(({ name }) => name);

test("MC-04 MC-26: a client that was registered by hand finds the tenant, logs in with PKCE and lists the tools", async () => {
  await deputy.offline.control("PATCH", `/clients/${inspector.client_id}`, { callbacks: [callback()] });
  const provider = new Provider(deputy, callback(), "ana", inspector);
  const { client } = await connected(provider);
  const [visited] = provider.visited;
  assert.equal(visited?.origin, new URL(deputy.offline.issuer).origin);
  assert.equal(visited.searchParams.get("resource"), `${deputy.url}/mcp`);
  assert.equal(visited.searchParams.get("code_challenge_method"), "S256");
  assert.ok((await names(client)).includes("get_current_time"));
  await client.close();
});

test("MC-27: dynamic registration, where the tenant allows it; off, there is no way in", async () => {
  const closed = new StreamableHTTPClientTransport(new URL(`${deputy.url}/mcp`), { authProvider: new Provider(deputy, callback(), "ana") });
  await assert.rejects(new Client({ name: "sdk", version: "1" }).connect(closed as Transport), /registration/i);
  await deputy.offline.control("PATCH", "/policies", { dynamic_client_registration: true });
  const { client } = await connected(new Provider(deputy, callback(), "ben"));
  assert.ok((await names(client)).includes("whoami"));
  await client.close();
});

test("a client known by its metadata document: the SDK takes https only, so it is handed its id", async () => {
  const { client } = await connected(new Provider(deputy, callback(), "chris", { client_id: `${origin}/client.json` }));
  const listed = await names(client);
  assert.ok(listed.includes("get_current_time") && !listed.includes("whoami"), "MC-07: no role");
  await client.close();
});

test("a tool that needs more: the client is told what, logs in again, and the call goes through", async () => {
  const provider = new Provider(deputy, callback(), "ana", { client_id: `${origin}/client.json` });
  const { client, transport } = await connected(provider);
  await assert.rejects(client.callTool({ name: "whoami", arguments: {} }), UnauthorizedError);
  assert.equal(provider.visited.at(-1)?.searchParams.get("scope"), "openid profile email tool:whoami");
  await transport.finishAuth(provider.code ?? "");
  const result = await client.callTool({ name: "whoami", arguments: {} });
  assert.match(JSON.stringify(result), new RegExp((await deputy.offline.user("ana")).user_id.replace("|", "\\|")));
  await client.close();
});
