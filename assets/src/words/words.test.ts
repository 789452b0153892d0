import { describe, expect, it } from "vitest";
import { readError } from "../api/client";
import { displayName } from "../api/types";
import { greeting } from "../chat/Greeting";
import { connectionName } from "./connections";
import { scopesInWords } from "./scopes";
import { moment } from "./time";
import { declinedConnection, spelledOut, toolPurpose, toolStateInWords, toolTitle } from "./tools";
import { valueInWords } from "./values";

describe("TV-13 scopes in words", () => {
  it("says what Google's long scopes allow", () => {
    expect(scopesInWords(["openid", "https://www.googleapis.com/auth/calendar.freebusy"])).toEqual([
      "Know which account this is",
      "See when you are free or busy",
    ]);
  });

  it("says a permission once and leaves out what grants nothing to think about", () => {
    expect(scopesInWords(["email", "https://www.googleapis.com/auth/userinfo.email", "offline_access"])).toEqual(["See your email address"]);
  });

  it("never hides a scope it does not know", () => {
    expect(scopesInWords(["admin:everything"])).toEqual(["Use the permission “admin:everything”"]);
  });
});

describe("names in words", () => {
  it("connections", () => {
    expect(connectionName("google-oauth2")).toBe("Google");
    expect(connectionName("my-crm_prod")).toBe("My crm prod");
    expect(connectionName("")).toBe("your account");
  });

  it("tools", () => {
    expect(toolTitle("checkUsersCalendar")).toBe("Check your calendar");
    expect(toolTitle("doThisAndThat")).toBe("Do this and that");
    expect(toolPurpose("checkUsersCalendar")).toBe("check your calendar");
    expect(toolPurpose("doThisAndThat")).toBeUndefined();
    expect(spelledOut("price_limit")).toBe("Price limit");
    expect(declinedConnection("The user chose not to connect google-oauth2 now.")).toBe("google-oauth2");
    expect(declinedConnection("Invalid response from Google Calendar API")).toBeUndefined();
  });

  it("values: dates as dates, objects as their members, the rest as it is", () => {
    const date = valueInWords("2026-11-24T09:00:00+01:00");
    expect(date).toMatch(/24/);
    expect(date).not.toContain("T09");
    expect(valueInWords("2026-11-24")).toBe("2026-11-24");
    expect(valueInWords({ type: "delayed", delayInSeconds: 5 })).toBe("Type: delayed, Delay in seconds: 5");
    expect(valueInWords([1, true, null])).toBe("1, true, null");
  });

  it("the seven states of a tool call are seven different words", () => {
    const states = ["input-streaming", "input-available", "approval-requested", "approval-responded", "output-available", "output-error", "output-denied"];
    expect(new Set(states.map(toolStateInWords)).size).toBe(7);
    expect(states.map(toolStateInWords)).not.toContain("Unknown state");
    expect(toolStateInWords("something-new")).toBe("Unknown state");
  });

  it("UA-08 greets by the best name there is", () => {
    expect(greeting(displayName({ sub: "1", name: "Ana", email: "a@example.com" }))).toBe(
      "Hello Ana, I'm your personal assistant. How can I help you today?",
    );
    expect(displayName({ sub: "1", email: "a@example.com" })).toBe("a@example.com");
    expect(displayName({ sub: "1" })).toBe("there");
  });

  it("moments", () => {
    expect(moment(Date.UTC(2026, 10, 24, 12))).toMatch(/24/);
    expect(moment("2026-11-24T12:00:00Z")).toMatch(/24/);
    for (const nothing of ["soon", undefined, null, Number.NaN]) expect(moment(nothing)).toBeUndefined();
  });
});

describe("errors of the Worker", () => {
  it("keeps sentence, code and correlation id", () => {
    const error = readError(403, { error: "This chat is not yours.", code: "chat_foreign", id: "r-1" });
    expect(error).toMatchObject({ status: 403, message: "This chat is not yours.", code: "chat_foreign", correlationId: "r-1", isSignedOut: false });
  });

  it("makes a sentence where the answer has none", () => {
    for (const body of [undefined, null, "<html>", {}, { error: "" }, { error: 5 }]) {
      expect(readError(502, body).message).toBe("The server could not do that just now. (502)");
    }
    expect(readError(401, {}).isSignedOut).toBe(true);
  });
});
