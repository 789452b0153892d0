import assert from "node:assert/strict";
import { createServer } from "node:net";
import { once } from "node:events";
import { test } from "node:test";
import { isFree, refuseTaken } from "../../scripts/lib/ports.mjs";
import { freePort } from "../harness/index.ts";

test("a port in use is named with the setting that moves it", async () => {
  const port = await freePort();
  assert.equal(await isFree(port), true);
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  try {
    assert.equal(await isFree(port), false);
    await assert.rejects(refuseTaken({ OFFLINE_PORT: port }), (error: Error & { remedy?: string }) => {
      assert.match(error.message, new RegExp(`Port ${port} is in use`));
      assert.match(error.remedy ?? "", /OFFLINE_PORT=/);
      return true;
    });
  } finally {
    server.close();
  }
});

test("two services on one port are refused", async () => {
  await assert.rejects(refuseTaken({ PORT: 23999, OFFLINE_PORT: 23999 }), /share port 23999/);
});
