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
  { name: "reading", text: "Am I free tomorrow at 9?", faults: readingFaults },
  { name: "approval", text: "Buy 3 shares of GOOGL", faults: approvalFaults },
  { name: "schedule", text: "In 20 seconds remind me to stretch", comesBack: true, faults: scheduleFaults },
];

/** The tools that are offered: those of the sentences, and two that would be wrong. */
export const tools = ["buyStock", "cancelScheduledTask", "checkUsersCalendar", "getScheduledTasks", "scheduleTask"];

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

/** Ana is busy tomorrow at nine: `crates/offline/data/google.json`. */
function readingFaults({ messages, began, calendarRequests }) {
  const made = calls(messages).filter(({ tool }) => tool === "checkUsersCalendar");
  if (made.length === 0) return ["the calendar was not asked"];
  const wanted = `${dayAfter(began)} 09:00`;
  const right = made.filter(({ input, state }) => state === "output-available" && inZone(String(input?.date)) === wanted);
  const faults = [];
  if (right.length === 0) faults.push(`no call has the time that was meant, ${wanted} in ${zone}`);
  if (calendarRequests > 1) faults.push(`the calendar was asked ${calendarRequests} times`);
  if (!saysBusy(lastAnswer(messages))) faults.push("the answer does not say that you are busy");
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

/** "busy" without a "not" before it, or "free" with one. */
function saysBusy(answer) {
  const taken = /\b(busy|booked|unavailable|occupied|taken|conflict)\b/i;
  const not = /(\bnot|n[’']t)\s+(\w+\s+){0,2}/i;
  const denied = (words) => new RegExp(`${not.source}${words.source}`, "i").test(answer);
  return denied(/(free|available)\b/) || (taken.test(answer) && !denied(taken));
}

/** The day after that of a moment, in the browser's zone. */
export function dayAfter(moment) {
  const [year, month, day] = shown(moment).slice(0, 10).split("-").map(Number);
  return new Date(Date.UTC(year, month - 1, day + 1)).toISOString().slice(0, 10);
}

/** `2026-12-01 09:00` of ISO 8601; without an offset it is in the browser's zone already. */
export function inZone(iso) {
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(iso)) return iso.slice(0, 16).replace("T", " ");
  const moment = new Date(iso);
  return Number.isNaN(moment.getTime()) ? undefined : shown(moment);
}

/** Swedish dates are ISO 8601's. */
const shown = (moment) => moment.toLocaleString("sv-SE", { timeZone: zone }).slice(0, 16);
