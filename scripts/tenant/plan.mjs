// What the description asks for, compared with the tenant: one list of items, in the order in which they can be made.
import { differences, grown, patchOf, shown } from "./difference.mjs";
import * as apis from "./kinds/apis.mjs";
import * as applications from "./kinds/applications.mjs";
import * as connections from "./kinds/connections.mjs";
import * as exchanges from "./kinds/exchanges.mjs";
import * as roles from "./kinds/roles.mjs";
import * as settings from "./kinds/settings.mjs";
import { ledger } from "./marks.mjs";

const kinds = { applications, apis, connections, roles, exchanges, tenant: settings };

/** The scopes of a command (`apply`, `destroy`) beyond those of reading, for what the description has. */
export function changingScopes(command, description) {
  const used = Object.entries(kinds).filter(([list]) => description[list].length > 0);
  return used.flatMap(([, kind]) => kind.scopes[command]);
}

/**
 * Every item. The web application comes first, because it remembers what was made; then APIs, which other applications stand for.
 */
export function itemsOf(description, context) {
  const of = (list, entries = description[list]) =>
    entries.flatMap((entry) => kinds[list].items(entry, context).map((item) => ({ ...item, part: entry.part, mine: mine(item, context) })));
  const [web, others] = [true, false].map((first) => description.applications.filter(({ key }) => (key === "web") === first));
  const applications = (entries) => of("applications", entries);
  const isGrant = ({ kind }) => kind === "grant";
  const first = applications(web);
  return [
    ...first.filter((item) => !isGrant(item)),
    ...of("apis"),
    ...first.filter(isGrant),
    ...applications(others),
    ...of("connections"),
    ...of("roles"),
    ...of("exchanges"),
    ...of("tenant"),
  ];
}

/** Whether a record was made by this command. What carries no mark, such as a grant of our application, belongs to what does. */
const mine =
  ({ mark }, { state, vars }) =>
  (record) =>
    !mark || (mark.ledger ? ledger(state, vars()).has(mark.ledger) : mark.is(record));

/** How an item stands: `same`, `create`, `change` with its differences, or `skip` with the reason. */
export function standing(item) {
  const current = item.find();
  if (current === undefined) {
    const reason = item.skip?.();
    if (reason) return { is: "skip", reason };
  }
  if (current === undefined) return { is: "create", changes: differences(item.wanted(), {}) };
  const wanted = item.mine(current) ? item.wanted() : grown(item.wanted(), current);
  const changes = differences(wanted, current);
  return changes.length === 0 ? { is: "same", current } : { is: "change", current, changes, patch: patchOf(wanted, changes, current) };
}

/** A plan in lines, empty where there is nothing to change. */
export function linesOf(items) {
  const lines = [];
  for (const item of items) {
    const { is, changes = [], reason } = standing(item);
    if (is === "same") continue;
    const ids = item.why.length > 0 ? `  (${item.why.join(", ")})` : "";
    const sign = { create: "+", change: "~", skip: "·" }[is];
    lines.push(`${sign} ${item.kind} ${item.name}${is === "skip" ? `: ${reason}` : ids}`);
    lines.push(...changes.flatMap(shown).map((line) => `    ${line}`));
  }
  return lines;
}

/** The items that have to be made or changed. */
export const open = (items) => items.filter((item) => ["create", "change"].includes(standing(item).is));
