// One wrapped tool per connection: asked for in a chat, interrupted, consented to, answered. The tools are defined in data.
// IN-04; IN-10 IN-11 IN-12 IN-13 IN-14 IN-15 IN-16 IN-17 IN-18 IN-19 IN-20 IN-21 IN-22 IN-23 IN-24 IN-25 IN-26 IN-27 IN-28 IN-29
// IN-30 IN-31 IN-32 IN-33 IN-34 IN-35 IN-36: one test for each, by its row of the registry.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type HttpClient, startDeputy, type Deputy } from "../harness/index.ts";
import { createChat, ended, eventually, history, openTab, say, textOf, toolParts } from "./support/chat.ts";
import { consent, interruptOf } from "./support/connect.ts";
import { connectionOf, readingRule, readingTool, registry } from "./support/integrations.ts";
import { exchanges, seen } from "./support/world.ts";

interface Row {
  id: string;
  name: string;
  connection: string;
  scopes: string[];
  parameters: Record<string, string>;
}

const rows: Row[] = registry.integrations.map((integration) => ({
  id: integration.id,
  name: integration.name,
  connection: connectionOf(integration),
  scopes: registry.setup[integration.id]?.required ?? [],
  parameters: registry.setup[integration.id]?.authorization_parameters ?? {},
}));
/** No file of ours knows this one: the tenant does (IN-04). */
const madeUp: Row = { id: "IN-04", name: "a made-up connection", connection: "crm-of-a-customer_7", scopes: ["deals.read"], parameters: {} };
const all = [...rows, madeUp];
const toolName = ({ id }: Row) => `who_${id.replace("-", "_")}`;
const sentence = ({ connection }: Row) => `who am i at ${connection}`;

let deputy: Deputy;
let ana: HttpClient;
before(async () => {
  deputy = await startDeputy();
  const { providers } = deputy.offline.ports;
  const tools = all.map((row) => readingTool(toolName(row), row.connection, row.scopes, providers));
  await deputy.worker.restart({ CONNECTION_TOOLS: JSON.stringify(tools) });
  await deputy.offline.control("POST", "/seed", {
    connections: [{ name: madeUp.connection, strategy: "oauth2", display_name: "A customer's CRM", connected_accounts: true }],
  });
  await deputy.offline.rules({ rules: all.map((row) => readingRule(toolName(row), sentence(row))) });
  ana = await deputy.login("ana");
});
after(() => deputy.stop());

test("IN-10 to IN-36: the registry has the 27 integrations, each with a connection of its own", () => {
  assert.deepEqual(
    rows.map(({ id }) => id),
    Array.from({ length: 27 }, (_, index) => `IN-${index + 10}`),
  );
  assert.equal(new Set(rows.map(({ connection }) => connection)).size, 27);
  assert.ok(rows.every(({ connection }) => connection !== ""));
});

for (const row of all) {
  test(`${row.id}: a tool wrapped with ${row.name} asks for consent and then gets its answer`, async () => {
    const since = Date.now();
    const chat = await createChat(ana);
    const tab = await openTab(ana, chat);
    try {
      const request = say(tab, sentence(row));
      await ended(tab, request);
      const interrupt = interruptOf(tab, request);
      assert.deepEqual([interrupt.connection, interrupt.toolCall.name], [row.connection, toolName(row)]);
      assert.deepEqual(interrupt.requiredScopes, row.scopes);
      assert.deepEqual(await seen(deputy.offline, "providers", `/api/${row.connection}/v1/me`, since), [], "nothing is called before the consent");

      await consent(ana, interrupt);
      const messages = await eventually("the answer", async () => {
        const now = await history(ana, chat);
        return textOf(now.at(-1)).includes(`${row.connection} knows you as`) && now;
      });
      const [part] = toolParts(messages);
      const output = part?.output as { connection: string; scopes: string[] };
      assert.equal(output.connection, row.connection);
      for (const scope of row.scopes) assert.ok(output.scopes.includes(scope), scope);

      const [connect] = await seen(deputy.offline, "tenant", "/me/v1/connected-accounts/connect", since);
      assert.equal(connect?.body?.connection, row.connection);
      assert.deepEqual(connect?.body?.authorization_params ?? {}, row.parameters);
      const vault = await exchanges(deputy.offline, since);
      assert.ok(vault.length >= 1 && vault.every(({ body }) => body?.connection === row.connection));
    } finally {
      await tab.close();
    }
  });
}
