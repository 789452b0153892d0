import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { gzipSync } from "node:zlib";
import { WebSocketServer, type WebSocket } from "ws";
import { inRoot } from "../../harness/paths.ts";

const client = inRoot("build", "client");
const types: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
/** The policy of src/edge/headers.rs, without the tenant. */
const policy =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'";

/** What the canned Worker answers. */
export interface Canned {
  /** Nobody is logged in when there is none. */
  user?: { sub: string; name: string };
  environment?: object;
  chats?: { id: string; title: string; createdAt: number }[];
  connections?: object[];
  schedules?: object[];
  /** What the user may see of documents. */
  documents?: object;
  /** The transcript of every chat. */
  messages?: object[];
}

/** Serves the built client with answers that are given: for what the browser does, whatever the Worker is. */
export class CannedWorker {
  readonly url: string;
  /** What the page is answered; tests change it. */
  canned: Canned;
  /** Frames the page has sent, as JSON. */
  readonly received: Record<string, unknown>[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<WebSocket>();
  #loaded: { path: string; gzip: number }[] = [];

  private constructor(server: Server, canned: Canned) {
    this.#server = server;
    this.canned = canned;
    this.url = `http://localhost:${(server.address() as AddressInfo).port}`;
  }

  static async start(canned: Canned = {}): Promise<CannedWorker> {
    if (!existsSync(join(client, "index.html"))) throw new Error("The client is not built: npm run build -- --client");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const worker = new CannedWorker(server, canned);
    server.on("request", (request, response) => void worker.#answer(request, response));
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", (socket) => worker.#accept(socket));
    return worker;
  }

  /** Scripts and style sheets that were asked for since the last call, with their compressed sizes in bytes. */
  takeLoaded(): { path: string; gzip: number }[] {
    const loaded = this.#loaded;
    this.#loaded = [];
    return loaded;
  }

  /** Sends a frame to every page. */
  push(frame: object): void {
    for (const socket of this.#sockets) socket.send(JSON.stringify(frame));
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.terminate();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: WebSocket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("message", (data) => {
      const frame = JSON.parse(String(data)) as Record<string, unknown>;
      this.received.push(frame);
      if (frame.type === "cf_agent_stream_resume_request") socket.send(JSON.stringify({ type: "cf_agent_stream_resume_none" }));
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", this.url).pathname;
    response.setHeader("content-security-policy", policy);
    const body = this.#api(path);
    if (body !== undefined) {
      response.statusCode = body === null ? 401 : 200;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(body ?? { error: "Unauthorized", code: "unauthorized" }));
      return;
    }
    const file = extname(path) === "" ? "/index.html" : normalize(path);
    try {
      const bytes = await readFile(join(client, file));
      if (/\.(js|css)$/.test(file)) this.#loaded.push({ path: file, gzip: gzipSync(bytes, { level: 9 }).length });
      response.setHeader("content-type", types[extname(file)] ?? "application/octet-stream");
      response.end(bytes);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  }

  /** Undefined for what is a file of the client, null for what needs a user. */
  #api(path: string): unknown {
    const {
      user,
      environment = { offline: false, model: "scripted", scripted: false },
      chats = [],
      connections = [],
      schedules = [],
      documents = { documents: [], folders: [], cut: false, unchecked: false },
      messages = [],
    } = this.canned;
    if (path === "/api/environment") return environment;
    const answers: Record<string, unknown> = {
      "/user": user,
      "/api/chats": chats,
      "/api/connections": connections,
      "/api/schedules": schedules,
      "/api/documents": documents,
    };
    if (!(path in answers) && !path.endsWith("/get-messages")) return undefined;
    if (user === undefined) return null;
    return path in answers ? answers[path] : messages;
  }
}
