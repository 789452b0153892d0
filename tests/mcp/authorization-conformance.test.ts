// The official conformance runner's scenarios of authorization servers: the offline tenant, and our façade before it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { freePort, HttpClient, startDeputy, submitLogin, type Deputy } from "../harness/index.ts";

const runner = fileURLToPath(new URL("conformance/node_modules/@modelcontextprotocol/conformance/dist/index.js", import.meta.url));
const client = "conformance-runner";
let deputy: Deputy;
let port: number;
before(async () => {
  deputy = await startDeputy({ vars: { MCP_AUTHORIZATION_FACADE: "1" } });
  port = await freePort();
  const record = {
    client_id: client,
    client_secret: null,
    name: "Conformance runner",
    app_type: "native",
    is_first_party: true,
    callbacks: [`http://127.0.0.1:${port}/callback`],
    grant_types: ["authorization_code", "refresh_token"],
  };
  await deputy.offline.control("POST", "/seed", { clients: [record] });
});
after(() => deputy.stop());

/** What the runner says of an authorization server; the log-in that it waits for is Ana's. */
async function judged(issuer: string): Promise<string> {
  const args = [runner, "authorization", "--url", issuer, "--client-id", client, "--resource", `${deputy.url}/mcp`, "--port", String(port)];
  const child = spawn(process.execPath, args, { env: { ...process.env, NO_COLOR: "1" }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let login: Promise<unknown> | undefined;
  const read = (chunk: Buffer) => {
    output += chunk.toString();
    const url = /^https?:\S+response_type=code\S*$/m.exec(output)?.[0];
    if (url !== undefined) login ??= logIn(url);
  };
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  const code = await new Promise((resolve) => child.once("close", resolve));
  await login;
  assert.equal(code, 0, output);
  return output;
}

async function logIn(url: string): Promise<void> {
  const browser = new HttpClient(url);
  await submitLogin(browser, await browser.get(url), await deputy.offline.user("ana"));
}

for (const [name, issuer] of [
  ["the offline tenant", () => deputy.offline.issuer],
  ["the façade", () => deputy.url],
] as const) {
  test(`authorization server conformance: ${name} passes every scenario, without a warning`, async () => {
    const output = await judged(issuer());
    for (const scenario of ["authorization-server-metadata-endpoint", "authorization-code-grant"])
      assert.match(output, new RegExp(`✓ ${scenario}: [1-9]\\d* passed, 0 failed`), output);
    assert.doesNotMatch(output, /[1-9]\d* (?:failed|warnings)/);
  });
}
