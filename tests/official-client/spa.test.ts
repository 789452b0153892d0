// A single-page application with the newest AI SDK hooks, unmodified, and nothing of Deputy's own: `useChat` over `POST /chat`.
import "./dom.ts";
import { useChat } from "@ai-sdk/react";
import { DefaultChatTransport, lastAssistantMessageIsCompleteWithToolCalls, type UIMessage } from "ai";
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { createElement } from "react";
import { createRoot, type Root } from "react-dom/client";
import { startDeputy, type Deputy } from "../harness/index.ts";
import { eventually, type Part } from "../socket/support/chat.ts";
import { CONNECTION, FREE_BUSY, parseInterrupt } from "../socket/support/connect.ts";
import { freeBusyCalls } from "../socket/support/world.ts";
import { Spa } from "../edge/support/spa.ts";

let deputy: Deputy;
let ana: Spa;
const roots: Root[] = [];
before(async () => {
  deputy = await startDeputy();
  ana = await Spa.login(deputy, "ana");
});
after(async () => {
  for (const root of roots) root.unmount();
  await deputy.stop();
});

type Hook = ReturnType<typeof useOfficialHook>;

/** What the hook tells beside the message. */
const told: unknown[] = [];

/** What a developer writes to use it. */
function useOfficialHook(id: string, messages: UIMessage[]) {
  return useChat({
    id,
    messages,
    transport: new DefaultChatTransport({
      api: `${deputy.url}/chat`,
      headers: async () => await Promise.resolve({ authorization: `Bearer ${ana.token}` }),
    }),
    onData: (part) => told.push(part),
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
  });
}

/** The hook on screen. */
async function page(
  id: string,
  messages: UIMessage[] = [],
): Promise<{ hook: () => Hook; see: <T>(what: string, check: (hook: Hook) => T | undefined | false) => Promise<T> }> {
  let shown: Hook | undefined;
  const view = () => {
    shown = useOfficialHook(id, messages);
    return null;
  };
  const root = createRoot(document.createElement("div"));
  roots.push(root);
  root.render(createElement(view));
  const hook = () => shown ?? assert.fail("not rendered");
  await eventually("the page", () => shown);
  const see = async <T>(what: string, check: (hook: Hook) => T | undefined | false) =>
    await eventually(what, () => check(hook())).catch((error: Error) => {
      throw new Error(`${error.message}\n${hook().status} ${hook().error?.message}\n${JSON.stringify(hook().messages, null, 1)}`);
    });
  return { hook, see };
}

const text = (hook: Hook) =>
  hook.messages
    .at(-1)
    ?.parts.map((part) => (part.type === "text" ? part.text : ""))
    .join("") ?? "";
const call = (hook: Hook) => (hook.messages.flatMap(({ parts }) => parts) as Part[]).findLast(({ toolCallId }) => toolCallId !== undefined);

test("TV-05 TV-08 TV-25: question, interrupt, consent, resume and the next question, as the hook shows them", async () => {
  const id = randomUUID();
  const { hook, see } = await page(id);
  void hook().sendMessage({ text: "Hello" });
  await see("an answer", (one) => one.status === "ready" && /scripted model/.test(text(one)));
  const { threadId } = hook().messages.at(-1)?.metadata as { threadId: string };
  assert.ok(threadId);

  void hook().sendMessage({ text: "Am I free tomorrow at 9?" });
  const error = await see("the interrupt", (one) => one.status === "error" && one.error);
  const interrupt = parseInterrupt(error.message);
  assert.deepEqual([interrupt.connection, interrupt.toolCall.id], [CONNECTION, call(hook())?.toolCallId]);
  assert.equal(call(hook())?.state, "input-available");
  const { user_id } = await deputy.offline.user("ana");
  await deputy.offline.control("POST", "/seed", {
    connected_accounts: [{ user_id, connection: CONNECTION, account: "ana@gmail.example", scopes: ["openid", FREE_BUSY] }],
  });

  hook().clearError();
  await see("no error", (one) => one.status === "ready");
  void hook().addToolOutput({
    tool: interrupt.toolCall.name,
    toolCallId: interrupt.toolCall.id,
    output: { continueInterruption: true, toolName: interrupt.toolCall.name },
  });
  await see("the answer", (one) => one.status === "ready" && /You are (busy|free)/.test(text(one)));
  assert.deepEqual(call(hook())?.output, { available: false });
  assert.deepEqual(
    hook().messages.map(({ role }) => role),
    ["user", "assistant", "user", "assistant"],
  );
  assert.equal((await freeBusyCalls(deputy.offline)).length, 1);

  void hook().sendMessage({ text: "Thanks" });
  await see("thanks", (one) => one.status === "ready" && text(one) === "You are welcome.");
  const outline = (messages: readonly { id: string; role: string }[]) => messages.map((message) => [message.id, message.role]);
  assert.deepEqual(outline(hook().messages), outline(await ana.history(threadId)), "what is on screen is what the server keeps");
});

test("TV-14: a question with yes or no, and regenerate, on a page that was loaded anew", async () => {
  const id = randomUUID();
  const first = await page(id);
  void first.hook().sendMessage({ text: "Weather in Oslo" });
  await first.see("the question", (one) => one.status === "ready" && call(one)?.state === "input-available");
  const { threadId } = first.hook().messages.at(-1)?.metadata as { threadId: string };

  const kept = (await ana.history(threadId)) as unknown as UIMessage[];
  assert.equal(kept.length, 2);
  const { hook, see } = await page(id, structuredClone(first.hook().messages));
  void hook().addToolOutput({ tool: "getWeatherInformation", toolCallId: call(hook())?.toolCallId ?? "", output: "No, denied." });
  await see("the refusal in words", (one) => one.status === "ready" && /not allowed/.test(text(one)));
  const before = hook().messages.at(-1)?.id;
  void hook().sendMessage({ text: "What time is it in Tokyo?" });
  await see("the time", (one) => one.status === "ready" && /In Tokyo/.test(text(one)));
  const answer = hook().messages.at(-1)?.id;
  assert.notEqual(answer, before);
  await hook().regenerate();
  await see("another answer", (one) => one.status === "ready" && one.messages.at(-1)?.id !== answer && /In Tokyo/.test(text(one)));
  assert.equal((await ana.history(threadId)).length, 4);
});

test("T25: a busy model is told to onData, and is no part of the message", async () => {
  await deputy.offline.fault({ service: "model", status: 503, headers: { "retry-after": "1" }, body: "{}", times: 1 });
  told.length = 0;
  const { hook, see } = await page(randomUUID());
  void hook().sendMessage({ text: "Hello" });
  await see("an answer", (one) => one.status === "ready" && /scripted model/.test(text(one)));
  assert.deepEqual(told, [{ type: "data-notice", data: { code: "model_busy", text: "The model is busy, trying again." }, transient: true }]);
  assert.ok(!JSON.stringify(hook().messages).includes("trying again"));
});
