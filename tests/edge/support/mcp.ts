import { createSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import { HttpClient, type Deputy, type Page } from "../../harness/index.ts";
import { accessToken } from "./spa.ts";

const revision = "2026-07-28";
let id = 0;

/** An access token for the MCP server, of the native application; `scope` is what is asked for. */
export async function mcpToken(deputy: Deputy, name: string, scope = "openid profile email"): Promise<string> {
  return await accessToken(deputy, name, { audience: "", resource: `${deputy.url}/mcp`, scope });
}

/** What one request of revision 2026-07-28 is answered: no session, nothing before it. */
export async function rpc(
  deputy: Deputy,
  method: string,
  params: Record<string, unknown>,
  headers: Record<string, string | undefined> = {},
  capabilities: object = {},
): Promise<Page> {
  id += 1;
  const meta = {
    "io.modelcontextprotocol/protocolVersion": revision,
    "io.modelcontextprotocol/clientInfo": { name: "raw", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": capabilities,
  };
  const all: Record<string, string | undefined> = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": revision,
    "mcp-method": method,
    ...(typeof params.name === "string" ? { "mcp-name": params.name } : {}),
    ...(typeof params.uri === "string" ? { "mcp-name": params.uri } : {}),
    ...headers,
  };
  const sent = Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
  const body = JSON.stringify({ jsonrpc: "2.0", id, method, params: { ...params, _meta: meta } });
  return await new HttpClient(deputy.url).request("/mcp", { method: "POST", headers: sent, body });
}

/** The message in an answer, JSON or the last event of a stream. */
export function message<T>(page: Page): T {
  const events = page.text.split("\n").filter((line) => line.startsWith("data:"));
  return JSON.parse(events.length > 0 ? (events.at(-1) ?? "").slice(5) : page.text) as T;
}

/** Names of the tools that a token's bearer is shown. */
export async function toolsOf(deputy: Deputy, token: string): Promise<string[]> {
  const page = await rpc(deputy, "tools/list", {}, { authorization: `Bearer ${token}` });
  if (page.status !== 200) throw new Error(`${page.status}: ${page.text}`);
  return message<{ result: { tools: { name: string }[] } }>(page).result.tools.map(({ name }) => name);
}

/** The parameters of a `WWW-Authenticate: Bearer` header. */
export function challenge(page: Page): Record<string, string> {
  const header = page.headers.get("www-authenticate") ?? "";
  if (!header.startsWith("Bearer ")) throw new Error(`no Bearer challenge: ${header}`);
  return Object.fromEntries([...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]));
}

/** A key that the tenant publishes beside its own for this test: whoever has it can sign what no tenant would. */
export class ForgedKey {
  readonly #private: KeyObject;
  readonly #public: KeyObject;

  private constructor(pair: { privateKey: KeyObject; publicKey: KeyObject }) {
    this.#private = pair.privateKey;
    this.#public = pair.publicKey;
  }

  /** Has the tenant publish it; before the Worker asks for keys. */
  static async published(deputy: Deputy): Promise<ForgedKey> {
    const key = new ForgedKey(generateKeyPairSync("rsa", { modulusLength: 2048 }));
    const own = (await (await fetch(`${deputy.offline.issuer}.well-known/jwks.json`)).json()) as { keys: unknown[] };
    const forged = { ...key.#public.export({ format: "jwk" }), kid: "forged", use: "sig", alg: "RS256" };
    await deputy.offline.fault({ service: "tenant", path_prefix: "/.well-known/jwks.json", status: 200, body: { keys: [...own.keys, forged] } });
    return key;
  }

  /** A token for the MCP server with some claims or header members changed; undefined takes one away. */
  sign(deputy: Deputy, claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): string {
    const now = Math.floor(Date.now() / 1000);
    const all = {
      iss: deputy.offline.issuer,
      aud: `${deputy.url}/mcp`,
      sub: "auth0|forged",
      azp: "deputy-offline-device",
      iat: now,
      exp: now + 600,
      scope: "openid",
      ...claims,
    };
    const input = [{ alg: "RS256", typ: "at+jwt", kid: "forged", ...header }, all].map(part).join(".");
    return `${input}.${createSign("RSA-SHA256").update(input).sign(this.#private).toString("base64url")}`;
  }

  /** The public key as anybody may read it, in PEM. */
  get pem(): string {
    return this.#public.export({ format: "pem", type: "spki" }).toString();
  }
}

export const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
