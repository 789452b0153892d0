// The SDK's second line (`@modelcontextprotocol/client`), which speaks revision 2026-07-28, logs in by dynamic registration and calls a tool.
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { after, before, test } from "node:test";
import { Client, StreamableHTTPClientTransport, UnauthorizedError, type OAuthClientProvider } from "@modelcontextprotocol/client";
import { freePort, startDeputy, type Deputy } from "../harness/index.ts";
import { Provider } from "./provider.ts";

let deputy: Deputy;
let site: Server;
let callback: string;
before(async () => {
  deputy = await startDeputy();
  await deputy.offline.control("PATCH", "/policies", { dynamic_client_registration: true });
  const port = await freePort();
  callback = `http://localhost:${port}/oauth/callback`;
  site = createServer((_, answer) => answer.end("You can close this window")).listen(port, "127.0.0.1");
});
after(async () => {
  site.close();
  await deputy.stop();
});

test("MC-04: the client of the newest line logs in, lists the tools and calls one", async () => {
  const provider = new Provider(deputy, callback, "ben");
  const transport = () => new StreamableHTTPClientTransport(new URL(`${deputy.url}/mcp`), { authProvider: provider as OAuthClientProvider });
  const first = transport();
  await assert.rejects(new Client({ name: "second line", version: "1" }).connect(first), UnauthorizedError, "first it has to log in");
  await first.finishAuth(provider.code ?? assert.fail("nobody was sent to log in"));
  const client = new Client({ name: "second line", version: "1" });
  await client.connect(transport());
  const names = (await client.listTools()).tools.map(({ name }) => name);
  assert.deepEqual(names.sort(), ["get_current_time", "whoami"], "MC-07: Tool User");
  const result = await client.callTool({ name: "get_current_time", arguments: {} });
  assert.match(JSON.stringify(result.content), /\d{4}-\d\d-\d\dT/);
  await client.close();
});
