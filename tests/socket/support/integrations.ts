import { readFileSync } from "node:fs";
import { inRoot } from "../../harness/paths.ts";

/** One integration of the registry, as far as the tests look into it. */
export interface Integration {
  id: string;
  name: string;
  connections: string[];
  kind: "social" | "enterprise" | "custom";
  /** What a connection is called in examples and in the offline tenant where each customer gives it a name. */
  example?: string;
}

interface Registry {
  integrations: Integration[];
  scopes: Record<string, string>;
  setup: Record<string, { required: string[]; optional: string[]; notes: string[]; authorization_parameters?: Record<string, string> }>;
}

export const registry = JSON.parse(readFileSync(inRoot("src/connections/registry.json"), "utf8")) as Registry;

/** The name a tool asks the tenant for. */
export const connectionOf = ({ connections: [first], example }: Integration): string => example ?? first ?? "";

/** A tool defined in data that asks the offline double of a connection who the user is there. */
export function readingTool(name: string, connection: string, scopes: string[], providersPort: number): object {
  return {
    name,
    description: `Who the user is at ${connection}`,
    connection,
    scopes,
    effect: "reads",
    method: "GET",
    url: `http://127.0.0.1:${providersPort}/api/${connection}/v1/me`,
    hosts: [`127.0.0.1:${providersPort}`],
  };
}

/** A rule of the scripted model: a sentence that makes it call a tool and say who the account is. */
export function readingRule(tool: string, sentence: string): object {
  const say = "{{/connection}} knows you as {{/account}} with: {{/scopes | json}}";
  return { name: tool, when: `^${sentence}$`, call: [{ tool }], then: [{ tool, pointer: "/account", is: "present", say }] };
}
