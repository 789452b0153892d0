import assert from "node:assert/strict";
import type { ChatSocket, Deputy, HttpClient } from "../harness/index.ts";
import { ask, createChat, eventually, history, openTab, toolParts, type Part } from "../socket/support/chat.ts";

/** A server that a user added, as the API shows it. */
export interface Server {
  id: string;
  name: string;
  state: string;
  problem?: string;
  loggedIn: boolean;
  tools: { name: string; asks: boolean; change?: string; unusable?: string }[];
}

/** What a model reads of a result. */
export interface Output {
  content: { type: string; text?: string; uri?: string }[];
  structuredContent?: unknown;
  isError?: boolean;
}

/** A call that stands in a chat, settled or waiting. */
export interface Asked {
  part: Part;
  chat: string;
  socket: ChatSocket;
}

/** A user who adds servers and whose model calls their tools. */
export class User {
  readonly client: HttpClient;
  readonly #deputy: Deputy;

  private constructor(deputy: Deputy, client: HttpClient) {
    this.#deputy = deputy;
    this.client = client;
  }

  static async of(deputy: Deputy, name: string): Promise<User> {
    return new User(deputy, await deputy.login(name));
  }

  async add(name: string, url: string): Promise<Server> {
    const page = await this.client.post("/api/mcp-servers", { url, name });
    assert.equal(page.status, 200, page.text);
    return JSON.parse(page.text) as Server;
  }

  /** The server as it is now; `look` has it asked anew. */
  async server(id: string, { look = false } = {}): Promise<Server> {
    return await this.client.json<Server>(`/api/mcp-servers/${id}${look ? "?look=1" : ""}`);
  }

  /** A new chat whose model calls this tool, when the turn has ended or waits. */
  async asks(server: string, tool: string, input: object): Promise<Asked> {
    const plain = `tool_${server}_${tool.replaceAll("-", "_")}`;
    // A name that models do not take ends with a mark.
    const name = (await this.#offered()).find((one) => one === plain || (tool.includes("-") && one.startsWith(`${plain}_`)));
    await this.#deputy.offline.rules([
      { name: "go", when: "^go$", call: [{ tool: name ?? assert.fail(`${tool} is not offered`), arguments: input }] },
    ]);
    const chat = await createChat(this.client);
    const socket = await openTab(this.client, chat);
    await ask(socket, "go");
    const [part] = toolParts(await history(this.client, chat));
    return { part: part ?? assert.fail(`${tool} was not called`), chat, socket };
  }

  /** What a tool that does not ask answers. */
  async calls(server: string, tool: string, input: object): Promise<Output> {
    const { part, socket } = await this.asks(server, tool, input);
    await socket.close();
    assert.equal(part.state, "output-available", `${tool}: ${part.state} ${part.errorText}`);
    return part.output as Output;
  }

  /** Says yes or no to what waits; the call when it is settled. */
  async decides({ part, chat, socket }: Asked, approved: boolean): Promise<Part> {
    assert.equal(part.state, "approval-requested", part.errorText);
    socket.send({ type: "cf_agent_tool_approval", toolCallId: part.toolCallId, approved });
    const settled = await eventually("the call is settled", async () => {
      const [now] = toolParts(await history(this.client, chat));
      return now?.state?.startsWith("output") === true && now;
    });
    await socket.close();
    return settled;
  }

  /** Names of the tools of servers that a model is offered in a new chat. */
  async #offered(): Promise<string[]> {
    const chat = await createChat(this.client);
    const socket = await openTab(this.client, chat);
    await ask(socket, "Hello");
    await socket.close();
    const requests = await this.#deputy.offline.requests<{ service: string; body: { tools?: { function?: { name: string } }[] } | null }>();
    const last = requests.findLast(({ service, body }) => service === "model" && body?.tools !== undefined);
    return (last?.body?.tools ?? []).map(({ function: it }) => it?.name ?? "").filter((name) => name.startsWith("tool_"));
  }
}
