import { healthInWords, needsReconnect, stepInWords } from "./health";
import { widgetOf } from "./widgets";
import { describe, expect, it } from "vitest";
import { readError } from "../api/client";
import { displayName } from "../api/types";
import { greeting } from "../chat/Greeting";
import { integrations, setup } from "../../../src/connections/registry.json";
import { connectionMark, connectionName } from "./connections";
import { scopesInWords } from "./scopes";
import { minutesAndSeconds, moment } from "./time";
import { spelledOut, thanksFor, toolPurpose, toolStateInWords, toolTitle } from "./tools";
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

describe("IN-10 to IN-36 the registry's connections", () => {
  it("have a name and a mark that can be read on its colour", () => {
    expect(integrations).toHaveLength(27);
    for (const { name, connections, letters, color } of integrations) {
      for (const connection of connections) {
        expect(connectionName(connection)).toBe(name);
        expect(connectionMark(connection)).toEqual({ letters, color });
      }
      expect(letters).toMatch(/^\w{1,2}$/);
      expect(contrastWithWhite(color)).toBeGreaterThan(4.5);
    }
  });

  it("have scopes in words, each of them", () => {
    for (const { required, optional } of Object.values(setup)) {
      for (const phrase of scopesInWords([...required, ...optional])) expect(phrase).not.toMatch(/^Use the permission/);
    }
    expect(scopesInWords(["toString"])).toEqual(["Use the permission “toString”"]);
  });

  it("IN-04 a connection nobody knows has a name and a mark of its own", () => {
    expect(connectionMark("my-crm")).toEqual({ letters: "M", color: "#4a4a4a" });
  });
});

/** WCAG 2.2, contrast ratio of a colour such as #0a1b2c with white. */
function contrastWithWhite(color: string): number {
  const channels = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255);
  const [red = 1, green = 1, blue = 1] = channels.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05);
}

describe("names in words", () => {
  it("connections", () => {
    expect(connectionName("google-oauth2")).toBe("Google");
    expect(connectionName("my-crm_prod")).toBe("My crm prod");
    expect(connectionName("")).toBe("your account");
    expect(connectionName("constructor")).toBe("Constructor");
  });

  it("tools", () => {
    expect(toolTitle("checkUsersCalendar")).toBe("Check your calendar");
    expect(toolTitle("doThisAndThat")).toBe("Do this and that");
    expect(toolPurpose("checkUsersCalendar")).toBe("check your calendar");
    expect(toolPurpose("doThisAndThat")).toBeUndefined();
    expect(spelledOut("price_limit")).toBe("Price limit");
  });

  it("AA-05 thanks for a yes on the phone", () => {
    expect(thanksFor("buyStock")).toBe("Thanks for approving the order.");
    expect(thanksFor("deploy")).toBe("Thanks for approving.");
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
    const states = [
      "input-streaming",
      "input-available",
      "approval-requested",
      "approval-responded",
      "output-available",
      "output-error",
      "output-denied",
    ];
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

  it("what is left of a time", () => {
    expect([300, 125, 59, 0].map(minutesAndSeconds)).toEqual(["5:00", "2:05", "0:59", "0:00"]);
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

describe("connections in words", () => {
  it("health, and what would help", () => {
    expect(healthInWords({ health: "good", inUse: true })).toBe("Works");
    expect(healthInWords({ health: "good", inUse: false })).toContain("your choice");
    expect(healthInWords({ health: "something_new", inUse: true })).toContain("something_new");
    expect([needsReconnect("provider_refused"), needsReconnect("good"), needsReconnect("tenant_down")]).toEqual([true, false, false]);
  });

  it("the steps of a disconnect", () => {
    expect(stepInWords({ step: "provider_revoked", outcome: "not_possible" }, "GitHub")).toMatch(/^GitHub still lists the consent/);
    expect(stepInWords({ step: "vault_entry_deleted", outcome: "done" }, "Google")).toBe("The login service has deleted its tokens");
    expect(stepInWords({ step: "new", outcome: "odd" }, "Google")).toBe("new: odd");
  });

  it("HT-04: the words of Auth0's widgets", () => {
    expect(widgetOf("google-oauth2", "checkUsersCalendar")?.title).toBe("Google Calendar Access");
    expect(widgetOf("github", "listRepositories")?.description).toBe("We need access to your GitHub repositories in order to call this tool...");
    expect(widgetOf("sign-in-with-slack", "listChannels")?.title).toBe("Access to your Slack channels");
    expect(widgetOf("google-oauth2", "gmailSearchTool")).toBeUndefined();
  });
});
