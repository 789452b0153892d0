import { expect, it } from "vitest";
import { identityInWords } from "./identities";

it("UA-25: a log-in is called by its provider and whose it is", () => {
  const identity = { id: "1", provider: "google-oauth2", connection: "google-oauth2", email: "gina@gmail.example", name: "Gina", primary: false };
  expect(identityInWords(identity)).toBe("Google (gina@gmail.example)");
  expect(identityInWords({ id: "2", provider: "auth0", email: "ana@example.com", primary: true })).toBe("E-mail and password (ana@example.com)");
  expect(identityInWords({ id: "3", provider: "samlp", connection: "acme-saml", name: "Ana", primary: false })).toBe("Acme saml (Ana)");
  expect(identityInWords({ id: "4", provider: "wordpress", primary: false })).toBe("Wordpress");
});
