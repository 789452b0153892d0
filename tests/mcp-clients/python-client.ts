import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { mcpPython } from "../../scripts/mcp/python.mjs";
import type { Deputy } from "../harness/index.ts";
import { logIn } from "./provider.ts";

/** A question of the server's to the user, in the middle of a call. */
export interface Question {
  mode: "form" | "url";
  message: string;
  url?: string;
}

/** What the user answers. */
export interface Reply {
  action: "accept" | "decline" | "cancel";
  content?: Record<string, unknown>;
}

export interface Connection {
  user: string;
  callback: string;
  /** `auto` asks for the newest revision, `legacy` begins a session. */
  mode?: "auto" | "legacy";
  /** Who the client is, if the tenant knows it already; else it registers. */
  client?: { client_id: string; client_secret?: string };
  /** The user, who is not expected to be asked where this is left out. */
  answer?: (question: Question) => Promise<Reply>;
}

type Line = { visit: string } | { question: Question } | { result: unknown } | { error: string };

const program = await mcpPython();

/**
 * Python's `mcp` package in a process of its own (python_client.py), for which this one is the browser and the person before it. One
 * process for all connections, which follow each other: it takes seconds of computing to start.
 */
export class PythonClient {
  /** Where the package sent the browser for this connection, in order. */
  visited: URL[] = [];
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #errors = "";

  constructor() {
    this.#child = spawn(program, [join(import.meta.dirname, "python_client.py")]);
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#errors += text));
  }

  /** Leaves the connection before and makes this one, with whatever log-in it needs. Gives the revision of the protocol that was agreed on. */
  async connect(deputy: Deputy, connection: Connection): Promise<string> {
    const { callback, client, mode = "auto", user } = connection;
    const method = client?.client_secret === undefined ? "none" : "client_secret_post";
    const known = client && { ...client, redirect_uris: [callback], token_endpoint_auth_method: method };
    this.visited = [];
    this.#visit = async (url) => (await logIn(deputy, user, url, callback)).href;
    this.#answer = connection.answer ?? ((question) => Promise.reject(new Error(`nobody expected ${JSON.stringify(question)}`)));
    return (await this.tell<{ revision: string }>({ connect: { url: `${deputy.url}/mcp`, callback, mode, method, client: known } })).revision;
  }

  /** The result of what the package is told to do; its own words where it fails. */
  async tell<T>(what: object): Promise<T> {
    this.#say(what);
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done === true) throw new Error(`Python ended: ${this.#errors}`);
      const line = JSON.parse(value) as Line;
      if ("result" in line) return line.result as T;
      if ("error" in line) throw new Error(line.error);
      await this.#act(line).catch((error: unknown) => {
        // It would wait for ever, and the next answer be taken for this one.
        this.#child.kill();
        throw error;
      });
    }
  }

  /** Has it leave; an error unless that goes well. */
  async close(): Promise<void> {
    this.#child.stdin.end();
    const code = this.#child.exitCode ?? (await new Promise((resolve) => this.#child.once("close", resolve)));
    if (code !== 0) throw new Error(`Python ended with ${code}: ${this.#errors}`);
  }

  kill(): void {
    this.#child.kill();
  }

  async #act(line: { visit: string } | { question: Question }): Promise<void> {
    if ("question" in line) return this.#say(await this.#answer(line.question));
    const url = new URL(line.visit);
    this.visited.push(url);
    this.#say(await this.#visit(url));
  }

  #visit: (url: URL) => Promise<string> = () => Promise.reject(new Error("there is no connection"));
  #answer: (question: Question) => Promise<Reply> = () => Promise.reject(new Error("there is no connection"));

  #say(line: unknown): void {
    this.#child.stdin.write(`${JSON.stringify(line)}\n`);
  }
}
