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

/** The user is asked on another device, and only that device can say yes. */
export interface ApproveInterrupt {
  kind: "approve";
  /** Another one each time the device is asked. */
  id: string;
  message: string;
  call: InterruptedCall;
  /** What the device shows as the question. */
  bindingMessage: string;
  /** Stands on the device too. */
  approvalCode: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/** The session has ended: the call goes on after a new login. */
export interface SignInInterrupt {
  kind: "sign-in";
  id: string;
  message: string;
  call: InterruptedCall;
}

/** The call was cut off while it ran: somebody has to say whether it happened. */
export interface OutcomeInterrupt {
  kind: "outcome";
  id: string;
  message: string;
  call: InterruptedCall;
  /** The tool can look by itself. */
  canCheck: boolean;
}

/** Any other question. The card shows its sentence; answering happens elsewhere. */
export interface OtherInterrupt {
  kind: "other";
  message: string;
  call: InterruptedCall | undefined;
  code: string;
}

export type Interrupt = ConnectInterrupt | ApproveInterrupt | SignInInterrupt | OutcomeInterrupt | OtherInterrupt;

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
  return readInterrupt(fields);
}

/** Reads an interrupt that has been parsed already: the object of a chat error, or that of a tool part with its call added. */
export function readInterrupt(fields: Readonly<Record<string, unknown>>): Interrupt {
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
  const own = call === undefined ? undefined : readOwn(code, { id: textOr(fields.interruptId, call.id), message, call }, fields);
  return own ?? { kind: "other", message, call, code };
}

/** The questions whose answer goes by the call alone. */
function readOwn(
  code: string,
  asked: { id: string; message: string; call: InterruptedCall },
  fields: Readonly<Record<string, unknown>>,
): Interrupt | undefined {
  switch (code) {
    case "ASYNC_AUTHORIZATION_AUTHORIZATION_PENDING": {
      const request = isObject(fields.request) ? fields.request : {};
      const { requestedAt, expiresIn } = request;
      const known = typeof requestedAt === "number" && typeof expiresIn === "number" && typeof fields.approvalCode === "string";
      if (!known) return undefined;
      const bindingMessage = textOr(fields.bindingMessage, "");
      return { kind: "approve", ...asked, bindingMessage, approvalCode: fields.approvalCode as string, expiresAt: (requestedAt + expiresIn) * 1000 };
    }
    case "DEPUTY_SIGN_IN":
      return { kind: "sign-in", ...asked };
    case "DEPUTY_OUTCOME_UNKNOWN":
      return { kind: "outcome", ...asked, canCheck: fields.canCheck === true };
    default:
      return undefined;
  }
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

export function isObject(value: unknown): value is Record<string, unknown> {
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
