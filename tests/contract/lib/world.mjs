// The offline world with an issuer such as real tenants have, and a fetch that finds it.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { freePorts } from "../../../scripts/lib/ports.mjs";

export const domain = "tenant.example";
export const issuer = `https://${domain}/`;
export const app = "http://localhost:23000";
export const callback = `${app}/auth/callback`;
export const api = "https://deputy.example/api";
export const client = { id: "deputy-offline", secret: "contract-test-secret-not-a-real-one" };
export const apiClient = { id: "deputy-offline-api", secret: "offline-custom-api-secret-not-a-real-one" };
export const deviceClient = { id: "deputy-offline-device" };

const program = fileURLToPath(new URL("../../../target/debug/deputy-offline", import.meta.url));
const realFetch = globalThis.fetch;

/**
 * Starts the world on free ports. With `local` its issuer is where it is, for clients whose requests nobody maps.
 */
export async function startWorld({ local = false } = {}) {
  const [tenant, providers, model, control, fga] = await freePorts(5);
  const flags = {
    "tenant-port": tenant,
    "providers-port": providers,
    "model-port": model,
    "control-port": control,
    "fga-port": fga,
    issuer: local ? `http://localhost:${tenant}/` : issuer,
    "app-base-url": app,
    "client-id": client.id,
    "client-secret": client.secret,
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(program, [...args, "--quiet"], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the offline world ended with ${code}`)));
    createInterface({ input: child.stdout }).once("line", resolve);
  });
  return new World(child, { tenant, providers, control, fga });
}

export class World {
  #child;

  constructor(child, ports) {
    this.#child = child;
    this.ports = ports;
    /** A fetch that takes the tenant's host to the loopback port and changes nothing else. */
    this.fetch = (input, init) => {
      if (input instanceof Request) return realFetch(new Request(this.local(input.url), input), init);
      return realFetch(this.local(String(input)), init);
    };
  }

  /** Where a URL of the tenant really is. */
  local(url) {
    return url.startsWith(issuer) ? `http://127.0.0.1:${this.ports.tenant}/${url.slice(issuer.length)}` : url;
  }

  async control(method, path, body) {
    const answer = await realFetch(`http://127.0.0.1:${this.ports.control}${path}`, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`control ${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }

  async user(name) {
    const users = await this.control("GET", "/users");
    return users.find(({ email }) => email.startsWith(`${name}@`));
  }

  /** Lets polls follow each other every second. */
  async impatient() {
    await this.control("PATCH", "/policies", { polling_interval: 1 });
  }

  /** Moves the clock on. */
  async later(milliseconds = 15_000) {
    const { offset_ms } = await this.control("GET", "/clock");
    await this.control("POST", "/clock", { offset_ms: offset_ms + milliseconds });
  }

  /** Answers the newest open approval. */
  async decide(decision) {
    const open = (await this.control("GET", "/approvals")).filter(({ state }) => state === "pending");
    await this.control("POST", `/approvals/${open.at(-1).id}`, { decision });
    return open.at(-1);
  }

  async connectGoogle(scopes = ["openid", "https://www.googleapis.com/auth/calendar.freebusy"]) {
    const ana = await this.user("ana");
    await this.control("POST", "/seed", {
      connected_accounts: [{ user_id: ana.user_id, connection: "google-oauth2", account: "ana.ferreira@gmail.example", scopes }],
    });
  }

  async stop() {
    this.#child.removeAllListeners("exit");
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGTERM");
    await ended;
  }
}
