// SD-14, TV-27 … TV-32, UA-20: examples/spa in a real browser, with the unmodified @auth0/auth0-spa-js, against the offline tenant.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { freePorts, launchBrowser, startDeputy, type Deputy, type OfflineUser } from "../harness/index.ts";
import { inRoot } from "../harness/paths.ts";

const CLIENT = "deputy-offline-spa";
const SCOPE = "https://www.googleapis.com/auth/calendar.freebusy";
const QUESTION = "Am I free tomorrow at 9?";
const types: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

/** One build of the application, on an origin of its own. */
interface Site {
  origin: string;
  server: Server;
  dpop: "on" | "off";
}

const directory = mkdtempSync(join(tmpdir(), "deputy-spa-"));
const sites: Site[] = [];
let deputy: Deputy;
let browser: Browser;
let ana: OfflineUser & { password: string };

before(async () => {
  const ports = await freePorts(2);
  const origins = ports.map((port) => `http://localhost:${port}`);
  const vars = { ALLOWED_ORIGINS: origins.join(","), AUTH0_ALLOWED_CLIENTS: `deputy-offline-api,${CLIENT}` };
  [deputy, browser] = await Promise.all([startDeputy({ vars }), launchBrowser()]);
  ana = await deputy.offline.user("ana");
  await deputy.offline.control("PATCH", `/clients/${CLIENT}`, { callbacks: origins, allowed_logout_urls: origins });
  const dpops = ["on", "off"] as const;
  sites.push(...(await Promise.all(dpops.map((dpop, at) => publish(dpop, ports[at] ?? 0)))));
});
after(async () => {
  await browser?.close();
  for (const { server } of sites) server.close();
  await deputy?.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Builds with the settings of the documents and serves what came of it. */
async function publish(dpop: Site["dpop"], port: number): Promise<Site> {
  const out = join(directory, dpop);
  const env = {
    ...process.env,
    VITE_AUTH0_DOMAIN: deputy.offline.issuer.replace(/\/$/, ""),
    VITE_AUTH0_CLIENT_ID: CLIENT,
    VITE_AUTH0_AUDIENCE: deputy.offline.settings().AUTH0_AUDIENCE,
    VITE_API_URL: deputy.url,
    VITE_AUTH0_DPOP: dpop,
  };
  const cwd = inRoot("examples/spa");
  await promisify(execFile)(process.execPath, [join(cwd, "node_modules/vite/bin/vite.js"), "build", "--outDir", out], { cwd, env });
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const file = pathname === "/" || !extname(pathname) ? "/index.html" : pathname;
    try {
      const body = readFileSync(join(out, file));
      response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(port, "localhost", resolve));
  return { origin: `http://localhost:${port}`, server, dpop };
}

async function logIn(page: Page, origin: string): Promise<void> {
  await page.goto(origin);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByLabel("Email address").fill(ana.email);
  await page.getByLabel("Password").fill(ana.password);
  await page.getByRole("button", { name: "Continue", exact: true }).click();
  await page.getByText("Ask me about your calendar events!").waitFor();
}

async function ask(page: Page, text: string): Promise<void> {
  await page.getByPlaceholder("Ask about your calendar...").fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

/** Asks, and answers the provider's page that the card leads to. */
async function askAndConsent(page: Page, decision: "Allow" | "Cancel"): Promise<void> {
  await ask(page, QUESTION);
  await page.getByRole("button", { name: "Connect & Authorize google oauth2", exact: true }).click();
  await page.waitForURL(/\/consent\?/);
  await page.getByRole("button", { name: decision }).click();
}

const isClean = (page: Page, origin: string) => assert.equal(page.url(), `${origin}/`);

for (const at of [0, 1]) {
  test(`TV-27 TV-28 TV-29 TV-31 TV-32 SD-14 UA-20: log in, connect, answer, reload, log out; DPoP ${at === 0 ? "on" : "off"}`, async () => {
    await deputy.offline.control("POST", "/reset");
    const { origin, dpop } = sites[at] ?? assert.fail("no site");
    await deputy.offline.control("PATCH", `/clients/${CLIENT}`, { callbacks: [origin], allowed_logout_urls: [origin] });
    const context = await browser.newContext();
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const asked: URL[] = [];
    const proofs: string[] = [];
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.pathname === "/authorize") asked.push(url);
      if (request.headers().dpop && request.method() === "POST") proofs.push(url.pathname);
    });
    await logIn(page, origin);
    isClean(page, origin);
    const query = asked[0]?.searchParams;
    assert.equal(query?.get("scope"), "openid profile email offline_access");
    assert.deepEqual([query?.get("audience"), query?.get("redirect_uri")], [deputy.offline.settings().AUTH0_AUDIENCE, origin]);
    await page.getByText('Try: "What meetings do I have today?" or "Show me my upcoming events"').waitFor();
    assert.equal(await page.getByRole("button", { name: "Clear" }).count(), 0);

    await ask(page, QUESTION);
    const card = page.getByRole("region", { name: "Authorization Required" });
    await card.waitFor();
    assert.deepEqual((await card.innerText()).split(/\n+/), [
      "Authorization Required",
      "To access your google oauth2 data, you need to connect your account and authorize this application.",
      `Required permissions: ${SCOPE}`,
      "Connect & Authorize google oauth2",
    ]);
    assert.equal(await page.getByText("Error:").count(), 0, "hidden while an interrupt shows");
    await card.getByRole("button").click();
    await page.waitForURL(/\/consent\?/);
    await page.getByRole("button", { name: "Allow" }).click();
    await page.getByText(/You are (busy|free) tomorrow at 09:00/).waitFor();
    isClean(page, origin);
    const expected = dpop === "on" ? ["/oauth/token", "/me/v1/connected-accounts/connect", "/me/v1/connected-accounts/complete"] : [];
    assert.deepEqual([...new Set(proofs)].sort(), expected.toSorted());

    await page.reload();
    await page.getByText(/You are (busy|free) tomorrow at 09:00/).waitFor();
    await ask(page, "Thanks");
    await page.getByText("You are welcome.").waitFor();
    assert.equal(asked.length, 1, "the token outlived redirect and reload");

    await page.getByRole("button", { name: "Clear" }).click();
    await page.getByText("Ask me about your calendar events!").waitFor();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByRole("button", { name: "Log in" }).waitFor();
    await page.reload();
    await page.getByRole("button", { name: "Log in" }).waitFor();
    assert.equal(await page.getByPlaceholder("Ask about your calendar...").count(), 0, "the gate applies again");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByLabel("Password").waitFor();
    await context.close();
  });
}

test("TV-30 UA-20: a refused consent, and a connection that cannot be asked for, leave the chat usable", async () => {
  await deputy.offline.control("POST", "/reset");
  const { origin } = sites[0] ?? assert.fail("no site");
  await deputy.offline.control("PATCH", `/clients/${CLIENT}`, { callbacks: [origin], allowed_logout_urls: [origin] });
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await logIn(page, origin);
  await askAndConsent(page, "Cancel");
  await page.getByRole("alert").waitFor();
  isClean(page, origin);
  assert.equal(await page.getByRole("region", { name: "Authorization Required" }).count(), 0);
  await ask(page, "Thanks");
  await page.getByText("You are welcome.").waitFor();

  await page.getByRole("button", { name: "Clear" }).click();
  await ask(page, QUESTION);
  const button = page.getByRole("button", { name: "Connect & Authorize google oauth2", exact: true });
  await button.waitFor();
  await deputy.offline.fault({ service: "tenant", method: "POST", path_prefix: "/me/", status: 500, body: "{}", times: 1 });
  await button.click();
  await page.getByRole("alert").waitFor();
  await button.waitFor({ state: "detached" });
  await ask(page, "Hello");
  await page.getByText(/scripted model/).waitFor();
  await context.close();
});
