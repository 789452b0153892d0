// Auth0's Management API v2: a token with the scopes of the command, pages to their end, limits waited for, failures with a fix.
import { setTimeout as sleep } from "node:timers/promises";
import { NoAnswer, ask, described } from "../lib/doctor/ask.mjs";
import { issuerOf } from "../lib/doctor/tenant.mjs";
import { Problem, warn } from "../lib/log.mjs";

/** How often a request is sent again. */
const TRIES = 6;
/** The longest that a limit is waited for, in seconds. */
const LONGEST_WAIT = 90;

/** A refusal that the caller may know what to do about. */
export class Refused extends Problem {
  constructor(answer, what, remedy) {
    super(what, remedy);
    this.status = answer.status;
  }
}

export class Management {
  #token;

  constructor(settings) {
    this.issuer = issuerOf(settings);
    this.audience = `${this.issuer}api/v2/`;
    this.credentials = { client_id: settings.AUTH0_MANAGEMENT_CLIENT_ID, client_secret: settings.AUTH0_MANAGEMENT_CLIENT_SECRET };
  }

  /** Gets a token with these scopes, or a Problem that names those the client lacks. */
  async open(scopes) {
    const form = { grant_type: "client_credentials", audience: this.audience, scope: scopes.join(" "), ...this.credentials };
    const answer = await this.#send(`${this.issuer}oauth/token`, { method: "POST", form }, true);
    if (answer.status !== 200)
      throw new Problem(
        `The tenant gives AUTH0_MANAGEMENT_CLIENT_ID no token for its Management API: ${described(answer)}`,
        `Create a machine-to-machine application, authorize it for the Management API (${this.audience}), and set AUTH0_MANAGEMENT_CLIENT_ID and AUTH0_MANAGEMENT_CLIENT_SECRET`,
      );
    if (typeof answer.json?.access_token !== "string")
      throw new Problem(
        `${this.issuer}oauth/token answers with something that is no token`,
        "Set AUTH0_DOMAIN to the tenant's own host (no page, no proxy)",
      );
    const granted = String(answer.json?.scope ?? "").split(" ");
    const missing = scopes.filter((scope) => !granted.includes(scope));
    if (missing.length > 0)
      throw new Problem(
        `The management client lacks scopes: ${missing.join(" ")}`,
        "In the dashboard: Applications, APIs, Auth0 Management API, Machine to Machine Applications: grant these scopes",
      );
    this.#token = answer.json.access_token;
  }

  get = (path) => this.#call("GET", path);
  patch = (path, json, options) => this.#call("PATCH", path, { json, again: true, ...options });
  post = (path, json, options) => this.#call("POST", path, { json, ...options });
  delete = (path, json) => this.#call("DELETE", path, { json, again: true });

  /** Every record of a list that pages by number. */
  async byNumber(path, member) {
    const found = [];
    for (let page = 0; ; page += 1) {
      const mark = path.includes("?") ? "&" : "?";
      const answer = await this.get(`${path}${mark}per_page=100&page=${page}${member === "actions" ? "" : "&include_totals=true"}`);
      const records = listIn(answer, member, path);
      found.push(...records);
      if (records.length === 0 || found.length >= answer.total) return found;
    }
  }

  /** Every record of a list that pages by checkpoint. */
  async byCheckpoint(path, member) {
    const found = [];
    const seen = new Set();
    for (let next; ;) {
      const answer = await this.get(`${path}?take=100${next ? `&from=${encodeURIComponent(next)}` : ""}`);
      found.push(...listIn(answer, member, path));
      next = answer.next;
      if (!next || seen.has(next)) return found;
      seen.add(next);
    }
  }

  /** `again`: sent twice it does the same. `patient`: what it names was just made, and may not be everywhere yet. */
  async #call(method, path, { json, again = method === "GET", patient = false } = {}) {
    const url = `${this.audience}${path}`;
    const headers = { authorization: `Bearer ${this.#token}` };
    const call = { method, headers, ...(json === undefined ? {} : { json }) };
    const answer = await this.#send(url, call, again, patient);
    const what = `${method} ${path.split("?")[0]}`;
    if (answer.status < 200 || answer.status >= 300) throw refusal(answer, what);
    // Some changes are answered with nothing.
    if (answer.json === undefined && (method === "GET" || answer.text !== "")) throw new Problem(`${what}: the answer is no JSON`, NOT_AUTH0);
    return answer.json;
  }

  async #send(url, call, again, patient) {
    for (let attempt = 1; ; attempt += 1) {
      let answer;
      try {
        answer = await ask(url, call);
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        if (again && attempt < TRIES) {
          await sleep(backOff(attempt));
          continue;
        }
        throw new Problem(error.message, again ? "Look at AUTH0_DOMAIN and the tenant's status page" : INTERRUPTED);
      }
      const last = attempt >= TRIES;
      if (answer.status === 429 && !last) {
        const seconds = waitOf(answer.headers);
        if (seconds > LONGEST_WAIT) return answer;
        warn(`The tenant limits requests; on in ${seconds} s`);
        await sleep(seconds * 1000);
      } else if (answer.status >= 500 && again && !last) await sleep(backOff(attempt));
      else if (answer.status === 404 && patient && !last) await sleep(backOff(attempt));
      else return answer;
    }
  }
}

const NOT_AUTH0 = "Run it again: the answer may have been cut. Else set AUTH0_DOMAIN to the tenant's own host (no page, no proxy)";

function listIn(answer, member, path) {
  if (Array.isArray(answer?.[member])) return answer[member];
  throw new Problem(`GET ${path.split("?")[0]}: the answer has no list of ${member}`, NOT_AUTH0);
}

const INTERRUPTED = "Whether it was done is not known; run the command again: it goes on where this one ended";

const backOff = (attempt) => Math.min(200 * 2 ** attempt, 5000);

/** Seconds to wait: `Retry-After`, else the time in `x-ratelimit-reset` (seconds since the epoch). */
function waitOf(headers) {
  const after = Number(headers.get("retry-after") ?? Number.NaN);
  const reset = Number(headers.get("x-ratelimit-reset") ?? Number.NaN) - Date.now() / 1000;
  const wait = Number.isFinite(after) ? after : Number.isFinite(reset) ? reset : 1;
  return Math.max(1, Math.ceil(wait));
}

function refusal(answer, what) {
  const said = typeof answer.json?.message === "string" ? answer.json.message.replace(/[^\x20-\x7e]+/g, " ").slice(0, 300) : "";
  const fixes = {
    401: "Run it again: the token may have expired. Else compare AUTH0_MANAGEMENT_CLIENT_ID with the tenant in AUTH0_DOMAIN",
    403: "Grant the management client that scope (docs/tenant.md)",
    429: "Wait a minute and run it again: it goes on where this one ended",
  };
  const fix = fixes[answer.status] ?? (answer.status >= 500 ? INTERRUPTED : "Look at tenant/tenant.json, and at the tenant's log");
  return new Refused(answer, `${what}: status ${answer.status} ${said}`, fix);
}
