import { freePorts } from "../../scripts/lib/ports.mjs";
import { inRoot } from "./paths.ts";
import { ProcessGroup } from "./process-group.ts";

/** Ports of the offline world's services. */
export interface OfflinePorts {
  tenant: number;
  providers: number;
  model: number;
  control: number;
  fga: number;
}

export interface OfflineOptions {
  /** Origin of the application under test; its callback URL is registered with the tenant. */
  appBaseUrl: string;
  ports?: OfflinePorts;
  /** More options of the program, such as `--script FILE`. */
  args?: string[];
}

/** A seeded user of the tenant. */
export interface OfflineUser {
  user_id: string;
  email: string;
  name: string;
  /** Users who log in with a password have one; those of a social connection do not. */
  password?: string;
  [key: string]: unknown;
}

/** What users agreed to, and the accounts they connected. */
export interface Grants {
  consents: Record<string, unknown>[];
  connected_accounts: Record<string, unknown>[];
}

/** A fault the control API puts before a service. */
export interface Fault {
  service: "tenant" | "providers" | "model" | "fga";
  path_prefix?: string;
  /** A text in the body of the request. */
  body_contains?: string;
  method?: string;
  /** Without it and without `drop` the request is only delayed. */
  status?: number;
  /** The connection is dropped without an answer. */
  drop?: boolean;
  /** The chance that it strikes, from a seed that the answer names. */
  probability?: number;
  seed?: number;
  body?: unknown;
  headers?: Record<string, string>;
  delay_ms?: number;
  /** It strikes after the request was carried out: the effect is there, the answer is lost. */
  after?: boolean;
  /** How many requests it strikes; without it, all until the next reset. */
  times?: number;
}

const client = { id: "deputy-offline", secret: "offline-secret-of-a-test-run-not-a-real-one" };
/** The seeded client that links log-ins. */
const linkingClient = { id: "deputy-offline-linking", secret: "offline-linking-secret-not-a-real-one" };
/** The seeded Custom API Client of the audience. */
const customApiClient = { id: "deputy-offline-api", secret: "offline-custom-api-secret-not-a-real-one" };
/** The seeded client of the MCP server's API. */
const mcpClient = { id: "deputy-offline-mcp", secret: "offline-mcp-server-secret-not-a-real-one" };
/** The native application, whose tokens a command line or a single-page application has. */
const deviceClient = { id: "deputy-offline-device" };
const audience = "https://deputy.example/api";
/** The seeded store of the FGA service, and who may ask it. */
const fgaStore = "01JZ0000000000000000000001";
const fgaClient = { id: "deputy-offline-fga", secret: "offline-fga-secret-not-a-real-one" };
const fgaKey = "offline-preshared-key-not-a-real-one";

/** What callers of the FGA service have to show. */
export type FgaAccess = "open" | "preshared_key" | "client_credentials";

/** Starts the offline world on free ports; it is ready when this returns. */
export async function startOffline(options: OfflineOptions): Promise<OfflineWorld> {
  const ports = options.ports ?? (await fivePorts());
  const issuer = `http://localhost:${ports.tenant}/`;
  const flags: Record<string, string | number> = {
    "--tenant-port": ports.tenant,
    "--providers-port": ports.providers,
    "--model-port": ports.model,
    "--control-port": ports.control,
    "--fga-port": ports.fga,
    "--issuer": issuer,
    "--app-base-url": options.appBaseUrl,
    "--client-id": client.id,
    "--client-secret": client.secret,
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [name, String(value)]);
  const group = ProcessGroup.program("offline world", inRoot("target/debug/deputy-offline"), [...args, "--quiet", ...(options.args ?? [])]);
  await group.until(() => group.lines.some((line) => line.startsWith("ready")), 15_000);
  return new OfflineWorld(group, ports, issuer, options.appBaseUrl);
}

/** The running offline world and its control API. */
export class OfflineWorld {
  readonly ports: OfflinePorts;
  readonly issuer: string;
  readonly #group: ProcessGroup;
  readonly #appBaseUrl: string;

  constructor(group: ProcessGroup, ports: OfflinePorts, issuer: string, appBaseUrl: string) {
    this.#group = group;
    this.ports = ports;
    this.issuer = issuer;
    this.#appBaseUrl = appBaseUrl;
  }

  get controlUrl(): string {
    return `http://127.0.0.1:${this.ports.control}`;
  }

  /** The model as Workers AI: Cloudflare's HTTP API of an account. */
  get workersAiUrl(): string {
    return `http://127.0.0.1:${this.ports.model}/client/v4/accounts/offline/ai`;
  }

  /** OpenFGA's API, with the store that is there from the start. */
  get fgaUrl(): string {
    return `http://127.0.0.1:${this.ports.fga}`;
  }

