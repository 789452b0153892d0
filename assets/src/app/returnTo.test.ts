import { describe, expect, it } from "vitest";
import table from "../../../crates/auth0/tests/data/return_to.json";
import { returnTo } from "./returnTo";

describe("S-34 T35c: the Worker's rule for a way back, on the Worker's own table", () => {
  it.each(table.kept)("keeps %j as %j", (target = "", path) => {
    expect(returnTo(table.origin, target)).toBe(path);
  });

  it.each(table.refused)("refuses %j: %s", (target = "") => {
    expect(returnTo(table.origin, target)).toBeUndefined();
  });

  it("refuses nothing at all, and what is too long", () => {
    expect(returnTo(table.origin, null)).toBeUndefined();
    expect(returnTo(table.origin, `/${"a".repeat(3000)}`)).toBeUndefined();
  });

  it("leads to this origin wherever it leads", () => {
    const pieces = ["/", ".", "..", "%2e", "%2E", "\\", "\t", "\n", "evil.example", "?", "#", " "];
    let mixtures = [""];
    for (let length = 0; length < 4; length += 1) {
      mixtures = mixtures.flatMap((text) => pieces.map((piece) => text + piece));
      for (const target of mixtures) {
        const path = returnTo(table.origin, `/${target}`);
        if (path !== undefined) expect(new URL(path, table.origin).origin).toBe(table.origin);
      }
    }
  });
});
