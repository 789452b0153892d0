import assert from "node:assert/strict";
import { test } from "node:test";
import { createChat, eventually, history, pause, toolParts } from "../socket/support/chat.ts";
import { FREE_BUSY, disconnectAll } from "../socket/support/connect.ts";
import { exchanges, modelCalls } from "../socket/support/world.ts";
import { throughOldPopUp } from "./pop-up.ts";
import { ANSWER, QUESTION, type Stage } from "./stage.ts";

const TOOL = "checkUsersCalendar";
const MESSAGE = "Authorization required to access the Token Vault: google-oauth2.";

/** Calls that wait for a connected account: Auth0's interrupt, the starter's pop-up, and going on. */
export function interrupts(stage: Stage): void {
  const { generation } = stage;

  /** The page's pop-up closes, and nothing new happens. */
  const lateResume = async (page: Awaited<ReturnType<Stage["page"]>>) => {
    const [kept, calls, sent] = [JSON.stringify(await stage.history()), await stage.calls(), page.sent.length];
    page.popUpClosed();
    await page.see("the resume", (one) => one.sent.slice(sent).some(({ type }) => type === "cf_agent_use_chat_request"));
    await page.idle();
    assert.deepEqual([JSON.stringify(await stage.history()), await stage.calls()], [kept, calls], "a late resume runs nothing");
    assert.equal(page.interrupt, undefined);
    await stage.agrees(page);
  };

  test(`TV-08 TV-11 TV-14 TV-16 TV-17 HT-02 HT-03 ${generation}: interrupt, consent in the old pop-up, the answer by itself in every tab, and the pop-up's late resume`, async () => {
    const since = Date.now();
    const [page, other] = [await stage.page(), await stage.page()];
    const interrupt = await stage.interrupted(page);
    const { name, code, connection, scopes, requiredScopes, authorizationParams, behavior, message, toolCall } = interrupt;
    assert.deepEqual(
      { name, code, connection, scopes, requiredScopes, authorizationParams, behavior, message },
      {
        name: "AUTH0_AI_INTERRUPT",
        code: "TOKEN_VAULT_ERROR",
        connection: "google-oauth2",
        scopes: [FREE_BUSY],
        requiredScopes: [FREE_BUSY],
        authorizationParams: {},
        behavior: "resume",
        message: MESSAGE,
      },
    );
    // The starter's card stands for the one tool part with the interrupt's call.
    const [kept, ...more] = toolParts(await stage.history());
    assert.deepEqual(
      [kept?.type, kept?.toolCallId, kept?.state, kept?.input, more.length],
      [`tool-${TOOL}`, toolCall.id, "input-available", toolCall.args, 0],
    );
    assert.equal(toolCall.name, TOOL);
    assert.deepEqual(
      page.parts.filter(({ toolCallId }) => toolCallId === toolCall.id).map(({ type }) => type),
      [`tool-${TOOL}`],
    );
    assert.deepEqual(page.errors, [], "the application's own onError is not told");
    assert.equal(await stage.calls(), 0);

    const closing = await throughOldPopUp(stage.ana, interrupt);
    assert.match(closing.text, /You can close this window/);
    assert.match(closing.text, /<script src="\/close\.js"/);
    for (const one of [page, other]) {
      await stage.answered(one);
      assert.equal(one.messages.length, 2);
    }
    await stage.agrees(other);
    assert.equal(await stage.calls(), 1);
    await lateResume(page);
    await page.askFor("Thanks", /welcome/);
    const asked = JSON.stringify((await modelCalls(stage.deputy.offline, since)).map(({ body }) => body));
    assert.ok(
      asked.includes(TOOL) && !asked.includes("Authorization required") && !asked.includes("AUTH0_AI"),
      "the model is not told of the interrupt",
    );
  });

  test(`TV-08 TV-14 ${generation}: a resume without consent brings the same card again, whole; the client's own resume gets the answer when only it knows`, async () => {
    const page = await stage.page();
    const first = await stage.interrupted(page);
    for (const attempt of [1, 2]) {
      page.popUpClosed();
      const again = await page.see(
        `card ${attempt + 1}`,
        (one) =>
          one.interrupt !== undefined &&
          one.chat.status === "error" &&
          one.sent.filter(({ type }) => type === "cf_agent_use_chat_request").length === attempt + 1 &&
          one.interrupt,
      );
      assert.deepEqual([again.interruptId, again.toolCall, again.connection], [first.interruptId, first.toolCall, first.connection]);
      await page.idle();
    }
    assert.equal(await stage.calls(), 0);
    // Connected at the tenant, behind the application's back: nobody tells the chat.
    const { user_id, email } = await stage.deputy.offline.user("ana");
    await stage.deputy.offline.control("POST", "/seed", {
      connected_accounts: [{ user_id, connection: "google-oauth2", account: email, scopes: [FREE_BUSY] }],
    });
    page.popUpClosed();
    await stage.answered(page);
    assert.equal(page.interrupt, undefined);
    assert.equal(page.messages.length, 2);
    assert.equal(await stage.calls(), 1);
    await stage.agrees(page);
  });

  test(`TV-08 TV-14 HT-02 ${generation}: a second interrupt in the same chat has its own card and runs its own call, once`, async () => {
    const page = await stage.page();
    const first = await stage.interrupted(page);
    await throughOldPopUp(stage.ana, first);
    await stage.answered(page);
    await lateResume(page);
    await disconnectAll(stage.ana);
    const second = await stage.interrupted(page);
    assert.notEqual(second.toolCall.id, first.toolCall.id);
    assert.notEqual(second.interruptId, first.interruptId);
    await throughOldPopUp(stage.ana, second);
    await stage.answered(page, 4);
    await lateResume(page);
    assert.equal(await stage.calls(), 2);
    assert.deepEqual(
      toolParts(await stage.history()).map(({ toolCallId, state }) => [toolCallId, state]),
      [
        [first.toolCall.id, "output-available"],
        [second.toolCall.id, "output-available"],
      ],
    );
  });

  for (const closes of ["while the answer goes on", "when the second call waits"]) {
    test(`TV-08 TV-11 TV-14 HT-02 ${generation}: a second interrupt right after the first, in the same answer; the pop-up closes ${closes}`, async () => {
      // The model takes its time after the first call; meanwhile the account is disconnected again.
      const call = (day: string) => ({ tool: TOOL, arguments: { date: `2026-12-${day}T09:00:00Z` } });
      const rule = { name: "two days", when: "^two days$", delay_ms: 1_500, call: [call("01")], then: [{ tool: TOOL, call: [call("02")] }] };
      await stage.deputy.offline.rules({ rules: [rule] });
      const page = await stage.page();
      page.say("two days");
      const first = await page.see("the first card", (one) => one.interrupt);
      await page.idle();
      await throughOldPopUp(stage.ana, first);
      await eventually("the first call ran", async () => (await stage.calls()) === 1);
      await disconnectAll(stage.ana);
      if (closes.startsWith("when"))
        await page.see("the second call", ({ received }) => received.some((frame) => frame.error === true && frame.continuation === true));
      page.popUpClosed();
      const second = await page.see(
        "the second card",
        (one) => one.interrupt !== undefined && one.interrupt.interruptId !== first.interruptId && one.interrupt,
      );
      await page.idle();
      assert.deepEqual(second.toolCall.args, call("02").arguments);
      assert.deepEqual(
        page.parts.filter(({ type }) => type === `tool-${TOOL}`).map(({ toolCallId }) => toolCallId),
        [first.toolCall.id, second.toolCall.id],
      );
      await stage.deputy.offline.rules({ rules: [{ ...rule, delay_ms: 0, then: [{ tool: TOOL, say: "I have looked." }] }] });
      await throughOldPopUp(stage.ana, second);
      await eventually("the second call ran", async () => (await stage.calls()) === 2);
      await stage.settled();
      await lateResume(page);
      assert.equal(page.messages.length, 2);
      assert.deepEqual(
        toolParts(await stage.history()).map(({ state }) => state),
        ["output-available", "output-available"],
      );
    });
  }

  test(`TV-14 HT-03 ${generation}: a page loaded while a call waits shows the call waiting, can bring the card back, and gets the answer`, async () => {
    const page = await stage.page();
    const interrupt = await stage.interrupted(page);
    page.close();
    const loaded = await stage.page({ resume: true });
    const part = await loaded.see("the waiting call", (one) => one.tool(TOOL));
    assert.deepEqual([part.toolCallId, part.input], [interrupt.toolCall.id, interrupt.toolCall.args]);
    if (generation === "G0") {
      // Its AI SDK asks after loading; the answer is the interrupt.
      const again = await loaded.see("the card", (one) => one.interrupt);
      assert.deepEqual([again.interruptId, again.toolCall], [interrupt.interruptId, interrupt.toolCall]);
    } else {
      assert.equal(part.state, "input-available");
      assert.equal(loaded.interrupt, undefined, "its hook has no way to ask, as with Auth0's own server");
    }
    await loaded.idle();
    // What a card of the page's own does in any generation.
    loaded.answer({ type: part.type, toolCallId: interrupt.toolCall.id }, { continueInterruption: true, toolName: TOOL });
    const brought = await loaded.see(
      "the card",
      (one) =>
        one.chat.status === "error" &&
        one.sent.some(({ type, init }) => type === "cf_agent_use_chat_request" && (init as { method: string }).method === "POST") &&
        one.interrupt,
    );
    assert.deepEqual([brought.interruptId, brought.toolCall], [interrupt.interruptId, interrupt.toolCall]);
    await throughOldPopUp(stage.ana, brought);
    await stage.answered(loaded);
    await lateResume(loaded);
    assert.equal(await stage.calls(), 1);
    await stage.agrees(await stage.page({ resume: true }));
  });

  test(`TV-14 ${generation}: a Worker that dies while a call waits: the card holds, the consent counts, the answer comes by itself`, async () => {
    const page = await stage.page();
    const interrupt = await stage.interrupted(page);
    await stage.deputy.worker.restart();
    await throughOldPopUp(stage.ana, interrupt);
    await page.see("the answer", ({ texts }) => ANSWER.test(texts.at(-1) ?? ""), 30_000);
    await stage.answered(page);
    await lateResume(page);
    assert.equal(await stage.calls(), 1);
  });

  test(`HT-01 S-10 ${generation}: interrupts of two chats do not mix, and a chat takes no answer to a call of another`, async () => {
    const here = await stage.page();
    const elsewhere = await createChat(stage.ana);
    const there = await stage.page({ chat: elsewhere });
    const interrupt = await stage.interrupted(here);
    await there.askFor("Hello", /scripted model/);
    assert.equal(there.interrupt, undefined);
    const own = await stage.interrupted(there);
    assert.notEqual(own.interruptId, interrupt.interruptId);
    const before = JSON.stringify(await history(stage.ana, elsewhere));
    there.answer({ type: `tool-${TOOL}`, toolCallId: interrupt.toolCall.id }, { continueInterruption: true, toolName: TOOL });
    await pause(300);
    await there.idle();
    assert.equal(JSON.stringify(await history(stage.ana, elsewhere)), before);
    await there.see("its own card", ({ interrupt: shown }) => shown?.interruptId === own.interruptId);
    here.say("Never mind, thanks");
    await here.see("the next answer", ({ texts }) => texts.length === 4 && (texts.at(-1)?.length ?? 0) > 0);
    await throughOldPopUp(stage.ana, own);
    await stage.answered(there, 4);
    // A new message ended nothing: the account that was connected in the other chat is what this call waited for too.
    await eventually("the call here", async () => toolParts(await stage.history())[0]?.state === "output-available");
    assert.equal(await stage.calls(), 2, "each call ran once, in its own chat");
  });

  test(`HT-02 S-10 ${generation}: a call that waits for the account and one that waits for a yes, answered in either order`, async () => {
    const calls = [
      { tool: TOOL, arguments: { date: "2026-12-01T09:00:00Z" } },
      { tool: "getWeatherInformation", arguments: { city: "Paris" } },
    ];
    await stage.deputy.offline.rules({ rules: [{ name: "both", when: "^both$", call: calls }] });
    for (const first of ["account", "word"]) {
      await disconnectAll(stage.ana);
      const chat = await createChat(stage.ana);
      const page = await stage.page({ chat });
      page.say("both");
      const interrupt = await page.see("the card", (one) => one.interrupt);
      await page.idle();
      const weather = page.tool("getWeatherInformation");
      assert.equal(weather?.state, "input-available");
      const parts = async () => toolParts(await history(stage.ana, chat));
      const ran = async (index: number) => await eventually(`call ${index} ran`, async () => (await parts())[index]?.state === "output-available");
      if (first === "account") {
        await throughOldPopUp(stage.ana, interrupt);
        await ran(0);
        assert.equal((await parts())[1]?.state, "approval-requested", "a consent is not a yes");
        page.answer({ type: "tool-getWeatherInformation", toolCallId: weather?.toolCallId ?? "" }, "Yes, confirmed.");
      } else {
        page.answer({ type: "tool-getWeatherInformation", toolCallId: weather?.toolCallId ?? "" }, "Yes, confirmed.");
        await ran(1);
        assert.equal((await parts())[0]?.state, "input-available", "a yes is not a consent");
        await page.idle();
        await throughOldPopUp(stage.ana, page.interrupt ?? interrupt);
      }
      await ran(0);
      await ran(1);
      await page.see("words of the model", ({ texts }) => (texts.at(-1)?.length ?? 0) > 0);
      await page.idle();
      assert.deepEqual(
        (await parts()).map(({ state }) => state),
        ["output-available", "output-available"],
      );
      assert.equal(page.messages.length, 2);
    }
    assert.equal(await stage.calls(), 2);
  });

  test(`TV-16 ${generation}: a consent that is cancelled in the old pop-up leaves the card; one exchange a try`, async () => {
    const since = Date.now();
    const page = await stage.page();
    const interrupt = await stage.interrupted(page);
    await throughOldPopUp(stage.ana, interrupt, /Cancel/);
    page.popUpClosed();
    const again = await page.see("the card again", (one) => one.chat.status === "error" && one.sent.length >= 2 && one.interrupt);
    assert.deepEqual(again.toolCall, interrupt.toolCall);
    assert.equal(await stage.calls(), 0);
    assert.ok((await exchanges(stage.deputy.offline, since)).length <= 2);
    page.say(QUESTION);
    await page.see("a new card", (one) => one.interrupt !== undefined && one.interrupt.toolCall.id !== interrupt.toolCall.id);
    await stage.agrees(await stage.page());
  });
}
