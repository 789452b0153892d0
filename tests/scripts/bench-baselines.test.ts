// `npm run bench`: the baselines do what Deputy does in the same workerd, for nobody but their user, and the table adds up.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { baselines, buildBaseline } from "../../bench/baseline/build.mjs";
import { newChat, socketOf } from "../../bench/chat.ts";
import { coldStart } from "../../bench/cold-start.ts";
import type { Baseline } from "../../bench/operation.ts";
import { operations } from "../../bench/operations.ts";
import { resultOf } from "../../bench/results.ts";
import { Side } from "../../bench/side.ts";
import { rpc } from "../edge/support/mcp.ts";
import { accessToken } from "../edge/support/spa.ts";
import { HttpClient, login } from "../harness/index.ts";

for (const [name, directory] of Object.entries(baselines)) {
  describe(name, () => {
    let side: Side;
    before(async () => {
      await buildBaseline(name);
      side = await Side.start(directory);
    });
    after(() => side.stop());

    for (const operation of operations.filter(({ beside }) => beside.includes(name as Baseline))) {
      test(`${operation.name} is done and uses CPU of workerd`, async () => {
        const { cpu, walls } = await side.measure({ ...operation, times: 2 });
        assert.ok(cpu > 0 && cpu < 5_000, `${cpu} ms`);
        assert.equal(walls.length, 2);
      });
    }

    test("a workerd of its own gives a first answer", async () => {
      const { cpu, wall } = await coldStart(directory);
      assert.ok(cpu > 0 && wall > 0, `${cpu} ms, ${wall} ms`);
    });

    if (name === "mcp") {
      test("a token that is missing or of another audience is none", async () => {
        const { deputy } = side;
        const params = { name: "get_current_time", arguments: {} };
        assert.equal((await rpc(deputy, "tools/call", params)).status, 401);
        const authorization = `Bearer ${await accessToken(deputy, "ana")}`;
        assert.equal((await rpc(deputy, "tools/call", params, { authorization })).status, 401);
      });
      return;
    }

    test("a session that is missing or changed is none", async () => {
      const { baseUrl } = side.client;
      const changed = new HttpClient(baseUrl);
      changed.setCookie(
        "session",
        (side.client.cookie("session") ?? "").replace(/^./, (first) => (first === "e" ? "f" : "e")),
      );
      for (const client of [new HttpClient(baseUrl), changed]) {
        assert.equal((await client.get("/health")).status, 200);
        for (const path of ["/user", "/api/chats", "/agents/chat/x"]) assert.equal((await client.get(path)).status, 401, path);
      }
    });

    test("a chat is its user's alone", async () => {
      const chat = await newChat(side.client);
      const other = await login(side.client.baseUrl, { email: "other@example.com", password: "any" });
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const socket = socketOf(other, chat);
        socket.once("unexpected-response", (_, { statusCode }) => resolve(statusCode));
        socket.once("open", () => reject(new Error("opened")));
      });
      assert.equal(status, 404);
      assert.deepEqual(await other.json("/api/chats"), []);
    });
  });
}

test("medians, p99, noise and ratios of what was measured", () => {
  const batch = (cpu: number, ...walls: number[]) => ({ cpu, wall: walls[0] ?? 0, walls });
  const measured = new Map([
    ["Deputy", [batch(1, 2, 2), batch(2, 4, 90), batch(3, 6, 6), batch(4, 8, 8)]],
    ["floor", [batch(2, 4), batch(4, 4), batch(4, 4), batch(4, 4)]],
  ]);
  const { operation, sides, ratios } = resultOf("nothing", measured);
  assert.equal(operation, "nothing");
  assert.deepEqual(sides["Deputy"], { cpu: 2, noise: 1, wall: 6, p99: 90, samples: 8 });
  assert.deepEqual(sides["floor"], { cpu: 4, noise: 0.5, wall: 4, p99: 4, samples: 4 });
  assert.deepEqual(Object.keys(ratios), ["floor"]);
  assert.deepEqual(ratios["floor"], { cpu: { ratio: 0.5, low: 0.5, high: 1 }, wall: { ratio: 1, low: 0.5, high: 2 } });
});
