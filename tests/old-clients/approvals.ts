import assert from "node:assert/strict";
import { test } from "node:test";
import { pause, toolParts } from "../socket/support/chat.ts";
import { approvals as onPhones, decide, effects, pushes } from "../socket/support/approvals.ts";
import type { OldClient, ToolInterrupt } from "./old-client.ts";
import type { Stage } from "./stage.ts";

const TOOL = "buyStock";
/** Another number each time: identical questions merge while one is open. */
let quantity = 40;

/** Calls that wait for a yes on the user's phone: the interrupt on the page, the answer without the page doing anything. */
export function approvals(stage: Stage): void {
  const { generation } = stage;

  const buy = async (page: OldClient): Promise<ToolInterrupt> => {
    page.say(`Buy ${(quantity += 1)} shares of GOOGL`);
    const interrupt = await page.see("the interrupt", (one) => one.interrupt);
    await page.idle();
    return interrupt;
  };
  const orders = async (since: number) => (await effects(stage.deputy.offline, "stock.order", since)).length;

  test(`AA-10 S-24 HT-02 ${generation}: a question on the phone is shown as Auth0's pending interrupt, the yes there brings the answer in every tab, once`, async () => {
    const since = Date.now();
    const [page, other] = [await stage.page(), await stage.page()];
    const interrupt = await buy(page);
    const { name, code, message, request, toolCall, interruptId } = interrupt as unknown as ToolInterrupt & {
      request: { id: string; expiresIn: number };
    };
    assert.deepEqual(
      [name, code, message],
      ["AUTH0_AI_INTERRUPT", "ASYNC_AUTHORIZATION_AUTHORIZATION_PENDING", "An authorization request was sent to your mobile device."],
    );
    assert.deepEqual([toolCall.name, toolCall.args], [TOOL, { ticker: "GOOGL", qty: quantity }]);
    assert.equal(request.id, interruptId, "the tenant's own id of the request is not on the page");
    const [onPhone] = await onPhones(stage.deputy.offline, "pending");
    assert.ok(!JSON.stringify(page.received).includes(String(onPhone?.auth_req_id)));
    const waiting = await other.see("the waiting call", (one) => one.tool(TOOL));
    assert.deepEqual([waiting.toolCallId, waiting.state], [toolCall.id, "input-available"]);
    assert.equal(await orders(since), 0);

    await decide(stage.deputy.offline, "approve");
    for (const one of [page, other]) await one.see("the answer", ({ texts }) => texts.length === 2 && (texts.at(-1)?.length ?? 0) > 0);
    await stage.settled();
    assert.deepEqual(
      toolParts(await stage.history()).map(({ state, output }) => [state, output]),
      [["output-available", "OK"]],
    );
    assert.equal(await orders(since), 1);
    await stage.agrees(other);
    // The page's own card, if it has one, may still resume.
    page.popUpClosed();
    await page.see("the resume", ({ sent }) => sent.filter(({ type }) => type === "cf_agent_use_chat_request").length === 2);
    await page.idle();
    assert.deepEqual([await orders(since), (await pushes(stage.deputy.offline, since)).length], [1, 1]);
    assert.equal(page.interrupt, undefined);
    await stage.agrees(page);
  });

  test(`S-09 S-10 ${generation}: no word of the page is the yes of the phone: the card comes again, with the same question; a reload keeps it; the no on the phone ends it`, async () => {
    const since = Date.now();
    const first = await stage.page();
    const interrupt = await buy(first);
    first.close();
    const page = await stage.page({ resume: true });
    const part = await page.see("the waiting call", (one) => one.tool(TOOL));
    assert.equal(part.toolCallId, interrupt.toolCall.id);
    let requests = page.sent.filter(({ type }) => type === "cf_agent_use_chat_request").length;
    for (const output of [{ continueInterruption: true, toolName: TOOL }, "Yes, confirmed.", { approved: true }]) {
      requests += 1;
      page.answer({ type: `tool-${TOOL}`, toolCallId: interrupt.toolCall.id }, output);
      const again = await page.see(
        "the card again",
        (one) =>
          one.chat.status === "error" && one.sent.filter(({ type }) => type === "cf_agent_use_chat_request").length === requests && one.interrupt,
      );
      assert.deepEqual([again.interruptId, again.toolCall], [interrupt.interruptId, interrupt.toolCall]);
    }
    assert.deepEqual([await orders(since), (await pushes(stage.deputy.offline, since)).length], [0, 1]);
    await decide(stage.deputy.offline, "deny");
    await page.see("the end", ({ texts }) => texts.length === 2 && (texts.at(-1)?.length ?? 0) > 0);
    await stage.settled();
    await pause(300);
    const [denied] = toolParts(await stage.history());
    assert.deepEqual([denied?.state, denied?.errorText], ["output-error", "The user has denied the request"]);
    assert.equal(await orders(since), 0);
    await stage.agrees(await stage.page());
  });
}