  /** The Worker's settings that have the FGA service decide, with what it shows there. */
  fgaSettings(access: FgaAccess = "open"): Record<string, string> {
    const client = {
      FGA_CLIENT_ID: fgaClient.id,
      FGA_CLIENT_SECRET: fgaClient.secret,
      FGA_API_TOKEN_ISSUER: this.issuer,
      FGA_API_AUDIENCE: `http://localhost:${this.ports.fga}/`,
    };
    const shown = { open: {}, preshared_key: { FGA_API_TOKEN: fgaKey }, client_credentials: client }[access];
    return { FGA_API_URL: this.fgaUrl, FGA_STORE_ID: fgaStore, ...shown };
  }

  /** What callers of the FGA service have to show from now on. */
  async fgaAccess(access: FgaAccess): Promise<void> {
    await this.control("PATCH", "/fga", { access });
  }

  /** The Worker's settings that point it at this world. */
  settings(): Record<string, string> {
    const providers = `http://127.0.0.1:${this.ports.providers}`;
    return {
      AUTH0_DOMAIN: `localhost:${this.ports.tenant}`,
      AUTH0_ISSUER: this.issuer,
      DEPUTY_DEV: "1",
      AUTH0_CLIENT_ID: client.id,
      AUTH0_CLIENT_SECRET: client.secret,
      AUTH0_AUDIENCE: audience,
      AUTH0_CUSTOM_API_CLIENT_ID: customApiClient.id,
      AUTH0_CUSTOM_API_CLIENT_SECRET: customApiClient.secret,
      ACCOUNT_LINKING: "1",
      AUTH0_MANAGEMENT_CLIENT_ID: linkingClient.id,
      AUTH0_MANAGEMENT_CLIENT_SECRET: linkingClient.secret,
      MCP_AUTH0_CLIENT_ID: mcpClient.id,
      MCP_AUTH0_CLIENT_SECRET: mcpClient.secret,
      AUTH0_ALLOWED_CLIENTS: [client.id, customApiClient.id, deviceClient.id].join(","),
      BASE_URL: this.#appBaseUrl,
      OPENAI_API_KEY: "offline",
      OPENAI_BASE_URL: `http://127.0.0.1:${this.ports.model}/v1`,
      GOOGLE_API_BASE_URL: `${providers}/google`,
      GITHUB_API_BASE_URL: `${providers}/github`,
      SLACK_API_BASE_URL: `${providers}/slack/api`,
      SALESFORCE_INSTANCE_URL: `${providers}/salesforce`,
      SHOP_API_URL: `${providers}/shop/orders`,
      SHOP_API_AUDIENCE: "sample-shop-api",
      STOCK_API_URL: `${providers}/stock/orders`,
      STOCK_API_AUDIENCE: "sample-stock-api",
    };
  }

  /** Seeded users, in the order of the data file. */
  async users(): Promise<OfflineUser[]> {
    return (await this.control("GET", "/users")) as OfflineUser[];
  }

  /** The first seeded user with a password whose e-mail address starts with `name`. */
  async user(name = ""): Promise<OfflineUser & { password: string }> {
    const users = await this.users();
    const hasPassword = (user: OfflineUser): user is OfflineUser & { password: string } => user.password !== undefined;
    const found = users.filter(hasPassword).find((user) => user.email.startsWith(name));
    if (!found) throw new Error(`no seeded user ${name}: ${users.map((user) => user.email).join(", ")}`);
    return found;
  }

  /** Every token the tenant issued: kind, value, client, user. */
  async tokens<T = Record<string, unknown>>(): Promise<T[]> {
    return (await this.control("GET", "/tokens")) as T[];
  }

  /** Every request seen, oldest first. */
  async requests<T = Record<string, unknown>>(): Promise<T[]> {
    return (await this.control("GET", "/requests")) as T[];
  }

  async grants(): Promise<Grants> {
    return (await this.control("GET", "/grants")) as Grants;
  }

  /** Back to the seeded state. */
  async reset(): Promise<void> {
    await this.control("POST", "/reset");
  }

  /** Makes a service misbehave for some requests. */
  async fault(fault: Fault): Promise<void> {
    await this.control("POST", "/faults", fault);
  }

  async clearFaults(): Promise<void> {
    await this.control("DELETE", "/faults");
  }

  /** Gives the scripted model other rules (the form of the offline crate's `data/script.json`). */
  async rules(rules: unknown): Promise<void> {
    await this.control("POST", "/model/rules", rules);
  }

  /** Sets how many milliseconds the world's clock is ahead of the real one. */
  async clock(offsetMs: number): Promise<void> {
    await this.control("POST", "/clock", { offset_ms: offsetMs });
  }

  /** Any route of the control API; the JSON it answers. */
  async control(method: string, path: string, body?: unknown): Promise<unknown> {
    const init = body === undefined ? { method } : { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const answer = await fetch(`${this.controlUrl}${path}`, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`control ${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  }

  /** What it printed last. */
  output(): string {
    return this.#group.output();
  }

  async stop(): Promise<void> {
    await this.#group.kill();
  }
}

async function fivePorts(): Promise<OfflinePorts> {
  const [tenant = 0, providers = 0, model = 0, control = 0, fga = 0] = await freePorts(5);
  return { tenant, providers, model, control, fga };
}
