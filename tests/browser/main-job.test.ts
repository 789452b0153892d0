import assert from "node:assert/strict";
import { after, before, test, type TestContext } from "node:test";
import type { Browser } from "playwright-core";
import { launchBrowser, startDeputy, type Deputy, type OfflineUser } from "../harness/index.ts";
import { assertAccessible } from "./support/accessibility.ts";
import type { ChatTab } from "./support/chat-tab.ts";
import { expectThat } from "./support/expect.ts";
import { look, picture, pictureOfFailure } from "./support/pictures.ts";
import { Visitor } from "./support/visitor.ts";

type User = OfflineUser & { password: string };

const freeBusy = "https://www.googleapis.com/auth/calendar.freebusy";
let deputy: Deputy;
let browser: Browser;
let ana: User;
let ben: User;

before(async () => {
  [deputy, browser] = await Promise.all([startDeputy(), launchBrowser()]);
  [ana, ben] = await Promise.all([deputy.offline.user("ana"), deputy.offline.user("ben")]);
});
after(async () => {
  await browser?.close();
  await deputy?.stop();
});

test("The main job in a real browser: log in, ask, lend authority, get the answer, log out", async (t) => {
  const visitor = await Visitor.open(browser, deputy.url);
  const tab = await visitor.tab("/");
  const { page } = tab;
  const step = stepper(t, () => page);
  let chat = "";
  let second: ChatTab;
  let history: string[] = [];

  await step("UA-07: the landing page says who is not logged in and offers both ways in", async () => {
    await page.getByRole("heading", { name: "You are not logged in" }).waitFor();
    assert.equal(await page.getByRole("link", { name: "Login" }).getAttribute("href"), "/auth/login");
    assert.equal(await page.getByRole("link", { name: "Sign up" }).getAttribute("href"), "/auth/login?screen_hint=signup");
    await page.getByText("Offline world, scripted model").waitFor();
    assert.equal(await page.locator("input[type=password]").count(), 0);
    await look(page, "landing");
    await page.getByRole("link", { name: "Sign up" }).click();
    await page.getByLabel("Password (at least 8 characters)").waitFor();
    assert.equal(new URL(page.url()).origin, new URL(deputy.offline.issuer).origin);
  });

  await step("UA-05: a page that needs a session leads to the log-in", async () => {
    await page.goto("/connections");
    await page.getByLabel("Email address").waitFor();
    assert.equal(new URL(page.url()).origin, new URL(deputy.offline.issuer).origin);
  });

  await step("UA-01 UA-08: the tenant's form leads back to a greeting with the name", async () => {
    await page.goto("/");
    await visitor.logIn(tab, ana);
    assert.equal(await tab.composer.getAttribute("placeholder"), "Hello Ana Ferreira, I'm your personal assistant. How can I help you today?");
    await look(page, "start");
  });

  await step("TV-13: the calendar question shows which account, which permissions and why", async () => {
    chat = await tab.newChat();
    assert.equal(await tab.composer.getAttribute("placeholder"), "Hello Ana Ferreira, I'm your personal assistant. How can I help you today?");
    await tab.send("Am I free tomorrow at 9?");
    await tab.connectCard.waitFor();
    const card = (await tab.connectCard.innerText()).replace(/\s+/g, " ");
    for (const words of [
      "Authorization Required.",
      "Google",
      "See when you are free or busy",
      "To check your calendar, Deputy needs your Google account.",
      "Authorization required to access the Token Vault: google-oauth2.",
    ])
      assert.ok(card.includes(words), `${words} in ${card}`);
    await tab.tool("checkUsersCalendar").getByText("Waiting for you").waitFor();
    assert.equal(await tab.composer.getAttribute("placeholder"), "Say something...");
    assert.equal((await freeBusyRequests()).length, 0, "nobody has asked Google yet");
    await look(page, "connect-card");
  });

  await step("the waiting card survives a reload, and a second tab shows it too", async () => {
    await page.reload();
    await tab.connectCard.waitFor();
    await tab.online();
    second = await visitor.tab(`/c/${chat}`);
    await second.online();
    await second.connectCard.waitFor();
  });

  await step("TV-14 TV-16 TV-17 GC-01: consent in the pop-up, which closes itself, and the answer arrives in both tabs", async () => {
    await page.bringToFront();
    await visitor.consent(tab, tab.connectCard.getByRole("button", { name: "Authorize" }), async (popup) => {
      const question = await popup.locator("body").innerText();
      assert.match(question, /Deputy wants to use your Google account/);
      assert.ok(question.includes(freeBusy), question);
      assert.ok(!question.includes("calendar.events"), "nothing but what the tool needs");
    });
    for (const one of [tab, second]) {
      await one.log.getByText("You are busy tomorrow at 09:00.").waitFor();
      await one.connectCard.waitFor({ state: "detached" });
      await one.tool("checkUsersCalendar").getByText("Completed").waitFor();
      assert.equal(await one.messages("You").count(), 1, "nothing had to be typed again");
    }
    await second.shows(await tab.transcript());
    assert.equal((await freeBusyRequests()).length, 1, "the tool ran once");
    await look(page, "connected");
  });

  await step("the answer is the calendar's: the next hour asks nobody and is free", async () => {
    const reply = await tab.ask("Am I free tomorrow at 10?", "You are free tomorrow at 10:00.");
    assert.equal(await reply.getByRole("region", { name: "Authorization Required." }).count(), 0);
    assert.equal((await freeBusyRequests()).length, 2);
  });

  await step("CF-20 CF-24: a reminder comes by itself, in both tabs, without reload", async () => {
    const asked = Date.now();
    await tab.ask("In 5 seconds remind me to stretch", "I will remind you in 5 seconds: stretch.");
    for (const one of [tab, second]) {
      await one.messages("You").filter({ hasText: "Running scheduled task: stretch" }).waitFor();
      await one.messages("Assistant").getByText("Reminder: stretch", { exact: true }).waitFor();
    }
    const after = Date.now() - asked;
    assert.ok(after >= 4_500, `not before its time: ${after} ms`);
    await second.shows(await tab.transcript());
  });

  await step("CF-22 CF-23: what is scheduled is listed, shown on its page and can be cancelled", async () => {
    const hour = (new Date().getHours() + 12) % 24;
    await tab.ask(`Every day at ${hour} remind me to drink water`, `I will remind you every day at ${hour}: drink water.`);
    const reply = await tab.ask("What is scheduled?", /drink water \(id /);
    const id = /\(id ([\w-]+)\)/.exec(await reply.innerText())?.[1] ?? "";
    assert.notEqual(id, "");
    await page.getByRole("link", { name: "Schedules" }).click();
    await page.getByRole("list", { name: "Scheduled tasks" }).getByText("drink water").waitFor();
    await look(page, "schedules");
    await page.getByRole("link", { name: "Open its chat" }).click();
    await tab.online();
    await tab.ask(`Cancel task ${id}`, `Task ${id} has been successfully canceled.`);
    await tab.ask("What is scheduled?", "No scheduled tasks found.");
  });

  await step("CF-19: the local time is looked up without asking", async () => {
    await tab.ask("What time is it in Tokyo?", /In Tokyo it is \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+09:00/);
  });

  await step("CF-18: the weather asks first; a refusal runs nothing, an approval runs it once, and the other tab sees both", async () => {
    await tab.send("Weather in Paris");
    await tab.confirmCard.waitFor();
    await second.confirmCard.waitFor();
    assert.match(await tab.confirmCard.innerText(), /Look up the weather[\s\S]*City\s+Paris/);
    await look(page, "confirm-card");
    await tab.confirmCard.getByRole("textbox", { name: "Reason, if you deny (optional)" }).fill("I can see the sky");
    await tab.confirmCard.getByRole("button", { name: "Deny" }).click();
    for (const one of [tab, second]) {
      await one.tool("getWeatherInformation").last().getByText("Denied").waitFor();
      await one.log.getByText("it was not allowed").waitFor();
      assert.equal(await one.log.getByText("is sunny").count(), 0);
    }
    await tab.idle();
    await tab.send("Weather in Paris");
    await second.confirmCard.getByRole("button", { name: "Approve" }).click();
    for (const one of [tab, second]) {
      await one.log.getByText("The weather in Paris is sunny.", { exact: true }).waitFor();
      assert.equal(await one.tool("getWeatherInformation").last().getAttribute("data-state"), "output-available");
    }
    await second.shows(await tab.transcript());
  });

  await step("CF-26 OA-02: who am I is answered from the user's profile", async () => {
    await tab.ask("Who am I?", `You are Ana Ferreira, signed in as ${ana.email}`);
  });

  await step("Markdown is shown as it is, and streams", async () => {
    await tab.send("Show me Markdown");
    await page.locator('[role="log"][aria-busy="true"]').waitFor();
    const reply = tab.messages("Assistant").last();
    await reply.getByText("That was all of it.").waitFor();
    await tab.idle();
    await reply.getByRole("heading", { name: "A heading" }).waitFor();
    await reply.getByRole("table").getByRole("cell", { name: "you say yes in the chat" }).waitFor();
    assert.match((await reply.locator("pre code").textContent()) ?? "", /fn main\(\) \{/);
    assert.equal(await reply.getByRole("link", { name: /specification/ }).getAttribute("rel"), "noopener noreferrer nofollow");
    await look(page, "markdown");
  });

  await step("an answer streams and Stop ends it; what was written stays", async () => {
    await tab.send("Tell me a slow story");
    const reply = tab.messages("Assistant").last();
    await reply.getByText("Once there was a deputy").waitFor();
    const early = (await reply.innerText()).length;
    await expectThat(
      async () => (await reply.innerText()).length > early + 40,
      async () => "the answer does not grow",
    );
    await tab.button("Stop").click();
    await tab.idle();
    await tab.button("Stop").waitFor({ state: "detached" });
    // The words that were on their way when it was stopped arrive in both tabs.
    await second.idle();
    await expectThat(
      async () => String(await tab.transcript()) === String(await second.transcript()),
      async () => "the tabs differ",
    );
    const stopped = await tab.transcript();
    assert.ok(!stopped.at(-1)?.includes("that was the point of it"), "the story did not go on to its end");
    await page.reload();
    await tab.online();
    await tab.shows(stopped);
  });

  await step("what is being written looks right", async () => {
    // A picture takes its time, the story may end meanwhile: nothing hangs on it.
    await tab.send("Tell me a slow story");
    await tab.messages("Assistant").last().getByText("Once there was a deputy").waitFor();
    await look(page, "streaming");
    await tab.idle();
    await second.idle();
    history = await tab.transcript();
  });

  await step("a chat is named after its first message, can be renamed and keeps its name", async () => {
    await tab.chats.getByRole("link", { name: "Am I free tomorrow at 9?" }).waitFor();
    await tab.button("Rename Am I free tomorrow at 9?").click();
    await page.getByRole("textbox", { name: "Chat title" }).fill("My day");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "My day", level: 1 }).waitFor();
    await page.reload();
    await tab.online();
    await page.getByRole("heading", { name: "My day", level: 1 }).waitFor();
  });

  await step("CF-30: debug shows the messages as JSON; clear empties the history here, in the other tab and on the server", async () => {
    const other = await tab.newChat();
    const mirror = await visitor.tab(`/c/${other}`);
    await mirror.online();
    await page.bringToFront();
    await tab.ask("Hello", "scripted model");
    await tab.button("Debug").click();
    const shown = await page.getByLabel("Message JSON").allTextContents();
    assert.deepEqual(
      shown.map((text) => (JSON.parse(text) as { role: string }).role),
      ["user", "assistant"],
    );
    const bubble = async (who: "You" | "Assistant") => (await tab.messages(who).first().locator(".bubble").boundingBox())?.x ?? 0;
    assert.ok((await bubble("You")) > (await bubble("Assistant")), "the user on the right, the assistant on the left");
    await look(page, "debug");
    await tab.button("Debug").click();
    await tab.button("Clear history").click();
    await assertAccessible(page, "clear dialog");
    await page.getByRole("dialog").getByRole("button", { name: "Clear" }).click();
    for (const one of [tab, mirror]) await one.shows([]);
    assert.equal((await tab.fetch(`/agents/chat/${other}/get-messages`)).text, "[]");
    await mirror.page.close();
    await tab.button("Delete Hello").click();
    await look(page, "delete-dialog");
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("heading", { name: "Hello Ana Ferreira" }).waitFor();
    await tab.button("Delete Hello").waitFor({ state: "detached" });
    assert.equal((await tab.fetch(`/agents/chat/${other}/get-messages`)).status, 403);
  });

  await step("the connection is listed with what was lent", async () => {
    await page.getByRole("link", { name: "Connections" }).click();
    const accounts = page.getByRole("list", { name: "Connected accounts" });
    await accounts.getByText("See when you are free or busy").waitFor();
    await accounts.getByRole("heading", { name: "Google" }).waitFor();
    await look(page, "connections");
  });

  await step("UA-20: log out closes the sockets, the chat cannot be read, the gate applies", async () => {
    const closed = second.socketClosed();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByRole("heading", { name: "You are not logged in" }).waitFor();
    await closed;
    await second.page.getByText("You are signed out").waitFor();
    assert.equal(await second.log.count(), 0, "the other tab shows nothing of the chat any more");
    await look(second.page, "signed-out");
    assert.equal((await tab.fetch(`/agents/chat/${chat}/get-messages`)).status, 401);
    assert.equal((await tab.fetch("/api/chats")).status, 401);
    await page.goto(`/c/${chat}`);
    await page.getByLabel("Email address").waitFor();
    await second.page.close();
  });

  await step("CF-08: the next user at the same browser does not see it", async () => {
    await page.goto("/");
    await visitor.logIn(tab, ben);
    await tab.chats.getByText("No chats yet.").waitFor();
    assert.equal(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage })).then((kept) => kept.includes("stretch")), false);
    visitor.mayBeRefused(403, `/agents/chat/${chat}/get-messages`);
    await page.goto(`/c/${chat}`);
    await page.getByRole("heading", { name: "This chat is not yours." }).waitFor();
    assert.equal((await tab.fetch(`/agents/chat/${chat}/get-messages`)).status, 403);
    await look(page, "foreign-chat");
  });

  await step("Not now ends the wait, and the model says what it means", async () => {
    await page.goto("/");
    const before = (await freeBusyRequests()).length;
    await tab.newChat();
    await tab.send("Am I free tomorrow at 9?");
    await tab.connectCard.getByRole("button", { name: "Not now" }).click();
    await tab.tool("checkUsersCalendar").getByText("Not now").waitFor();
    await tab.tool("checkUsersCalendar").getByText("You chose not to connect Google.").waitFor();
    await tab.messages("Assistant").getByText("it was not allowed").waitFor();
    await tab.idle();
    await page.reload();
    await tab.online();
    await tab.tool("checkUsersCalendar").getByText("Not now").waitFor();
    assert.equal(await tab.connectCard.count(), 0);
    assert.equal((await freeBusyRequests()).length, before);
    await look(page, "not-now");
  });

  await step("TV-14: without a pop-up, in the same tab, consent leads back to the chat and its answer", async () => {
    await tab.send("Am I free tomorrow at 14?");
    await tab.connectCard.getByRole("link", { name: "Open in this tab" }).click();
    await page.getByRole("button", { name: "Allow" }).click();
    await tab.online();
    await tab.messages("Assistant").getByText("You are busy tomorrow at 14:00.").waitFor();
    await tab.connectCard.waitFor({ state: "detached" });
  });

  await step("a model that is down ends the turn with a message, keeps the question and can be asked again", async () => {
    await tab.newChat();
    await tab.send("Be down");
    const sentence = "The language model is not available now. Please try again later.";
    const alert = tab.log.getByRole("alert");
    await alert.getByText(sentence).waitFor();
    await tab.idle();
    assert.equal(await tab.log.getByText(sentence).count(), 1, "said once");
    await look(page, "model-down");
    await page.reload();
    await tab.online();
    assert.deepEqual(await tab.messages("You").allInnerTexts(), ["Be down"]);
    const before = await modelRequests();
    await alert.getByRole("button", { name: "Try again" }).click();
    await expectThat(
      async () => (await modelRequests()) > before,
      async () => "the model was not asked again",
    );
    await alert.getByText(sentence).waitFor();
    await tab.idle();
    assert.deepEqual(await tab.messages("You").allInnerTexts(), ["Be down"]);
    await tab.ask("Hello", "scripted model");
  });

  await step("on a phone the menu opens, closes with Escape and gives the focus back", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const menu = tab.button("Menu");
    await menu.click();
    await page.getByRole("button", { name: "Log out" }).waitFor();
    await page.screenshot({ path: picture("menu-phone-light"), animations: "disabled" });
    await assertAccessible(page, "menu");
    await page.getByRole("link", { name: "Schedules" }).focus();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Log out" }).waitFor({ state: "hidden" });
    assert.ok(await menu.evaluate((button) => button === document.activeElement), "the focus is back on Menu");
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  await step("UA-19: who comes back finds the same history", async () => {
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByRole("heading", { name: "You are not logged in" }).waitFor();
    await visitor.logIn(tab, ana);
    await tab.chats.getByRole("link", { name: "My day" }).click();
    await tab.online();
    assert.equal(tab.chatId, chat);
    await tab.shows(history);
    await tab.ask("Am I free tomorrow at 11?", "You are free tomorrow at 11:00.");
  });

  visitor.assertNoProblems();
  await visitor.close();
});

/** Requests the offline Google Calendar saw. */
async function freeBusyRequests(): Promise<unknown[]> {
  return (await deputy.offline.requests<{ path: string }>()).filter(({ path }) => path.endsWith("/freeBusy"));
}

/** How often the model was asked. */
async function modelRequests(): Promise<number> {
  return (await deputy.offline.requests<{ path: string }>()).filter(({ path }) => path.endsWith("/chat/completions")).length;
}

/** Steps build on each other: the first that fails ends the test, with a picture of what the user saw. */
function stepper(t: TestContext, page: () => import("playwright-core").Page) {
  return async (name: string, body: () => Promise<void>): Promise<void> => {
    let failure: unknown;
    await t.test(name, async () => {
      try {
        await body();
      } catch (error) {
        failure = error;
        await pictureOfFailure(page(), name.replace(/\W+/g, "-").slice(0, 60));
        throw error;
      }
    });
    if (failure) throw new Error(`stopped at: ${name}\n${deputy.worker.logs.slice(-10).join("\n")}`);
  };
}
