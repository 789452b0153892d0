import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { WebSocketServer } from "ws";
import { ChatSocket, HttpClient, UpgradeRefused, freePorts, readForms } from "./index.ts";
import { ProcessGroup } from "./process-group.ts";

const server = createServer(answer);
let client: HttpClient;

before(async () => {
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    if (request.url?.includes("refused")) return void socket.end("HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\nno");
    sockets.handleUpgrade(request, socket, head, (open) => {
      open.send(JSON.stringify({ type: "hello", origin: request.headers.origin, cookie: request.headers.cookie }));
      open.on("message", () => open.close(1008, "enough"));
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  client = new HttpClient(`http://localhost:${address.port}`);
});

after(() => {
  server.closeAllConnections();
  server.close();
});

test("forms are read with their fields, types and buttons", () => {
  const [form] = readForms(
    '<form method=POST action="/a?b=1&amp;c=2"><input type="hidden" name=state value="x&quot;y"><input type=password name="p"><button name="go" value="1">Go <b>on</b></button></form>',
  );
  assert.deepEqual(form, {
    action: "/a?b=1&c=2",
    method: "post",
    fields: { state: 'x"y', p: "" },
    more: [],
    types: { state: "hidden", p: "password" },
    buttons: [{ name: "go", value: "1", text: "Go on" }],
  });
});

test("the client follows redirects, keeps cookies and drops expired ones", async () => {
  assert.equal((await client.get("/set")).text, "cookie a=1; b=2");
  assert.equal((await client.get("/drop")).text, "cookie b=2");
  assert.equal((await client.get("/set", { follow: false })).status, 302);
});

test("a form goes out with the field values and the button pressed", async () => {
  const page = await client.get("/form");
  assert.equal((await client.submit(page, { name: "Ana" }, { button: /yes/ })).text, "name=Ana&hidden=1&answer=yes");
});

test("the socket sends cookie and Origin, collects frames and reports the close", async () => {
  const socket = await ChatSocket.open(client, "1");
  const hello = await socket.waitFor(({ type }) => type === "hello", 2_000);
  assert.equal(hello.origin, client.baseUrl);
  assert.match(String(hello.cookie), /b=2/);
  socket.send({ type: "anything" });
  assert.deepEqual(await socket.waitForClose(2_000), { code: 1008, reason: "enough" });
  await assert.rejects(
    socket.waitFor(({ type }) => type === "never", 2_000),
    /before the close 1008 enough/,
  );
});

test("a refused upgrade is an error with its status", async () => {
  await assert.rejects(ChatSocket.open(client, "refused"), (error) => error instanceof UpgradeRefused && error.status === 401 && error.body === "no");
});

test("a killed process group takes its grandchildren along", async () => {
  const group = ProcessGroup.program("sleepers", "sh", ["-c", "sleep 300 & echo $!; wait"]);
  await group.until(() => group.lines.length > 0, 5_000);
  const grandchild = Number(group.lines[0]);
  assert.match(stateOf(grandchild), /^[DRS]/);
  await group.kill();
  await new Promise((resolve) => setTimeout(resolve, 50));
  // A zombie is dead: nobody has collected it yet.
  assert.match(stateOf(grandchild), /^(Z.*)?$/);
});

test("free ports are different", async () => {
  assert.equal(new Set(await freePorts(5)).size, 5);
});

const stateOf = (pid: number) => spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout.trim();

function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = request.url ?? "";
  if (path === "/set") response.writeHead(302, { location: "/show", "set-cookie": ["a=1; Path=/; HttpOnly", "b=2; Max-Age=60"] }).end();
  else if (path === "/drop") response.writeHead(302, { location: "/show", "set-cookie": "a=; Max-Age=0" }).end();
  else if (path === "/form")
    response.end(
      '<form method="post" action="/echo"><input name="name"><input type=hidden name=hidden value=1><button name=answer value=no>no</button><button name=answer value=yes>yes</button></form>',
    );
  else if (path === "/echo") request.pipe(response);
  else response.end(`cookie ${request.headers.cookie ?? ""}`);
}
