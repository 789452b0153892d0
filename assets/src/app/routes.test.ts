import { describe, expect, it } from "vitest";
import { returnTo } from "./returnTo";
import { chatPath, choicePath, documentPath, loginPath, parseRoute } from "./routes";

describe("parseRoute", () => {
  it("knows every page, with or without a slash at the end", () => {
    expect(parseRoute("/")).toEqual({ page: "home" });
    expect(parseRoute("/connections")).toEqual({ page: "connections" });
    expect(parseRoute("/schedules/")).toEqual({ page: "schedules" });
    expect(parseRoute("/servers")).toEqual({ page: "servers" });
    expect(parseRoute("/sessions")).toEqual({ page: "sessions" });
    expect(parseRoute("/documents")).toEqual({ page: "documents" });
    expect(parseRoute("/c/abc")).toEqual({ page: "chat", id: "abc" });
  });

  it("has a page for addresses that lead nowhere", () => {
    for (const path of ["/nope", "/c", "/c/", "/c/a/b", "/connections/1", "/sessions/1", "/documents/1/2", "/documents/%E0%A4%A", "/c/%E0%A4%A"]) {
      expect(parseRoute(path)).toEqual({ page: "not-found" });
    }
  });

  it("reads back every path it writes", () => {
    for (const id of ["abc", "a b/c", "ü?#"]) expect(parseRoute(chatPath(id))).toEqual({ page: "chat", id });
    for (const id of ["abc", "a b/c", "ü?#"]) expect(parseRoute(documentPath(id))).toEqual({ page: "document", id });
    expect(documentPath("abc", 3)).toBe("/documents/abc?chunk=3");
  });
});

describe("UA-07 loginPath", () => {
  it("comes back to where the visitor wanted to go", () => {
    expect(loginPath("/")).toBe("/auth/login");
    expect(loginPath("/c/1?x=2")).toBe("/auth/login?returnTo=%2Fc%2F1%3Fx%3D2");
  });
});

describe("the way back from a choice", () => {
  it("is read back from the page where the user chooses", () => {
    const path = choicePath("google-oauth2", "/c/1");
    expect(path).toBe("/connections?choose=google-oauth2&returnTo=%2Fc%2F1");
    expect(returnTo("http://h", new URL(path, "http://h").searchParams.get("returnTo"))).toBe("/c/1");
  });
});
