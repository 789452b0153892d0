import assert from "node:assert/strict";
import { after, beforeEach } from "node:test";
import { startDeputy, type Deputy, type HttpClient } from "../harness/index.ts";
import type { ShownChat } from "../official-client/shown-chat.ts";
import { createChat, eventually, history, type Message, pause } from "../socket/support/chat.ts";
import { denyAll } from "../socket/support/approvals.ts";
import { disconnectAll } from "../socket/support/connect.ts";
import { freeBusyCalls } from "../socket/support/world.ts";
import { OldClient, type OldGeneration, type PageOptions, type ToolInterrupt } from "./old-client.ts";

/** A question whose answer needs the user's calendar. */
export const QUESTION = "Am I free tomorrow at 9?";
/** The answer, whatever is in the calendar. */
export const ANSWER = /You are (?:free|busy) tomorrow at [^ ]+\.$/;

/** What a test file of an old generation plays on: a new chat for every test, nothing connected, the pages closed after it. */
export class Stage {
  readonly generation: OldGeneration;
  deputy!: Deputy;
  ana!: HttpClient;
  /** The chat of the running test. */
  chat = "";
  readonly #pages: { close(): void }[] = [];
  #since = 0;

  constructor(generation: OldGeneration) {
    this.generation = generation;
  }

  /** Opens a page with the chat; closed when the test is over. */
  async page(options: PageOptions & { generation?: OldGeneration; chat?: string } = {}): Promise<OldClient> {
    return this.closing(await OldClient.open(options.generation ?? this.generation, this.ana, options.chat ?? this.chat, options));
  }

  /** Closes the page when the test is over. */
  closing<T extends { close(): void }>(page: T): T {
    this.#pages.push(page);
    return page;
  }

  /** Asks for the calendar and waits for the card. */
  async interrupted(page: OldClient): Promise<ToolInterrupt> {
    page.say(QUESTION);
    const interrupt = await page.see("the interrupt", (one) => one.interrupt);
    await page.idle();
    return interrupt;
  }

  /** Waits until the page shows the calendar's answer and the turn is over. */
  async answered(page: ShownChat, messages = 2): Promise<void> {
    await page.see("the answer", ({ texts }) => texts.length === messages && ANSWER.test(texts.at(-1) ?? ""));
    await page.idle();
    await this.settled();
  }

  /** Waits until the server writes nothing more. */
  async settled(): Promise<void> {
    let before = "";
    await eventually("a quiet server", async () => {
      await pause(150);
      const now = JSON.stringify(await this.history());
      const same = now === before;
      before = now;
      return same;
    });
  }

  /** How often the calendar was asked in this test. */
  async calls(): Promise<number> {
    return (await freeBusyCalls(this.deputy.offline, this.#since)).length;
  }

  async history(): Promise<Message[]> {
    return await history(this.ana, this.chat);
  }

  /** What is on screen is what the server keeps, in the words of an old generation. */
  async agrees(page: ShownChat): Promise<void> {
    const both = async () => [outline(page.messages), outline((await this.history()).map(inOldWords))] as const;
    const same = async () => {
      const [shown, kept] = await both();
      return JSON.stringify(shown) === JSON.stringify(kept);
    };
    await eventually("the page shows what the server keeps", same, 3_000).catch(async () => assert.deepEqual(...(await both())));
  }

  async begin(): Promise<void> {
    for (const page of this.#pages.splice(0)) page.close();
    if (!this.deputy) {
      this.deputy = await startDeputy({ vars: { LIMIT_APPROVALS_PER_HOUR: "100" } });
      await this.deputy.offline.control("PATCH", "/policies", { polling_interval: 1, approvals_per_minute: 1000 });
      this.ana = await this.deputy.login("ana");
    }
    await this.deputy.offline.control("DELETE", "/faults");
    await denyAll(this.deputy.offline);
    await disconnectAll(this.ana);
    this.chat = await createChat(this.ana);
    this.#since = Date.now();
  }

  async end(): Promise<void> {
    for (const page of this.#pages.splice(0)) page.close();
    await this.deputy?.stop();
  }
}

/** Sets the stage for the tests of a file. */
export function stageFor(generation: OldGeneration): Stage {
  const stage = new Stage(generation);
  beforeEach(() => stage.begin());
  after(() => stage.end());
  return stage;
}

/** Ids, roles and what a reader sees of the parts. */
function outline(messages: readonly Message[]): unknown {
  return messages.map(({ id, role, parts }) => ({
    id,
    role,
    parts: parts.map(({ type, state, text, output, toolCallId, input, errorText }) => ({ type, state, text, output, toolCallId, input, errorText })),
  }));
}

/** The words of a confirmation, which the history that anybody may load has in the newest spelling (agents-protocol.md 6.8). */
function inOldWords(message: Message): Message {
  const parts = message.parts.map((part) => {
    if (part.state === "approval-requested" || part.state === "approval-responded") return { ...part, state: "input-available" };
    return part.state === "output-denied" ? { ...part, state: "output-available", output: "No, denied." } : part;
  });
  return { ...message, parts };
}
