// A published MCP server, unmodified: a user adds it, and its tools are called in a chat.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startDeputy, type Deputy } from "../harness/index.ts";
import { eventually, pause } from "../socket/support/chat.ts";
import { everything, type PublishedServer } from "./programs.ts";
import { User, type Output } from "./user.ts";

let deputy: Deputy;
let ana: User;
let published: PublishedServer;
before(async () => {
  [deputy, published] = await Promise.all([startDeputy(), everything()]);
  ana = await User.of(deputy, "ana");
});
after(async () => {
  await published?.stop();
  await deputy?.stop();
});

test("CF-29: server-everything is added; what only reads does not ask; its list stays what it was", async () => {
  const server = await ana.add("Everything", published.url);
  assert.equal(server.state, "ready", server.problem);
  const asks = new Map(server.tools.map((tool) => [tool.name, tool.asks]));
  for (const reads of ["echo", "get-sum", "get-structured-content", "get-tiny-image", "trigger-long-running-operation"]) {
    assert.equal(asks.get(reads), false, reads);
  }
  for (const writes of ["gzip-file-as-resource", "toggle-simulated-logging"]) assert.equal(asks.get(writes), true, writes);
  // What it offers to clients alone that answer its questions, sample for it or tell it roots.
  const hidden = [...asks.keys()].filter((name) => /roots|sampling|elicitation/.test(name));
  assert.deepEqual(hidden, []);
  const research = server.tools.find(({ name }) => name === "simulate-research-query");
  assert.equal(research?.unusable, "it can be called as a task alone");
  const looked = await ana.server(server.id, { look: true });
  assert.deepEqual(
    looked.tools.filter(({ change }) => change !== undefined),
    [],
  );
});

test("every kind of result reaches the chat, and bytes do not", async () => {
  const results: [tool: string, input: object, shown: Output["content"]][] = [
    ["echo", { message: "héllo ☃\n2" }, [{ type: "text", text: "Echo: héllo ☃\n2" }]],
    ["get-sum", { a: 2, b: 3.5 }, [{ type: "text", text: "The sum of 2 and 3.5 is 5.5." }]],
    [
      "get-tiny-image",
      {},
      [
        { type: "text", text: "Here's the image you requested:" },
        { type: "image/png", ...bytes },
        { type: "text", text: "The image above is the MCP logo." },
      ],
    ],
    [
      "get-resource-reference",
      { resourceType: "Blob", resourceId: 1 },
      [
        { type: "text", text: "Returning resource reference for Resource 1:" },
        { type: "resource", uri: "demo://resource/dynamic/blob/1", ...bytes },
        { type: "text", text: "You can access this resource using the URI: demo://resource/dynamic/blob/1" },
      ],
    ],
    // It tells its progress over the stream of the call.
    [
      "trigger-long-running-operation",
      { duration: 1, steps: 4 },
      [{ type: "text", text: "Long running operation completed. Duration: 1 seconds, Steps: 4." }],
    ],
  ];
  for (const [tool, input, shown] of results) assert.deepEqual((await ana.calls("everything", tool, input)).content, shown, tool);
  const { structuredContent } = await ana.calls("everything", "get-structured-content", { location: "Chicago" });
  assert.deepEqual(structuredContent, { conditions: "Light rain / drizzle", humidity: 82, temperature: 36 });
  const links = await ana.calls("everything", "get-resource-links", { count: 2 });
  assert.deepEqual(
    links.content.slice(1).map(({ type, uri }) => [type, uri]),
    [
      ["link", "demo://resource/dynamic/blob/1"],
      ["link", "demo://resource/dynamic/text/2"],
    ],
  );
});

test("an input that does not fit is never sent", async () => {
  const { part } = await ana.asks("everything", "get-sum", { a: "x" });
  assert.equal(part.state, "output-error");
  assert.match(part.errorText ?? "", /b: is missing; a: must be a number/);
});

test("what does not only read waits for a yes: a no sends nothing, a yes is answered", async () => {
  const input = { name: "a.gz", data: "data:text/plain,hello", outputType: "resource" };
  const posts = () => published.lines.filter((line) => line.includes("MCP POST")).length;
  for (const approved of [false, true]) {
    const asked = await ana.asks("everything", "gzip-file-as-resource", input);
    assert.deepEqual(asked.part.input, input);
    const before = posts();
    const settled = await ana.decides(asked, approved);
    if (approved) assert.deepEqual((settled.output as Output).content, [{ type: "resource", uri: "demo://resource/session/a.gz", ...bytes }]);
    else assert.deepEqual([settled.state, posts()], ["output-denied", before]);
  }
});

test("every conversation was ended, and every session with it", async () => {
  const count = (words: string) => published.lines.filter((line) => line.includes(words)).length;
  assert.ok(count("Session initialized") > 5);
  await eventually("no session is left", () => count("Session initialized") === count("Transport closed"));
});

test("a server that dies in the middle of a call is told, and its tools are there when it is back", async () => {
  const call = ana.asks("everything", "trigger-long-running-operation", { duration: 30, steps: 60 });
  const begun = published.lines.length;
  await eventually("the call has arrived", () => published.lines.slice(begun).some((line) => line.includes("Session initialized")));
  await pause(1_000);
  await published.stop();
  const { part, socket } = await call;
  await socket.close();
  assert.equal(part.state, "output-error");
  assert.match(part.errorText ?? "", /cannot be reached/);
  published = await everything(Number(new URL(published.url).port));
  assert.deepEqual((await ana.calls("everything", "echo", { message: "back" })).content, [{ type: "text", text: "Echo: back" }]);
});

const bytes = { note: "Its bytes are not shown here." };
