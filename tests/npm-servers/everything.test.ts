// A published MCP server, unmodified: a user adds it, and its tools are called in a chat.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startDeputy, type Deputy, type HttpClient } from "../harness/index.ts";
import { ask, createChat, eventually, history, openTab, toolParts, type Part } from "../socket/support/chat.ts";
import { everything, type PublishedServer } from "./programs.ts";

interface Server {
  id: string;
  state: string;
  problem?: string;
  tools: { name: string; asks: boolean; change?: string }[];
}
interface Output {
  content: { type: string; text?: string; uri?: string }[];
  structuredContent?: unknown;
  isError?: boolean;
}

let deputy: Deputy;
let ana: HttpClient;
let published: PublishedServer;
let server: Server;
before(async () => {
  [deputy, published] = await Promise.all([startDeputy(), everything()]);
  ana = await deputy.login("ana");
});
after(async () => {
  await published?.stop();
  await deputy?.stop();
});

test("CF-29: server-everything is added; what only reads does not ask; its list stays what it was", async () => {
  const page = await ana.post("/api/mcp-servers", { url: published.url, name: "Everything" });
  assert.equal(page.status, 200, page.text);
  server = JSON.parse(page.text) as Server;
  assert.equal(server.state, "ready", server.problem);
  const asks = new Map(server.tools.map((tool) => [tool.name, tool.asks]));
  for (const reads of ["echo", "get-sum", "get-structured-content", "get-tiny-image", "trigger-long-running-operation"]) {
    assert.equal(asks.get(reads), false, reads);
  }
  for (const writes of ["gzip-file-as-resource", "toggle-simulated-logging"]) assert.equal(asks.get(writes), true, writes);
  // What it offers to clients alone that answer its questions, sample for it or tell it roots.
  const hidden = [...asks.keys()].filter((name) => /roots|sampling|elicitation/.test(name));
  assert.deepEqual(hidden, []);
  const looked = await ana.json<Server>(`/api/mcp-servers/${server.id}?look=1`);
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
  for (const [tool, input, shown] of results) assert.deepEqual((await called(tool, input)).content, shown, tool);
  const { structuredContent } = await called("get-structured-content", { location: "Chicago" });
  assert.deepEqual(structuredContent, { conditions: "Light rain / drizzle", humidity: 82, temperature: 36 });
  const links = await called("get-resource-links", { count: 2 });
  assert.deepEqual(
    links.content.slice(1).map(({ type, uri }) => [type, uri]),
    [
      ["link", "demo://resource/dynamic/blob/1"],
      ["link", "demo://resource/dynamic/text/2"],
    ],
  );
});

test("an input that does not fit is never sent", async () => {
  const { part } = await asked("get-sum", { a: "x" });
  assert.equal(part.state, "output-error");
  assert.match(part.errorText ?? "", /b: is missing; a: must be a number/);
});

test("what does not only read waits for a yes: a no sends nothing, a yes is answered", async () => {
  const input = { name: "a.gz", data: "data:text/plain,hello", outputType: "resource" };
  const posts = () => published.lines.filter((line) => line.includes("MCP POST")).length;
  for (const approved of [false, true]) {
    const { part, chat, socket } = await asked("gzip-file-as-resource", input);
    assert.equal(part.state, "approval-requested");
    assert.deepEqual(part.input, input);
    const before = posts();
    socket.send({ type: "cf_agent_tool_approval", toolCallId: part.toolCallId, approved });
    const settled = await eventually("the call is settled", async () => {
      const [now] = toolParts(await history(ana, chat));
      return now !== undefined && /^output/.test(now.state ?? "") && now;
    });
    if (approved) assert.deepEqual((settled.output as Output).content, [{ type: "resource", uri: "demo://resource/session/a.gz", ...bytes }]);
    else assert.deepEqual([settled.state, posts()], ["output-denied", before]);
    await socket.close();
  }
});

test("every conversation was ended, and every session with it", async () => {
  const count = (words: string) => published.lines.filter((line) => line.includes(words)).length;
  assert.ok(count("Session initialized") > 5);
  await eventually("no session is left", () => count("Session initialized") === count("Transport closed"));
});

const bytes = { note: "Its bytes are not shown here." };

/** What a tool that does not ask answers in a chat. */
async function called(tool: string, input: object): Promise<Output> {
  const { part, socket } = await asked(tool, input);
  await socket.close();
  assert.equal(part.state, "output-available", `${tool}: ${part.errorText}`);
  return part.output as Output;
}

/** A chat whose model calls a tool of the server, when the turn has ended or waits. */
async function asked(tool: string, input: object) {
  // Names that models do not take end with a mark, which the rule does not know ahead.
  const name = (await offered()).find((one) => one === `tool_everything_${tool}` || one.startsWith(`tool_everything_${tool.replaceAll("-", "_")}_`));
  await deputy.offline.rules([{ name: "go", when: "^go$", call: [{ tool: name, arguments: input }] }]);
  const chat = await createChat(ana);
  const socket = await openTab(ana, chat);
  await ask(socket, "go");
  const [part] = toolParts(await history(ana, chat));
  return { part: part ?? (assert.fail(`${tool} was not called`) as Part), chat, socket };
}

let names: string[] | undefined;
/** Names of the tools of servers that models are offered. */
async function offered(): Promise<string[]> {
  names ??= await seen();
  return names;
}

async function seen(): Promise<string[]> {
  const chat = await createChat(ana);
  const socket = await openTab(ana, chat);
  await ask(socket, "Hello");
  await socket.close();
  const requests = await deputy.offline.requests<{ service: string; body: { tools?: { function?: { name: string } }[] } | null }>();
  const last = requests.findLast(({ service, body }) => service === "model" && body?.tools !== undefined);
  return (last?.body?.tools ?? []).map(({ function: it }) => it?.name ?? "").filter((name) => name.startsWith("tool_"));
}
