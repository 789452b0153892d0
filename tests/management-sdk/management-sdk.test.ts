// Auth0's own SDK (`auth0`) talks to the offline tenant's Management API over TLS: what we took from documentation, it has in its types.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startOffline, type OfflineWorld } from "../harness/index.ts";
import { inRoot } from "../harness/paths.ts";
import { startTls, type TlsFront } from "./tls.ts";

let offline: OfflineWorld;
let front: TlsFront;
let directory: string;
before(async () => {
  directory = mkdtempSync(join(tmpdir(), "deputy-management-"));
  front = await startTls(() => offline.ports.tenant, join(directory, "certificate.pem"));
  offline = await startOffline({ appBaseUrl: "http://localhost:3997", args: ["--issuer", `https://localhost:${front.port}/`] });
});
after(async () => {
  await front?.stop();
  await offline?.stop();
  rmSync(directory, { recursive: true, force: true });
});

// The certificate is trusted by a process that is started with it.
test("the SDK makes, reads, changes and removes every kind of record, and reads every refusal", async () => {
  const env = {
    ...process.env,
    NODE_EXTRA_CA_CERTS: join(directory, "certificate.pem"),
    TENANT: `localhost:${front.port}`,
    CONTROL: offline.controlUrl,
  };
  const child = spawn(process.execPath, [inRoot("tests/management-sdk/suite.mjs")], { env });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += String(chunk)));
  const code = await new Promise((resolve) => child.on("close", resolve));
  assert.equal(code, 0, `${text}\n${offline.output()}`);
  assert.match(text, /every kind: good/);
});
