// OA-09: the same agent with each API of a model: configured by settings alone, a plain answer, a turn with a tool, and what fails.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type ChatSocket, type HttpClient, startDeputy, type Deputy } from "../harness/index.ts";
import { createChat, ended, history, openTab, say, textOf, toolParts } from "./support/chat.ts";
import { type Seen, seen } from "./support/world.ts";

/** One API: the settings that choose it, and where the offline world is asked then. */
interface Api {
  name: string;
  settings: (modelPort: number) => Record<string, string>;
  path: string;
  /** True when the answer shows what the model thought. */
  thinks: boolean;
}

const none = { MODEL_API: "", OPENAI_API_KEY: "", ANTHROPIC_API_KEY: "", GEMINI_API_KEY: "", OPENAI_BASE_URL: "", MODEL: "" };
const gemini = "gemini-3-flash-preview";
const llama = "@cf/meta/llama-3.3-70b-instruct-fp8-fast";
const glm = "@cf/zai-org/glm-4.7-flash";

const apis: Api[] = [
  {
    name: "completions",
    settings: (port) => ({ MODEL_API: "completions", OPENAI_API_KEY: "offline", OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1` }),
    path: "/v1/chat/completions",
    thinks: true,
  },
  {
    name: "responses",
    settings: (port) => ({ MODEL_API: "responses", OPENAI_API_KEY: "offline", OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1` }),
    path: "/v1/responses",
    thinks: false,
  },
  {
    name: "anthropic",
    settings: (port) => ({
      MODEL_API: "anthropic",
      ANTHROPIC_API_KEY: "offline",
      OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`,
      MODEL: "claude-sonnet-4-5",
    }),
    path: "/v1/messages",
    thinks: true,
  },
  {
    name: "gemini",
    settings: (port) => ({ MODEL_API: "gemini", GEMINI_API_KEY: "offline", OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1beta`, MODEL: gemini }),
    path: `/v1beta/models/${gemini}:streamGenerateContent`,
    thinks: true,
  },
  {
    name: "workers-ai, in the platform's own form",
    settings: () => ({ MODEL_API: "workers-ai", MODEL: llama }),
    path: `/client/v4/accounts/offline/ai/run/${llama}`,
    thinks: false,
  },
  {
    name: "workers-ai, with a newer model",
    settings: () => ({ MODEL_API: "workers-ai", MODEL: glm }),
    path: `/client/v4/accounts/offline/ai/run/${glm}`,
    thinks: true,
  },
];

const rules = [
  {
    name: "ponder",
    when: "^ponder the time",
    think: "Tokyo is far away.",
    say: "Let me look.",
    call: [{ tool: "getLocalTime", arguments: { timeZone: "Asia/Tokyo" } }],
    then: [{ is: "present", say: "I have looked." }],
  },
  {
    name: "half",
    when: "^break in the middle",
    say: "This is the half that was said before it broke, and this is not.",
    error: { status: 529, code: "overloaded", message: "Overloaded", in_stream: true },
  },
];

let deputy: Deputy;
let ana: HttpClient;
before(async () => {
  deputy = await startDeputy({ workersAi: true });
  await deputy.offline.rules({ rules });
  ana = await deputy.login("ana");
});
after(() => deputy.stop());

for (const { name, settings, path, thinks } of apis) {
  describe(`OA-09: MODEL_API ${name}`, () => {
    let chat: string;
    let tab: ChatSocket;
    let since: number;
    before(async () => {
      await deputy.worker.restart({ ...none, ...settings(deputy.offline.ports.model) });
      chat = await createChat(ana);
      tab = await openTab(ana, chat);
    });
    after(() => tab.close());

    const ask = async (text: string) => {
      since = Date.now();
      const id = say(tab, text);
      return { id, ...(await ended(tab, id, 60_000)) };
    };
    const asked = (): Promise<Seen[]> => seen(deputy.offline, "model", path, since);

    test("a plain answer", async () => {
      const turn = await ask("What are you?");
      assert.deepEqual([turn.outcome, turn.error], ["completed", undefined]);
      assert.match(turn.text, /not a language model/);
      const all = (await deputy.offline.requests<Seen>()).filter((one) => one.service === "model" && one.at_ms >= since);
      assert.deepEqual(
        all.map((one) => [one.path, one.status]),
        [[path, 200]],
      );
    });

    test("a turn with a tool, and one after it", async () => {
      const turn = await ask("ponder the time");
      assert.deepEqual([turn.outcome, turn.error], ["completed", undefined]);
      assert.equal(turn.text.replaceAll("\n", ""), "Let me look.I have looked.");
      const messages = await history(ana, chat);
      assert.deepEqual(
        toolParts(messages).map(({ state, input }) => [state, (input as { timeZone: string }).timeZone]),
        [["output-available", "Asia/Tokyo"]],
      );
      const thoughts = messages.flatMap(({ parts }) => parts.filter(({ type }) => type === "reasoning").map(({ text }) => text));
      assert.deepEqual(thoughts, thinks ? ["Tokyo is far away."] : []);
      assert.deepEqual(
        (await asked()).map(({ status }) => status),
        [200, 200],
        "what the model wants back with its call is there",
      );
      const next = await ask("What time is it in Tokyo?");
      assert.deepEqual([next.outcome, next.error], ["completed", undefined]);
      assert.match(next.text, /^In Tokyo it is /);
      assert.ok((await asked()).every(({ status }) => status === 200));
    });

    test("a model that is down ends the turn with a sentence, and the chat goes on", async () => {
      const turn = await ask("Be down");
      assert.deepEqual([turn.outcome, turn.error], ["error", "The language model is not available now. Please try again later."]);
      assert.ok((await asked()).every(({ status }) => status === 503));
      assert.equal((await ask("Thanks")).outcome, "completed");
    });

    test("an error in the middle of an answer: what was said stays, and what failed is said beneath", async () => {
      const turn = await ask("break in the middle");
      assert.equal(turn.outcome, "error");
      const answer = textOf((await history(ana, chat)).at(-1));
      assert.match(answer, /^This is the half/);
      assert.ok(answer.endsWith(turn.error ?? "-"), answer);
      assert.equal((await ask("Thanks")).outcome, "completed");
    });
  });
}

test("OA-09: without the binding, workers-ai says what is missing", async () => {
  const bare = await startDeputy({ vars: { ...none, MODEL_API: "workers-ai", MODEL: llama } });
  try {
    const client = await bare.login("ana");
    const socket = await openTab(client, await createChat(client));
    const turn = await ended(socket, say(socket, "Hello"), 30_000);
    assert.deepEqual([turn.outcome, turn.error], ["error", "The language model is not set up correctly. Please tell whoever runs this agent."]);
    await socket.close();
  } finally {
    await bare.stop();
  }
});
