// The command line (examples/cli) against the real Worker: device log-in, an answer, a consent by its link, a confirmation (UA-24, AA-19).
import assert from "node:assert/strict";
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { HttpClient, startDeputy, submitLogin, type Deputy } from "../harness/index.ts";
import { inRoot } from "../harness/paths.ts";

let deputy: Deputy;
before(
  async () => {
    const build = spawn("cargo", ["build", "--quiet", "--workspace", "--bin", "deputy-agent"], { cwd: inRoot("."), stdio: "inherit" });
    const [[code]] = await Promise.all([once(build, "exit"), startDeputy().then((started) => (deputy = started))]);
    assert.equal(code, 0, "the command line is built");
    await deputy.offline.control("PATCH", "/policies", { polling_interval: 1 });
  },
  { timeout: 280_000 },
);
after(async () => {
  for (const child of children) child.kill("SIGKILL");
  await deputy?.stop();
});

/** Those of tests that failed wait for an answer for ever. */
const children: ChildProcessWithoutNullStreams[] = [];

class CommandLine {
  output = "";
  problem = "";
  readonly #child: ChildProcessWithoutNullStreams;
  /** Not "exit": what was written before it may come later. */
  readonly #closed: Promise<unknown[]>;

  constructor(...args: string[]) {
    const env = {
      AUTH0_ISSUER: deputy.offline.issuer,
      AUTH0_AUDIENCE: deputy.offline.settings().AUTH0_AUDIENCE,
      AGENT_CLIENT_ID: "deputy-offline-device",
      DEPUTY_URL: deputy.url,
    };
    this.#child = spawn(inRoot("target/debug/deputy-agent"), args, { env });
    children.push(this.#child);
    this.#closed = once(this.#child, "close");
    this.#child.stdout.on("data", (data: Buffer) => (this.output += data.toString()));
    this.#child.stderr.on("data", (data: Buffer) => (this.problem += data.toString()));
  }

  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (let waited = 0; waited < 300; waited += 1) {
      const found = pattern.exec(this.output);
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`${pattern} never came; got:\n${this.output}\n${this.problem}`);
  }

  type(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  async end(): Promise<number> {
    this.#child.stdin.end();
    const [code] = (await this.#closed) as [number];
    return code;
  }

  /** The user follows the link in a browser, logs in and confirms the code. */
  async confirm(name: string): Promise<HttpClient> {
    const [, link = ""] = await this.until(/To log in, open (\S+)/);
    const browser = new HttpClient(deputy.offline.issuer);
    const page = await submitLogin(browser, await browser.get(link), await deputy.offline.user(name));
    const [, code = "?"] = await this.until(/compare the code (\S+)/);
    assert.ok(page.text.includes(code), "the page shows the same code");
    const done = await browser.submit(page, {}, { button: /Confirm/ });
    assert.match(done.text, /all set/);
    await this.until(/You are logged in\./);
    return browser;
  }
}

test("UA-24: a question on the command line is answered after the device log-in", async () => {
  const agent = new CommandLine("Hello");
  await agent.confirm("ana");
  assert.equal(await agent.end(), 0, agent.problem);
  assert.match(agent.output, /Hello! I am the scripted model/);
});

test("UA-24 TV-05: what needs an account is a link; after the consent the answer goes on", async () => {
  const agent = new CommandLine("Am", "I", "free", "tomorrow", "at", "9?");
  await agent.confirm("ben");
  const [, link = ""] = await agent.until(/\nOpen (\S+)/);
  const browser = new HttpClient(deputy.url);
  const consent = await submitLogin(browser, await browser.get(link), await deputy.offline.user("ben"));
  const end = await browser.submit(consent, {}, { button: /Allow/ });
  assert.match(end.url, /\/close\?connection=google-oauth2&connected=true$/);
  agent.type("");
  await agent.until(/You are (free|busy)/);
  assert.equal(await agent.end(), 0, agent.problem);
});

test("AA-19: a tool that asks for a yes asks here; the end of the input is none", async () => {
  const agent = new CommandLine();
  await agent.confirm("ana");
  agent.type("Weather in Paris");
  await agent.until(/asks for your yes: getWeatherInformation \{"city":"Paris"\}/);
  agent.type("yes");
  await agent.until(/sunny/);
  agent.type("Weather in Paris");
  await agent.until(/Yes or no\? [^]*Yes or no\? /);
  assert.equal(await agent.end(), 3);
  const [, page = ""] = /waits for your answer: (\S+)/.exec(agent.problem) ?? [];
  assert.ok(page.startsWith(`${deputy.url}/c/`), agent.problem);
});
