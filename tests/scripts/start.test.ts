// `npm start` as a new user meets it: one command, an address, somebody to log in as, and nothing left behind.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { freePorts, login } from "../harness/index.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const portNames = ["PORT", "OFFLINE_PORT", "OFFLINE_PROVIDERS_PORT", "OFFLINE_MODEL_PORT", "OFFLINE_CONTROL_PORT", "OFFLINE_FGA_PORT"];

test("CF-31 CF-03: npm start serves the app, says whom to log in as, and stops everything on Ctrl-C", async () => {
  const ports = await freePorts(portNames.length);
  const state = mkdtempSync(join(tmpdir(), "deputy-start-"));
  const env = { ...process.env, ...Object.fromEntries(portNames.map((name, index) => [name, String(ports[index])])) };
  const url = `http://localhost:${ports[0]}`;
  const child = spawn(process.execPath, ["scripts/start.mjs"], { cwd: root, env: { ...env, BASE_URL: url, DEPUTY_STATE: state, CI: "1" } });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (printed += String(chunk)));
  const exit = new Promise<number | null>((resolve) => child.on("exit", resolve));
  try {
    // The line about Ctrl-C is the last one: what comes before it may arrive in pieces.
    const running = () => /Ctrl-C stops everything/.test(printed);
    for (let i = 0; i < 2500 && !running() && child.exitCode === null; i += 1) await new Promise((r) => setTimeout(r, 100));
    assert.match(printed, /Deputy is running/);
    const [, email, password] = /Log in as\s+(\S+)\s+password\s+(\S+)/.exec(printed) ?? [];
    assert.ok(email && password, "it names somebody to log in as");
    const client = await login(url, { email, password });
    assert.equal((await client.json<{ email: string }>("/user")).email, email);
  } finally {
    child.kill("SIGINT");
    assert.equal(await exit, 0, printed);
    rmSync(state, { recursive: true, force: true });
  }
  for (const port of ports) await assert.rejects(fetch(`http://127.0.0.1:${port}/health`), `port ${port} is free again`);
});

test("CF-03: the example names the settings of the documents, with port 3000", () => {
  const example = readFileSync(join(root, ".dev.vars.example"), "utf8");
  const names = ["OPENAI_API_KEY", "AUTH0_DOMAIN", "AUTH0_CLIENT_ID", "AUTH0_CLIENT_SECRET", "AUTH0_SESSION_ENCRYPTION_KEY", "AUTH0_AUDIENCE"];
  for (const name of names) assert.match(example, new RegExp(`^# ${name}=`, "m"));
  assert.match(example, /^# BASE_URL=http:\/\/localhost:3000$/m);
});
