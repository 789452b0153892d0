// Makes and changes what the description asks for, and removes what was made. Both go on where they were cut off.
import { Problem, done } from "../lib/log.mjs";
import { Refused } from "./management.mjs";
import { isPart, ledger, ledgerHolder, takeDown, writeDown } from "./marks.mjs";
import { standing } from "./plan.mjs";
import { again } from "./snapshot.mjs";

/** The list of the snapshot in which a kind's records are. */
const listOf = {
  application: "clients",
  api: "apis",
  grant: "grants",
  connection: "connections",
  role: "roles",
  action: "actions",
  profile: "profiles",
};

/** Carries the items out, one after the other; says each. */
export async function carryOut(items, context) {
  let noted = false;
  for (const item of items) {
    let now = standing(item);
    noted ||= await noteParts(context);
    if (now.is === "create") {
      await create(item, context);
      done(`${item.kind} ${item.name}: created`);
      // What it was made of may be less than what is wanted, as with an API that is only activated.
      now = standing(item);
    }
    if (now.is === "change") {
      await item.update(now.current, now.patch);
      done(`${item.kind} ${item.name}: as described`);
    }
  }
}

/** Notes which parts are applied: what was never applied is nothing that the doctor misses. False before there is a place for it. */
async function noteParts({ state, vars, description }) {
  if (!ledgerHolder(state, vars())) return false;
  for (const part of description.parts) await writeDown(state, vars(), `part:${part}`);
  return true;
}

async function create(item, { state, vars }) {
  const entry = item.mark?.ledger;
  const begunBefore = entry !== undefined && ledger(state, vars()).has(entry);
  if (entry) {
    if (!ledgerHolder(state, vars()))
      throw new Problem("There is no web application to remember what is made", "Apply the part agent first: npm run tenant -- apply agent");
    await writeDown(state, vars(), entry);
  }
  try {
    await item.create();
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 409) throw error;
    // Somebody made it in the meantime; or a run that was cut off did, and the list was older than the record.
    if (entry && !begunBefore) await takeDown(state, vars(), entry);
    await again(state, listOf[item.kind]);
    if (item.find() === undefined) throw error;
  }
}

/** What was made and is still there, last made first. */
export function removable(items) {
  const made = ({ remove, mine, find }) => remove !== undefined && find() !== undefined && mine(find());
  return items.filter((item) => item.mark && made(item)).reverse();
}

/** What is written down and is not among these items (other parts, other settings): the application that remembers it cannot go before. */
export function orphans(items, { state, vars }) {
  const known = items.map(({ mark }) => mark?.ledger);
  return [...ledger(state, vars())].filter((entry) => !isPart(entry) && !known.includes(entry));
}

/** Removes what was made. */
export async function remove(items, context) {
  const { state, vars, description } = context;
  for (const item of removable(items)) {
    await item.remove(item.find());
    if (item.mark.ledger) await takeDown(state, vars(), item.mark.ledger);
    done(`${item.kind} ${item.name}: removed`);
  }
  // Where the application is not ours it stays, without our notes.
  for (const part of description.parts) if (ledger(state, vars()).has(`part:${part}`)) await takeDown(state, vars(), `part:${part}`);
}
