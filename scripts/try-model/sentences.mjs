// The sentences that are tried, and when one ended well.
import { atDueTask, calls, lastAnswer } from "./transcript.mjs";

/** The time zone of the browser that is used. */
export const zone = "Europe/Berlin";

/**
 * @typedef {object} Record What one trial left behind.
 * @property {object[]} messages The chat's messages.
 * @property {string[]} saw What was shown to the user besides messages, and what the user did about it.
 * @property {string[]} alerts Failures that were shown.
 * @property {Date} began When the sentence was sent.
 * @property {string | undefined} broke Why it did not come to its end.
 * @property {number} calendarRequests What the calendar's provider was asked.
 * @property {number} questions Questions the user's phone was sent.
 * @property {{ ticker?: string, qty?: number }[]} orders Orders the stock exchange took.
 * @property {object[]} schedules Tasks that are still scheduled.
 */

/**
 * @typedef {object} Sentence
 * @property {string} name
 * @property {string} text
 * @property {boolean} [comesBack] It is over only when a scheduled task has run.
 * @property {(record: Record) => string[]} faults What is wrong of those things that belong to this sentence.
 */

/** @type {Sentence[]} */
export const sentences = [
  { name: "reading", text: "What is in my calendar tomorrow?", faults: readingFaults },
  { name: "approval", text: "Buy 3 shares of GOOGL", faults: approvalFaults },
  { name: "schedule", text: "In 20 seconds remind me to stretch", comesBack: true, faults: scheduleFaults },
];

/** The tools that are offered: those of the sentences, and two that would be wrong. */
export const tools = ["buyStock", "cancelScheduledTask", "getCalendarEventsTool", "getScheduledTasks", "scheduleTask"];

/**
 * Everything that is wrong with how a sentence ended, in words; nothing when it ended well.
 * @param {Sentence} sentence
 * @param {Record} record
 * @returns {string[]}
 */
export function faultsOf(sentence, record) {
  const answer = lastAnswer(record.messages);
  const faults = record.broke === undefined ? [] : [record.broke];
  for (const alert of record.alerts) faults.push(`a failure was shown: ${alert}`);
  if (answer === "") faults.push("the model said nothing at the end");
  else if (isCallInText(answer)) faults.push("the answer is the text of a call");
  return [...faults, ...sentence.faults(record)];
}

/**
 * What Ana has in her calendar tomorrow (`crates/offline/data/google.json`), by words that only the result has: of the first
 * event a model may take the id for its name.
 */
const events = [/\b(planning|design team|linden|stand-?up)\b/i, /\blunch\b/i];

function readingFaults({ messages, began, calendarRequests }) {
  const made = calls(messages).filter(({ tool }) => tool === "getCalendarEventsTool");
  if (made.length === 0) return ["the calendar was not asked"];
  const wanted = dayAfter(began);
  const faults = [];
  if (!made.some(({ input, state }) => state === "output-available" && dayOf(String(input?.date)) === wanted))
    faults.push(`no call has the day that was meant, ${wanted}`);
  if (calendarRequests > 1) faults.push(`the calendar was asked ${calendarRequests} times`);
  const missing = events.filter((event) => !event.test(lastAnswer(messages))).length;
  if (missing > 0) faults.push(`the answer leaves out ${missing} of ${events.length} events`);
  return faults;
}

function approvalFaults({ messages, questions, orders }) {
  const made = calls(messages).filter(({ tool }) => tool === "buyStock");
  if (made.length === 0) return ["nothing was ordered: buyStock was not called"];
  const faults = [];
  if (questions !== 1) faults.push(`the phone was asked ${questions} times`);
  if (orders.length !== 1) faults.push(`there are ${orders.length} orders`);
  for (const { ticker, qty } of orders) if (ticker !== "GOOGL" || qty !== 3) faults.push(`the order is ${qty} of ${ticker}`);
  return faults;
}

function scheduleFaults({ messages, schedules }) {
  const { before, after } = atDueTask(messages);
  const isScheduling = ({ tool }) => tool === "scheduleTask";
  const made = calls(before).filter((call) => isScheduling(call) && call.state === "output-available");
  if (made.length === 0) return ["nothing was scheduled"];
  const faults = [];
  if (!made.some(({ input }) => isAfterSeconds(input, 20))) faults.push("no call says 20 seconds");
  if (after.length === 0) faults.push("the task did not run");
  if (calls(after).some(isScheduling)) faults.push("the task was scheduled again when it was due");
  if (schedules.length > 0) faults.push(`${schedules.length} tasks are still scheduled`);
  return faults;
}

const isAfterSeconds = (input, seconds) => [input?.when?.delayInSeconds, input?.delayInSeconds].some((delay) => Number(delay) === seconds);

/** True for an answer that is a call written as text: a model's template or its server did not make a call of it. */
function isCallInText(answer) {
  return /<\/?tool_call>/.test(answer) || /^(```\w*\s*)?\{\s*"(name|tool|function)"\s*:/.test(answer);
}

/** The day after that of a moment, in the browser's zone. */
export function dayAfter(moment) {
  const [year, month, day] = shown(moment).split("-").map(Number);
  return new Date(Date.UTC(year, month - 1, day + 1)).toISOString().slice(0, 10);
}

/** The day of an ISO 8601 date or time; without an offset it is in the browser's zone already. */
export function dayOf(iso) {
  if (/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?)?$/.test(iso)) return iso.slice(0, 10);
  const moment = new Date(iso);
  return Number.isNaN(moment.getTime()) ? undefined : shown(moment);
}

/** Swedish dates are ISO 8601's. */
const shown = (moment) => moment.toLocaleDateString("sv-SE", { timeZone: zone });
