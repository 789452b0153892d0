import { eventually, type Message, type Part } from "../socket/support/chat.ts";

export interface SentOrReceived {
  type?: string;
  id?: string;
  [key: string]: unknown;
}

/** The state of an official hook, as far as every generation has it. */
export interface Shown {
  messages: readonly unknown[];
  status: string;
  sendMessage(message: { text: string }): Promise<void>;
}

/** A chat on screen in whatever generation of the official client: what it shows, and what crossed its socket. */
export abstract class ShownChat {
  /** What `onError` was told. */
  readonly errors: Error[] = [];
  /** Every frame that came in. */
  readonly received: SentOrReceived[] = [];
  /** Every frame that went out. */
  readonly sent: SentOrReceived[] = [];
  /** Every status the hook had, in order. */
  readonly statuses: string[] = [];
  /** How long the last message's text was at each rendering, which shows whether it grew while it streamed. */
  readonly lengths: number[] = [];

  /** What the chat hook gives. */
  abstract get chat(): Shown;

  /** True when nothing runs. */
  abstract get quiet(): boolean;

  get messages(): Message[] {
    return this.chat.messages as Message[];
  }

  get parts(): Part[] {
    return this.messages.flatMap(({ parts }) => parts);
  }

  /** Texts of the messages, one string a message. */
  get texts(): string[] {
    return this.messages.map(({ parts }) => parts.map((part) => (part.type === "text" ? part.text : "")).join(""));
  }

  /** The part of the last call of a tool. */
  tool(name: string): Part | undefined {
    return this.parts.findLast(({ type }) => type === `tool-${name}`);
  }

  /** Sends a message as the user would. */
  say(text: string): void {
    void this.chat.sendMessage({ text });
  }

  /** Waits until `check` gives something. */
  async see<T>(what: string, check: (client: this) => T | undefined | false, timeout = 15_000): Promise<T> {
    return await eventually(what, () => check(this), timeout).catch((error: Error) => {
      throw new Error(
        `${error.message}\nstatus ${this.chat.status}, errors ${JSON.stringify(this.errors.map(String))}\n${JSON.stringify(this.messages, null, 1)}\n${this.received
          .slice(-20)
          .map((frame) => JSON.stringify(frame))
          .join("\n")}`,
      );
    });
  }

  /** Waits until nothing runs. */
  async idle(): Promise<void> {
    await this.see("an idle client", ({ quiet }) => quiet);
  }

  /** Says something and waits for an answer that fits. */
  async askFor(text: string, answer: RegExp): Promise<string> {
    const before = this.messages.length;
    this.say(text);
    const found = await this.see(`an answer like ${answer} to ${text}`, ({ texts }) => texts.slice(before + 1).find((one) => answer.test(one)));
    await this.idle();
    return found;
  }

  /** Notes what is on screen now. */
  protected rendered(): void {
    if (this.statuses.at(-1) !== this.chat.status) this.statuses.push(this.chat.status);
    this.lengths.push(this.texts.at(-1)?.length ?? 0);
  }
}
