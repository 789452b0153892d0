// docs/connections.md: made of the registry, and complete.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { connectionsPage } from "../../scripts/connections-doc.mjs";
import { inRoot } from "../harness/paths.ts";
import { registry } from "../socket/support/integrations.ts";

const page = readFileSync(inRoot("docs/connections.md"), "utf8");
const section = (name: string): string => page.split(/^## /m).find((text) => text.startsWith(`${name}\n`)) ?? "";
const names = (ids: string[]) => ids.map((id) => registry.integrations.find((one) => one.id === id)?.name);

test("docs/connections.md is what `node scripts/connections-doc.mjs` makes", () => {
  assert.equal(page, connectionsPage(registry));
});

test("IN-10 to IN-36: every integration has an entry with connection, scopes, set-up and its own facts", () => {
  assert.deepEqual(
    registry.integrations.map(({ id }) => id),
    Array.from({ length: 27 }, (_, index) => `IN-${index + 10}`),
  );
  for (const { id, name, connections, kind } of registry.integrations) {
    const text = section(name);
    assert.ok(text.includes(id), `${id} ${name}`);
    for (const fact of ["**Connection**", "**Required scopes**", "**At the provider**"]) assert.ok(text.includes(fact), `${name}: ${fact}`);
    if (kind === "social") assert.ok(text.includes(`\`${connections[0]}\``), name);
    const { required, optional, notes } = registry.setup[id] ?? { required: [], optional: [], notes: [] };
    assert.ok(notes.length > 0 || required.length > 0, name);
    for (const scope of [...required, ...optional]) assert.ok(text.includes(`\`${scope}\``), `${name}: ${scope}`);
    for (const note of notes) assert.ok(text.includes(note), `${name}: ${note}`);
  }
});

test("IN-15 IN-17 IN-19 IN-20 IN-27 IN-29 IN-30 IN-36: the facts that differ are there", () => {
  const facts: [string, RegExp][] = [
    ["Discord", /identify/],
    ["Figma", /published/],
    ["FreshBooks", /`prompt=login`/],
    ["GitHub", /GitHub App.*none \(`\[\]`\)|none \(`\[\]`\)[^]*GitHub App/],
    ["Dropbox", /Offline Access/],
    ["OpenID Connect (your own)", /Advanced[^]*Enable Token Vault/],
    ["Salesforce", /External Client App[^]*JWT[^]*invalid_grant[^]*SALESFORCE_CONNECTION/],
    ["Slack", /token rotation/],
    ["X (Twitter)", /`offline\.access`/],
  ];
  for (const [name, fact] of facts) assert.match(section(name), fact, name);
});

test("IN-01: a list that can be searched, a way for what is not in it, the quickstart", () => {
  assert.match(page, /Can't find what you're looking for\?/);
  assert.match(page, /\(#oauth2-your-own\)/);
  assert.match(page, /\[quickstart\]\(\.\.\/README\.md\)/);
  const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) =>
    heading
      ?.toLowerCase()
      .replaceAll(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );
  const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, target]) => target);
  assert.ok(links.length >= 27);
  for (const link of links) assert.ok(headings.includes(link), `#${link} leads nowhere`);
});

test("IN-02 IN-03: an integration is a connection; every provider gets the same return address", () => {
  assert.match(page, /a connection of the Auth0 tenant, social or enterprise: users can log in with it, or share their data/);
  assert.match(page, /With a custom domain, that domain takes its place/);
  for (const { name } of registry.integrations) assert.ok(section(name).includes("`https://YOUR_AUTH0_DOMAIN/login/callback`"), name);
});

test("IN-05 TV-33 TV-34: five steps, every name of the switch (X-20), and who need not log in again", () => {
  const steps = section("Five steps for each connection");
  const numbered = [...steps.matchAll(/^\d\. \*\*(.+?)\*\*/gm)].map(([, step]) => step);
  assert.deepEqual(numbered, ["Credentials", "Connection", "Default scopes", "Connected Accounts", "Application"]);
  for (const words of ["Purpose", "Use for Connected Accounts with Token Vault", "Enable Token Vault", "offline access", "profile"])
    assert.ok(steps.includes(words), words);
  assert.match(steps, /log out and log in again with Google first; that is not needed here/);
});

test("PU-01 PU-02 PU-03: what the changelog announced is in the catalogue", () => {
  const announced = names(["IN-11", "IN-14", "IN-29", "IN-34", "IN-35", "IN-36", "IN-10", "IN-12", "IN-16", "IN-18", "IN-23", "IN-28"]);
  assert.deepEqual(announced, [
    "Basecamp",
    "DigitalOcean",
    "Salesforce",
    "Tumblr",
    "Twitch",
    "X (Twitter)",
    "Amazon",
    "Bitbucket",
    "Dropbox",
    "Fitbit",
    "Hugging Face",
    "PayPal",
  ]);
  const changelog = section("New in Auth0");
  assert.ok(changelog.includes(`19 September 2025 | ${announced.slice(0, 6).join(", ")} |`));
  assert.ok(changelog.includes(`17 September 2025 | ${announced.slice(6).join(", ")} |`));
  assert.match(changelog, /25 August 2025 \| Token Vault takes the user's access token[^|]*`AUTH0_CUSTOM_API_CLIENT_ID`/);
});
