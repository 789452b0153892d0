// `node scripts/connections-doc.mjs`: writes docs/connections.md from src/connections/registry.json; a test sees to it that
// the file in the repository is the one this makes.
import { readFileSync, writeFileSync } from "node:fs";
import { isMain, main, say } from "./lib/log.mjs";
import { inRoot } from "./lib/paths.mjs";

const google = "https://www.googleapis.com/auth/";

/** The registry's data. */
export function readRegistry() {
  return JSON.parse(readFileSync(inRoot("src/connections/registry.json"), "utf8"));
}

/** docs/connections.md, whole. */
export function connectionsPage({ integrations, setup, scopes }) {
  const rows = integrations.map((integration) => row(integration, setup[integration.id]));
  const sections = integrations.map((integration) => section(integration, setup[integration.id], scopes));
  return [
    intro(integrations.length),
    fiveSteps(),
    changelog(integrations, setup),
    ["## The list", "", "| name | connection | kind | required scopes | id |", "|---|---|---|---|---|", ...rows, ""].join("\n"),
    notFound(),
    ...sections,
  ].join("\n");
}

function intro(count) {
  return `# Connections

<!-- Made by \`node scripts/connections-doc.mjs\` from src/connections/registry.json: change that file. -->

An integration is a connection of the Auth0 tenant, social or enterprise: users can log in with it, or share their data there with
Deputy through Token Vault. Deputy never compares a connection with a list: the ${count} below are described, and **any other connection id
works without a change to the code**, in a [tool written as code](tools.md) or [defined in data](data-tools.md).

Every provider's application gets the same return address (also called callback or redirect URL):
\`https://YOUR_AUTH0_DOMAIN/login/callback\`. With a custom domain, that domain takes its place.
`;
}

function fiveSteps() {
  return `## Five steps for each connection

1. **Credentials**: make an application at the provider, with the return address above, and copy its client id and secret.
2. **Connection**: create the connection in the Auth0 dashboard (Authentication, then Social or Enterprise) with them.
3. **Default scopes**: choose those that every user needs, with the profile and offline access. Without offline access
   there is no refresh token, and nothing to keep in the vault.
4. **Connected Accounts**: switch on *Connected Accounts for Token Vault* under *Purpose*. Older pages and other kinds of connections call the
   same switch *Use for Connected Accounts with Token Vault* or, under Advanced, *Enable Token Vault*.
5. **Application**: enable the connection for Deputy's application.

A switch that was forgotten shows when the account is first asked for: the chat says that the connection is not set up for this,
and the Worker's log says what to change.

Somebody who logged in with a password and asks Deputy for a calendar needs no new login: Deputy asks for the account in
the chat (step-up). Auth0's own test instructions say to log out and log in again with Google first; that is not needed here.
`;
}

function changelog(integrations, setup) {
  const since = (date) =>
    integrations
      .filter(({ id }) => setup[id].since === date)
      .map(({ name }) => name)
      .join(", ");
  return `## New in Auth0

| day | what |
|---|---|
| 19 September 2025 | ${since("2025-09-19")} |
| 17 September 2025 | ${since("2025-09-17")} |
| 25 August 2025 | Token Vault takes the user's access token, so that single-page applications can use it: here the settings \`AUTH0_CUSTOM_API_CLIENT_ID\` and \`AUTH0_CUSTOM_API_CLIENT_SECRET\` |
`;
}

function notFound() {
  return `Can't find what you're looking for? [OAuth2 (your own)](#oauth2-your-own) and [OpenID Connect (your own)](#openid-connect-your-own)
take every provider that speaks one of them. Search this page with your browser, or filter the table by its column *kind*. How a
first tool asks for a connection: [quickstart](../README.md), and Auth0's own <https://auth0.com/ai/docs>.
`;
}

function row({ id, name, connections: [connection], kind }, { required }) {
  return `| [${name}](#${anchor(name)}) | ${connection && kind === "social" ? code(connection) : "the name you give it"} | ${kind} | ${required.map(code).join(", ") || "none"} | ${id} |`;
}

function section(
  { id, name, connections: [connection, ...others], kind },
  { strategy, required, optional, app, notes, authorization_parameters: parameters, since },
  words,
) {
  const named = kind === "social";
  const facts = [
    `- **Connection**: ${named ? code(connection) : `the name you give it (strategy ${code(strategy)})`}${named && others.length > 0 ? `; also seen as ${others.map(code).join(", ")}` : ""}`,
    `- **Required scopes**: ${required.map((scope) => scopeInWords(scope, words)).join("; ") || "none (`[]`)"}`,
    ...(optional.length > 0 ? [`- **Further scopes**: ${optional.map((scope) => scopeInWords(scope, words)).join("; ")}`] : []),
    ...(parameters
      ? [
          `- **Asked for with**: ${Object.entries(parameters)
            .map(([parameter, value]) => code(`${parameter}=${value}`))
            .join(", ")}`,
        ]
      : []),
    `- **At the provider**: ${app} Return address: \`https://YOUR_AUTH0_DOMAIN/login/callback\`.`,
    ...notes.map((note) => `- ${note}`),
    ...(since ? [`- In Auth0 since ${since}.`] : []),
  ];
  return [`## ${name}`, "", `${id} · ${kind}`, "", ...facts, ""].join("\n");
}

function scopeInWords(scope, words) {
  const phrase = words[scope.startsWith(google) ? scope.slice(google.length) : scope];
  if (phrase === undefined) throw new Error(`${scope} has no words in src/connections/registry.json`);
  return phrase === "" ? `${code(scope)} (lasts while the user is away)` : `${code(scope)} (${phrase.charAt(0).toLowerCase()}${phrase.slice(1)})`;
}

const code = (text) => `\`${text}\``;

/** As GitHub makes them of headings. */
const anchor = (name) =>
  name
    .toLowerCase()
    .replaceAll(/[^\w -]/g, "")
    .replaceAll(" ", "-");

if (isMain(import.meta)) {
  await main(async () => {
    writeFileSync(inRoot("docs/connections.md"), connectionsPage(readRegistry()));
    say("docs/connections.md is written");
    return 0;
  });
}
