// What happened in a chat, read from its messages (the AI SDK's UI messages, as `get-messages` gives them).

/**
 * @typedef {object} Call
 * @property {string} tool
 * @property {unknown} input
 * @property {string} state The part's state: `output-available`, `output-error`, `input-available` …
 * @property {string | undefined} outcome How it ended, as Deputy says it: `completed`, `denied`, `not_run`, `failed`, `unknown`.
 * @property {unknown} output What came of it, or the error's text.
 */

/** The user's message with which a due task begins its turn (CF-24). */
const due = /^Running scheduled task:/;

/** @returns {Call[]} Every call of a tool, in order. */
export function calls(messages) {
  return messages.flatMap(({ parts = [] }) => parts.flatMap((part) => call(part)));
}

/** What the model said last: the text of the last message, if that is its own. */
export function lastAnswer(messages) {
  const last = messages.at(-1);
  return last?.role === "assistant" ? textOf(last).trim() : "";
}

/** The messages before a scheduled task ran, and from there on. */
export function atDueTask(messages) {
  const index = messages.findIndex((message) => message.role === "user" && due.test(textOf(message)));
  return index < 0 ? { before: messages, after: [] } : { before: messages.slice(0, index), after: messages.slice(index) };
}

/** One line of a call. */
export function callInWords({ tool, input, state, outcome, output }) {
  const end = outcome ?? (state === "output-available" ? "completed" : state);
  return `${tool} ${JSON.stringify(input)} → ${end}${output === undefined ? "" : `: ${short(output)}`}`;
}

function call(part) {
  const tool = part.type === "dynamic-tool" ? part.toolName : /^tool-(.+)$/.exec(part.type ?? "")?.[1];
  if (tool === undefined) return [];
  const outcome = part.callProviderMetadata?.deputy?.outcome;
  return [{ tool, input: part.input, state: part.state, outcome, output: part.errorText ?? part.output }];
}

function textOf({ parts = [], content }) {
  const texts = parts.filter(({ type }) => type === "text").map(({ text }) => text);
  return texts.length > 0 ? texts.join("\n") : String(content ?? "");
}

function short(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}
