import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type ChatSocket, type Deputy, type HttpClient } from "../../harness/index.ts";
import { type Part, ask, createChat, ended, eventually, history, openTab, say, toolParts } from "./chat.ts";
import { type Interrupt, consent, interruptOf } from "./connect.ts";
import { type Seen } from "./world.ts";

const google = (scope: string) => `https://www.googleapis.com/auth/${scope}`;

/** What each tool declares: connection, scopes. */
export const AUTHORITY: Record<string, [connection: string, scopes: string[]]> = {
  getCalendarEventsTool: ["google-oauth2", ["openid", google("calendar.events")]],
  listUserCalendars: ["google-oauth2", ["openid", google("calendar.calendarlist.readonly"), google("calendar.events.readonly")]],
  gmailSearchTool: ["google-oauth2", ["openid", google("gmail.readonly")]],
  gmailDraftTool: ["google-oauth2", ["openid", google("gmail.compose")]],
  getTasksTool: ["google-oauth2", [google("tasks")]],
  createTasksTool: ["google-oauth2", [google("tasks")]],
  listRepositories: ["github", []],
  listGitHubEvents: ["github", []],
  listChannels: ["sign-in-with-slack", ["channels:read", "groups:read"]],
  listOpportunities: ["salesforce", ["api"]],
};

/** A request of a provider, with the pairs of its query. */
export type ProviderCall = Seen & { query: [name: string, value: string][] };

/** One user with one chat, and the model told which tool to call. */
export class Bench {
  readonly deputy: Deputy;
  readonly user: HttpClient;
  chat = "";
  socket!: ChatSocket;
  /** When the test began: what the offline world saw before is not counted. */
  since = 0;

  private constructor(deputy: Deputy, user: HttpClient) {
    this.deputy = deputy;
    this.user = user;
  }

  static async open(deputy: Deputy, name = "ana"): Promise<Bench> {
    const bench = new Bench(deputy, await deputy.login(name));
    await bench.begin();
    return bench;
  }

  /** A new chat. */
  async begin(): Promise<void> {
    await this.socket?.close();
    await this.deputy.offline.clearFaults();
    this.since = Date.now();
    this.chat = await createChat(this.user);
    this.socket = await openTab(this.user, this.chat);
  }

  async connect(tool: string): Promise<void> {
    const [connection, requiredScopes] = AUTHORITY[tool] ?? assert.fail(tool);
    await consent(this.user, { connection, requiredScopes });
  }

  /** A sentence that makes the scripted model call the tool with these arguments. */
  async sentence(tool: string, args: object = {}): Promise<string> {
    const word = randomUUID().replaceAll("-", "");
    await this.deputy.offline.rules([{ name: word, when: `^run ${word}$`, call: [{ tool, arguments: args }] }]);
    return `run ${word}`;
  }

  /** Lets the model call the tool and waits for the end of the turn; the call as it stands then. */
  async call(tool: string, args: object = {}): Promise<Part> {
    await ask(this.socket, await this.sentence(tool, args));
    return await this.last();
  }

  /** The same for a call that must ask for an account: its interrupt. */
  async interrupted(tool: string, args: object = {}): Promise<Interrupt> {
    const request = say(this.socket, await this.sentence(tool, args));
    await ended(this.socket, request);
    return interruptOf(this.socket, request);
  }

  /** Says yes or no to the call that waits, and waits for its end. */
  async answer(part: Part, approved: boolean): Promise<Part> {
    assert.equal(part.state, "approval-requested");
    this.socket.send({ type: "cf_agent_tool_approval", toolCallId: part.toolCallId, approved, autoContinue: true });
    return await this.until((now) => now.toolCallId === part.toolCallId && (now.state ?? "").startsWith("output"));
  }

  /** Waits until the last call is as wanted. */
  async until(wanted: (part: Part) => boolean): Promise<Part> {
    return await eventually("the call to end", async () => {
      const part = await this.last();
      return wanted(part) && part;
    });
  }

  /** The last call of the chat. */
  async last(): Promise<Part> {
    return toolParts(await history(this.user, this.chat)).at(-1) ?? assert.fail("no call");
  }

  /** What the providers were asked since the test began. */
  async provider(path = ""): Promise<ProviderCall[]> {
    const seen = await this.deputy.offline.requests<ProviderCall>();
    return seen.filter(
      (one) => one.service === "providers" && one.at_ms >= this.since && one.path.startsWith(path) && !one.path.includes("/consent"),
    );
  }

  /** What was made at the providers. */
  async effects(kind: string): Promise<Record<string, unknown>[]> {
    const { effects } = (await this.deputy.offline.control("GET", "/effects")) as { effects: { kind: string; resource: Record<string, unknown> }[] };
    return effects.filter((one) => one.kind === kind).map(({ resource }) => resource);
  }
}
