// One chat, open in the client of every generation at once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { OfficialClient } from "../official-client/client.ts";
import type { ShownChat } from "../official-client/shown-chat.ts";
import { eventually, toolParts } from "../socket/support/chat.ts";
import { parseInterrupt } from "../socket/support/connect.ts";
import type { OldClient } from "./old-client.ts";
import { throughOldPopUp } from "./pop-up.ts";
import { QUESTION, stageFor } from "./stage.ts";

const stage = stageFor("G0");
const WEATHER = "getWeatherInformation";
const [YES, NO] = ["Yes, confirmed.", "No, denied."];

interface Tabs {
  g0: OldClient;
  g1: OldClient;
  newest: OfficialClient;
}

async function tabs(): Promise<Tabs> {
  const newest = stage.closing(await OfficialClient.open(stage.ana, stage.chat));
  return { g0: await stage.page(), g1: await stage.page({ generation: "G1" }), newest };
}

const all = ({ g0, g1, newest }: Tabs): ShownChat[] => [g0, g1, newest];

/** Every tab shows the calendar's answer, in one message. */
async function allAnswered(open: Tabs): Promise<void> {
  for (const one of all(open)) await stage.answered(one);
  assert.equal(await stage.calls(), 1);
}

for (const asker of ["g0", "g1", "newest"] as const) {
  test(`TV-08 TV-14 HT-02 every generation: the calendar is asked for in ${asker}; consent is given once and every tab gets the answer`, async () => {
    const open = await tabs();
    open[asker].say(QUESTION);
    const interrupt =
      asker === "newest"
        ? parseInterrupt((await open.newest.see("the interrupt", ({ errors }) => errors.at(-1))).message)
        : await open[asker].see("the card", (one) => one.interrupt);
    for (const one of all(open)) {
      const part = await one.see("the waiting call", (tab) => tab.tool("checkUsersCalendar"));
      assert.deepEqual([part.toolCallId, part.input], [interrupt.toolCall.id, interrupt.toolCall.args]);
    }
    await throughOldPopUp(stage.ana, interrupt);
    await allAnswered(open);
    if (asker !== "newest") open[asker].popUpClosed();
    for (const one of all(open)) {
      await one.see("no card", (tab) => !("interrupt" in tab) || tab.interrupt === undefined);
      await stage.settled();
      await one.idle();
    }
    await stage.agrees(open.g0);
    await stage.agrees(open.g1);
    await open.g1.askFor("Thanks", /welcome/);
    for (const one of all(open)) await one.see("the next turn", ({ texts }) => texts.length === 4 && /welcome/.test(texts.at(-1) ?? ""));
  });

  for (const answerer of ["g0", "g1", "newest"] as const) {
    test(`CF-18 S-10 every generation: the weather is asked for in ${asker} and allowed in ${answerer}; a later no of another tab does nothing`, async () => {
      const open = await tabs();
      open[asker].say("Weather in Paris");
      const states = { g0: "input-available", g1: "input-available", newest: "approval-requested" };
      for (const tab of ["g0", "g1", "newest"] as const)
        await open[tab].see(`the question in ${tab}`, (one) => one.tool(WEATHER)?.state === states[tab]);
      for (const one of all(open)) await one.idle();
      const part = open.g0.tool(WEATHER) ?? assert.fail("no call");
      const say = async (tab: typeof answerer, yes: boolean) => {
        if (tab === "newest") await open.newest.chat.addToolApprovalResponse({ id: open.newest.tool(WEATHER)?.approval?.id ?? "", approved: yes });
        else open[tab].answer({ type: `tool-${WEATHER}`, toolCallId: part.toolCallId ?? "" }, yes ? YES : NO);
      };
      await say(answerer, true);
      for (const one of all(open)) {
        await one.see("the answer", ({ texts }) => texts.length === 2 && /The weather in Paris is sunny/.test(texts.at(-1) ?? ""));
        assert.equal(one.tool(WEATHER)?.output, "The weather in Paris is sunny");
      }
      await stage.settled();
      const kept = JSON.stringify(await stage.history());
      await say(answerer === "g0" ? "g1" : "g0", false);
      await stage.settled();
      assert.equal(JSON.stringify(await stage.history()), kept);
      await stage.agrees(open.g0);
      await stage.agrees(open.g1);
      await stage.agrees(open.newest);
    });
  }
}

test("CF-18 S-10 every generation: three tabs answer at once; one answer counts and every tab shows that one", async () => {
  const open = await tabs();
  open.newest.say("Weather in Oslo");
  for (const one of all(open)) await one.see("the question", (tab) => tab.tool(WEATHER)?.input !== undefined);
  for (const one of all(open)) await one.idle();
  await stage.settled();
  const call = { type: `tool-${WEATHER}`, toolCallId: open.g0.tool(WEATHER)?.toolCallId ?? "" };
  open.g0.answer(call, NO);
  open.g1.answer(call, YES);
  void open.newest.chat.addToolApprovalResponse({ id: open.newest.tool(WEATHER)?.approval?.id ?? "", approved: false });
  await eventually("an outcome", async () =>
    toolParts(await stage.history()).every(({ state }) => state === "output-available" || state === "output-denied"),
  );
  await stage.settled();
  const [part] = toolParts(await stage.history());
  const outcome = part?.state === "output-denied" ? NO : "The weather in Oslo is sunny";
  for (const one of [open.g0, open.g1]) await one.see("what holds", (tab) => tab.tool(WEATHER)?.output === outcome);
  await open.newest.see("what holds", (tab) => tab.tool(WEATHER)?.state === part?.state);
  for (const one of all(open))
    await one.see("one answer in words", ({ messages, texts }) => messages.length === 2 && (texts.at(-1)?.length ?? 0) > 0);
});
