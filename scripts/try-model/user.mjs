// The user of a trial: says a sentence, and does what the cards ask as somebody would who means it once.

/** How long nothing may move before a turn counts as over, ms: between a yes and the next words there are such moments. */
const quiet = 4_000;

/**
 * Says it in a new chat and sees it through.
 * @param {import("../../tests/browser/support/visitor.ts").Visitor} visitor
 * @param {import("../../tests/browser/support/chat-tab.ts").ChatTab} tab
 * @param {{ text: string, comesBack?: boolean }} sentence
 * @param {number} limit Milliseconds it may take.
 * @returns {Promise<{ saw: string[], alerts: string[], broke: string | undefined }>}
 */
export async function say(visitor, tab, { text, comesBack = false }, limit) {
  const deadline = Date.now() + limit;
  const saw = [];
  await tab.newChat();
  await tab.send(text);
  let moved = Date.now();
  let before = "";
  let broke;
  while (Date.now() - moved < quiet) {
    if (Date.now() > deadline) {
      broke = `not over after ${limit / 1000} s`;
      break;
    }
    const now = await tab.log.innerText();
    const answered = await answerCard(visitor, tab, saw);
    if (now !== before || answered || !(await isOver(tab, comesBack))) moved = Date.now();
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  if (broke !== undefined && (await tab.button("Stop").count()) > 0) await tab.button("Stop").click();
  return { saw, alerts: await tab.log.getByRole("alert").allInnerTexts(), broke };
}

/** Nothing is being written and nothing waits for the user; with `comesBack` nothing is scheduled, and what was due is answered too. */
async function isOver(tab, comesBack) {
  if ((await tab.page.locator('[role="log"][aria-busy="false"]').count()) === 0) return false;
  for (const card of [tab.connectCard, tab.confirmCard, tab.phoneCard]) if ((await card.count()) > 0) return false;
  if ((await tab.log.getByRole("alert").count()) > 0) return true;
  if ((await tab.log.getByRole("article").last().getAttribute("aria-label")) !== "Assistant") return false;
  return !comesBack || (await tab.fetch("/api/schedules")).text === "[]";
}

/** Does what the first open card asks: true if there was one. The first question gets a yes, every further one a no. */
async function answerCard(visitor, tab, saw) {
  if ((await tab.connectCard.count()) > 0) {
    const card = tab.connectCard.first();
    saw.push(`card: ${line(await card.innerText())}`);
    await visitor.consent(tab, card.getByRole("button", { name: "Authorize" }), async () => undefined);
    saw.push("allowed it at the provider");
    await card.waitFor({ state: "detached" });
    return true;
  }
  const isFirst = !saw.some((one) => one.startsWith("said yes"));
  if ((await tab.phoneCard.count()) > 0) {
    const card = tab.phoneCard.first();
    saw.push(`card: ${line(await card.innerText())}`);
    const [phone] = await Promise.all([tab.page.waitForEvent("popup"), card.getByRole("link", { name: "Open the offline world’s phone" }).click()]);
    await phone
      .getByRole("button", { name: isFirst ? "Approve" : "Deny" })
      .first()
      .click();
    await phone.getByText("Nothing waits for you.").waitFor();
    await phone.close();
    saw.push(isFirst ? "said yes on the phone" : "said no on the phone, because it was answered before");
    await card.waitFor({ state: "detached" });
    return true;
  }
  if ((await tab.confirmCard.count()) > 0) {
    const card = tab.confirmCard.first();
    saw.push(`card: ${line(await card.innerText())}`);
    await card.getByRole("button", { name: isFirst ? "Approve" : "Deny" }).click();
    saw.push(isFirst ? "said yes in the chat" : "said no in the chat, because it was answered before");
    await card.waitFor({ state: "detached" });
    return true;
  }
  return false;
}

const line = (text) => text.replace(/\s+/g, " ").trim();
