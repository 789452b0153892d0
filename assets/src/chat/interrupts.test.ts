import { describe, expect, it } from "vitest";
import { connectUrl, INTERRUPT_PREFIX, type Interrupt, parseInterrupt, withInterrupt, withoutLooseInterrupt } from "./interrupts";

const CONNECT = {
  name: "AUTH0_AI_INTERRUPT",
  code: "TOKEN_VAULT_ERROR",
  connection: "google-oauth2",
  scopes: ["cal"],
  requiredScopes: ["openid", "cal"],
  authorizationParams: { prompt: "login", access_type: "offline", returnTo: "https://evil.example/", weird: 3 },
  behavior: "resume",
  message: "Authorization required to access the Token Vault: google-oauth2.",
  toolCall: { id: "call_1", name: "checkUsersCalendar", args: { date: "2026-01-01" } },
  interruptId: "i-1",
};

const PENDING = {
  name: "AUTH0_AI_INTERRUPT",
  code: "ASYNC_AUTHORIZATION_AUTHORIZATION_PENDING",
  request: { id: "p-1", requestedAt: 1_700_000_000, expiresIn: 300, interval: 5 },
  approvalCode: "WDJB-MJHT",
  bindingMessage: "Do you want to buy 3 shares of GOOGL",
  message: "An authorization request was sent to your mobile device.",
  toolCall: { id: "call_9", name: "buyStock", args: { ticker: "GOOGL", qty: 3 } },
  interruptId: "p-1",
};

function serialized(fields: object): string {
  return INTERRUPT_PREFIX + JSON.stringify(fields);
}

function parsed(fields: object): Interrupt {
  const interrupt = parseInterrupt(serialized(fields));
  if (interrupt === null) throw new Error("not an interrupt");
  return interrupt;
}

describe("TV-13 interrupt parsing", () => {
  it("leaves ordinary errors alone", () => {
    expect(parseInterrupt("The model is not available.")).toBeNull();
    expect(parseInterrupt(`Oops ${serialized(CONNECT)}`)).toBeNull();
    expect(parseInterrupt("")).toBeNull();
  });

  it("reads which account, which permissions, why and for which call", () => {
    expect(parsed(CONNECT)).toEqual({
      kind: "connect",
      message: CONNECT.message,
      call: CONNECT.toolCall,
      connection: "google-oauth2",
      scopes: ["openid", "cal"],
      missing: ["cal"],
      authorizationParams: { prompt: "login", access_type: "offline", returnTo: "https://evil.example/" },
    });
  });

  it("uses the asked scopes where the required ones are not given", () => {
    expect(parsed({ ...CONNECT, requiredScopes: undefined })).toMatchObject({ scopes: ["cal"] });
    expect(parsed({ ...CONNECT, requiredScopes: [], scopes: "cal" })).toMatchObject({ scopes: [] });
  });

  it("AA-10: reads an approval: the question, the code that stands on the phone, and until when", () => {
    const { approvalCode: _, ...withoutCode } = PENDING;
    expect(parsed(PENDING)).toEqual({
      kind: "approve",
      id: "p-1",
      message: PENDING.message,
      call: PENDING.toolCall,
      bindingMessage: "Do you want to buy 3 shares of GOOGL",
      approvalCode: "WDJB-MJHT",
      expiresAt: 1_700_000_300_000,
    });
    for (const incomplete of [withoutCode, { ...PENDING, request: null }, { ...PENDING, request: { requestedAt: "now", expiresIn: 300 } }]) {
      expect(parsed(incomplete)).toMatchObject({ kind: "other", message: PENDING.message });
    }
  });

  it("reads a sign-in and an unknown outcome; only a true canCheck can check", () => {
    expect(parsed({ ...PENDING, code: "DEPUTY_SIGN_IN" })).toEqual({ kind: "sign-in", id: "p-1", message: PENDING.message, call: PENDING.toolCall });
    expect(parsed({ ...PENDING, code: "DEPUTY_OUTCOME_UNKNOWN", canCheck: true })).toMatchObject({ kind: "outcome", canCheck: true });
    expect(parsed({ ...PENDING, code: "DEPUTY_OUTCOME_UNKNOWN", canCheck: "yes" })).toMatchObject({ kind: "outcome", canCheck: false });
    expect(parsed({ ...PENDING, code: "DEPUTY_SIGN_IN", toolCall: undefined })).toMatchObject({ kind: "other" });
  });

  it("shows a question it does not know as a card of its own kind", () => {
    expect(parsed({ message: "?" })).toMatchObject({ kind: "other", call: undefined, code: "UNKNOWN_INTERRUPT" });
  });

  it("does not take a connect question without a call or a connection for one that can be answered", () => {
    expect(parsed({ ...CONNECT, toolCall: {} })).toMatchObject({ kind: "other", call: undefined });
    expect(parsed({ ...CONNECT, connection: "" })).toMatchObject({ kind: "other" });
  });

  it("never shows raw JSON when the text cannot be read", () => {
    for (const broken of ["", "{", "null", "[]", '"text"']) {
      expect(parseInterrupt(INTERRUPT_PREFIX + broken)).toMatchObject({ kind: "other", code: "UNREADABLE_INTERRUPT" });
    }
  });
});

describe("TV-16 connect address", () => {
  it("names connection, each scope, the return path and the extra parameters, and lets none of those be overridden", () => {
    const interrupt = parsed(CONNECT);
    if (interrupt.kind !== "connect") throw new Error("not a connect interrupt");
    const url = new URL(connectUrl(interrupt, "/close"), "http://app.example");
    expect(url.pathname).toBe("/auth/connect");
    expect([...url.searchParams]).toEqual([
      ["connection", "google-oauth2"],
      ["scopes", "openid"],
      ["scopes", "cal"],
      ["returnTo", "/close"],
      ["prompt", "login"],
      ["access_type", "offline"],
    ]);
  });
});

describe("interrupts by tool call", () => {
  it("keeps one per call, the newest", () => {
    const first = withInterrupt({}, parsed(CONNECT));
    const other = withInterrupt(first, parsed({ ...CONNECT, toolCall: { ...CONNECT.toolCall, id: "call_2" } }));
    const again = withInterrupt(other, parsed({ ...CONNECT, message: "again" }));
    expect(Object.keys(again)).toEqual(["call_1", "call_2"]);
    expect(again.call_1?.message).toBe("again");
  });

  it("forgets only the one without a call when a new turn begins", () => {
    const both = withInterrupt(withInterrupt({}, parsed(CONNECT)), parsed({ message: "loose" }));
    expect(Object.keys(withoutLooseInterrupt(both))).toEqual(["call_1"]);
    const kept = withInterrupt({}, parsed(CONNECT));
    expect(withoutLooseInterrupt(kept)).toBe(kept);
  });
});
