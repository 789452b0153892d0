/** What a chat error starts with when it is not an error but a question to the user (Auth0 AI SDK, error serializer). */
export const INTERRUPT_PREFIX = "AUTH0_AI_INTERRUPTION:";

/** The tool call that waits for the user. */
export interface InterruptedCall {
  id: string;
  name: string;
  args: Record<string, unknown>;
}

/** A tool call needs an account that is not connected, or not with enough permissions. */
export interface ConnectInterrupt {
  kind: "connect";
  message: string;
  call: InterruptedCall;
  connection: string;
  /** What to ask the provider for: what is granted already and what is missing. */
  scopes: string[];
  /** What is missing, which is all that the user is asked for. */
  missing: string[];
  authorizationParams: Record<string, string>;
}

/** Any other question. The card shows its sentence; answering happens elsewhere (on a phone, say). */
export interface OtherInterrupt {
  kind: "other";
  message: string;
  call: InterruptedCall | undefined;
  code: string;
}

export type Interrupt = ConnectInterrupt | OtherInterrupt;

/**
 * Reads the text of a chat error. Null when it is an ordinary error. A text that has the prefix but cannot be read is
 * still an interrupt (kind `other`), because showing its JSON as an error would help nobody.
 */
export function parseInterrupt(text: string): Interrupt | null {
  if (!text.startsWith(INTERRUPT_PREFIX)) return null;
  const fields = parseObject(text.slice(INTERRUPT_PREFIX.length));
  if (fields === undefined) {
    return { kind: "other", message: "The assistant is waiting for you.", call: undefined, code: "UNREADABLE_INTERRUPT" };
  }
  const code = textOr(fields.code, "UNKNOWN_INTERRUPT");
  const call = readCall(fields.toolCall);
  const message = textOr(fields.message, "The assistant is waiting for you.");
  if (code === "TOKEN_VAULT_ERROR" && call !== undefined && typeof fields.connection === "string" && fields.connection !== "") {
    const required = texts(fields.requiredScopes);
    return {
      kind: "connect",
      message,
      call,
      connection: fields.connection,
      scopes: required.length > 0 ? required : texts(fields.scopes),
      missing: texts(fields.scopes),
      authorizationParams: textValues(fields.authorizationParams),
    };
  }
  return { kind: "other", message, call, code };
}

/** Where the consent starts: the Worker's connect route, for a pop-up (`returnTo` is `/close`) or for this tab. */
export function connectUrl(interrupt: Pick<ConnectInterrupt, "connection" | "scopes" | "authorizationParams">, returnTo: string): string {
  const query = new URLSearchParams();
  query.set("connection", interrupt.connection);
  for (const scope of interrupt.scopes) query.append("scopes", scope);
  query.set("returnTo", returnTo);
  for (const [name, value] of Object.entries(interrupt.authorizationParams)) {
    if (!query.has(name)) query.set(name, value);
  }
  return `/auth/connect?${query.toString()}`;
}

/** Interrupts by the id of the tool call they stop. One without a call is kept under an empty id. */
export type Interrupts = Readonly<Record<string, Interrupt>>;

export function withInterrupt(interrupts: Interrupts, interrupt: Interrupt): Interrupts {
  return { ...interrupts, [interrupt.call?.id ?? ""]: interrupt };
}

/** Forgets an interrupt without a call: a new turn has begun, so nothing waits for it any more. */
export function withoutLooseInterrupt(interrupts: Interrupts): Interrupts {
  if (!("" in interrupts)) return interrupts;
  const { "": _, ...rest } = interrupts;
  return rest;
}

function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function readCall(value: unknown): InterruptedCall | undefined {
  if (!isObject(value) || typeof value.id !== "string" || value.id === "") return undefined;
  return { id: value.id, name: textOr(value.name, "tool"), args: isObject(value.args) ? value.args : {} };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}

function textValues(value: unknown): Record<string, string> {
  if (!isObject(value)) return {};
  const entries = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return Object.fromEntries(entries);
}
