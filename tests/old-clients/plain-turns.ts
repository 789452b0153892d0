import assert from "node:assert/strict";
import { test } from "node:test";
import { pause } from "../socket/support/chat.ts";
import type { Stage } from "./stage.ts";

const STORY_END = "the point of it.";

/** Turns in which nothing waits. */
export function plainTurns(stage: Stage): void {
  const { generation } = stage;

  test(`CF-09 OA-06 ${generation}: a greeting, a tool and a story that grows, as the server keeps them; and so after a reload`, async () => {
    const page = await stage.page();
    await page.askFor("Hello", /scripted model/);
    assert.deepEqual(page.statuses, ["ready", "submitted", "streaming", "ready"]);
    const answer = await page.askFor("What time is it in Tokyo?", /^In Tokyo it is .+\+09:00\.$/);
    const tool = page.tool("getLocalTime");
    assert.equal(tool?.state, "output-available");
    assert.ok(answer.includes(String(tool?.output)));
    const story = await page.askFor("Tell me a long story", /that was the point of it\.$/);
    const grew = new Set(page.lengths.filter((length) => length > 0 && length < story.length));
    assert.ok(grew.size > 5, `the text grew while it streamed: ${[...grew].join(" ")}`);
    assert.deepEqual(page.errors, []);
    await stage.agrees(page);
    await stage.agrees(await stage.page());
  });

  test(`${generation}: a page that loses its socket in the middle of an answer shows all of it in the end, once`, async () => {
    const page = await stage.page();
    page.say("Tell me a long story");
    await page.see("some text", ({ texts }) => texts.length === 2 && (texts.at(-1)?.length ?? 0) > 40);
    page.agent.reconnect();
    await page.see("the end of the story", ({ texts }) => texts.at(-1)?.endsWith(STORY_END), 30_000);
    await page.idle();
    await stage.agrees(page);
    await page.askFor("Thanks", /welcome/);
    assert.equal(page.messages.length, 4);
  });

  test(`${generation}: a Worker that dies in the middle of an answer: the page comes back by itself and shows the end, once`, async () => {
    const page = await stage.page();
    page.say("Tell me a long story");
    await page.see("some text", ({ texts }) => texts.length === 2 && (texts.at(-1)?.length ?? 0) > 40);
    await pause(500);
    await stage.deputy.worker.restart();
    await page.see("the end of the story", ({ texts }) => texts.at(-1)?.endsWith(STORY_END), 60_000);
    await page.idle();
    await stage.agrees(page);
    await page.askFor("Thanks", /welcome/);
  });

  test(`CF-20 CF-24 ${generation}: a schedule fires in front of the page`, async () => {
    const page = await stage.page();
    await page.askFor("In 1 second remind me to stretch", /I will remind you in 1 second: stretch\./);
    await page.see("the task", ({ texts }) => texts.includes("Running scheduled task: stretch") && /Reminder: stretch/.test(texts.at(-1) ?? ""));
    await stage.agrees(page);
  });

  test(`${generation}: another tab of the same generation ends up with the same answer, and may ask next`, async () => {
    const [page, other] = [await stage.page(), await stage.page()];
    page.say("Tell me a long story");
    await other.see("the end of the story", ({ texts }) => texts.at(-1)?.endsWith(STORY_END), 30_000);
    await page.idle();
    await stage.agrees(page);
    await stage.agrees(other);
    await other.askFor("Thanks", /welcome/);
    await page.see("the other's question", ({ messages }) => messages.length === 4);
    await stage.agrees(page);
  });

  test(`${generation}: stop, regenerate and clear`, async () => {
    const page = await stage.page();
    page.say("Tell me a slow story");
    await page.see("some text", ({ texts }) => texts.length === 2 && (texts.at(-1)?.length ?? 0) > 40);
    await page.chat.stop();
    await page.idle();
    await pause(500);
    assert.equal(page.messages.length, 2, "no stray message");
    const kept = await stage.history();
    assert.deepEqual(kept.at(-1)?.metadata, { stopped: true });
    await page.askFor("What time is it in Tokyo?", /In Tokyo/);
    const first = page.messages.at(-1)?.id;
    await page.chat.regenerate();
    await page.see("another answer", ({ messages, texts }) => messages.at(-1)?.id !== first && /In Tokyo/.test(texts.at(-1) ?? ""));
    await page.idle();
    assert.equal(page.messages.length, 4);
    await stage.agrees(page);
    (page.chat as unknown as { clearHistory(): void }).clearHistory();
    await page.see("an empty chat", ({ messages }) => messages.length === 0);
    await page.askFor("Thanks", /welcome/);
    await stage.agrees(page);
    assert.equal((await stage.history()).length, 2);
  });

  test(`TV-12 ${generation}: a failure that is no interrupt is one fixed sentence for the page, without the cause`, async () => {
    const page = await stage.page();
    page.say("Be down");
    const error = await page.see("an error", ({ errors }) => errors.at(-1), 40_000);
    await page.idle();
    assert.equal(page.interrupt, undefined);
    assert.doesNotMatch(error.message, /AUTH0_AI_INTERRUPTION|\b50\d\b|http|stack|\{/);
    assert.match(error.message, /^[A-Z][^\n]{10,160}\.$/);
    await page.askFor("Thanks", /welcome/);
    await stage.agrees(page);
  });
}
