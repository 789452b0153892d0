// The MCP Inspector's command line, unmodified, lists and calls the tools of /mcp with a token in a header: one process a question.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { mcpToken } from "../edge/support/mcp.ts";
import { freePort, startDeputy, type Deputy } from "../harness/index.ts";

const inspector = join(import.meta.dirname, "inspector/node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js");
/** It keeps what it is told in the home directory. */
const home = mkdtempSync(join(tmpdir(), "deputy-mcp-inspector-"));
let deputy: Deputy;
/** The API that `greet` calls. */
let api: Server;
let ana: string;
before(async () => {
  const port = await freePort();
  api = createServer((_, answer) => answer.setHeader("content-type", "application/json").end('{"msg":"private"}')).listen(port, "127.0.0.1");
  deputy = await startDeputy({ vars: { API_BASE_URL: `http://127.0.0.1:${port}/`, API_AUTH0_AUDIENCE: "http://localhost:8787/" } });
  ana = await token("ana");
});
after(async () => {
  api?.close();
  await deputy?.stop();
  rmSync(home, { recursive: true, force: true });
});

const token = (name: string) => mcpToken(deputy, name, "openid tool:whoami tool:greet agent:tools");

/** The result that it prints for a method, with options of that method. Fails unless it ends with 0. */
async function inspect<T>(token: string | undefined, method: string, ...options: string[]): Promise<T> {
  const header = token === undefined ? [] : ["--header", `Authorization: Bearer ${token}`];
  const server = [`${deputy.url}/mcp`, "--transport", "http", "--connect-timeout", "60000", "--stored-auth-only", ...header];
  const args = [inspector, "--cli", ...server, "--format", "json", "--method", method, ...options];
  const settings = { env: { ...process.env, HOME: home, USERPROFILE: home }, timeout: 60_000 };
  const { stdout } = await promisify(execFile)(process.execPath, args, settings);
  return (JSON.parse(stdout) as { result: T }).result;
}

interface Tools {
  tools: { name: string }[];
}
interface Result {
  content: { text: string }[];
  structuredContent?: Record<string, unknown>;
  isError?: boolean;
}

test("MC-07 MC-08: three roles see three lists, and who has no token none", async () => {
  const list = async (name: string, ...options: string[]) => {
    const { tools } = await inspect<Tools>(await token(name), "tools/list", ...options);
    return tools.map((tool) => tool.name);
  };
  const [admin, user, nobody] = await Promise.all([list("ana"), list("ben"), list("chris", "--protocol-era", "modern")]);
  for (const tool of ["get_current_time", "whoami", "greet", "calendar_summary", "buyStock"]) assert.ok(admin.includes(tool), admin.join(" "));
  assert.deepEqual(user, ["get_current_time", "whoami"]);
  assert.deepEqual(nobody, ["get_current_time"]);
  await assert.rejects(inspect(undefined, "tools/list"), /auth_required|401/);
});

test("MC-10: it calls tools, in a session and without one", async () => {
  const call = (era: string, ...options: string[]) => inspect<Result>(ana, "tools/call", "--protocol-era", era, "--tool-name", ...options);
  const time = await call("legacy", "get_current_time");
  assert.match(time.content[0]?.text ?? "", /\d{4}-\d\d-\d\dT/);
  const who = await call("modern", "whoami");
  assert.equal(who.structuredContent?.sub, (await deputy.offline.user("ana")).user_id);
  const greeting = await call("legacy", "greet", "--tool-arg", "name=Ann");
  assert.match(greeting.content[0]?.text ?? "", /Hello, Ann/);
});

test("a token that lacks a tool's scope: it says which", async () => {
  const call = inspect(await mcpToken(deputy, "ana"), "tools/call", "--tool-name", "whoami");
  await assert.rejects(call, /Insufficient scope.*tool:whoami/);
});
