// One request of the doctor's: limited in time and size, followed nowhere, with a failure that says what failed.

const LARGEST_BYTES = 1 << 20;

/** Seconds that a tenant or provider has to answer, and a model; local models read the whole prompt first. */
export const patience = { tenant: 10, model: 60 };

/** No answer came: `why` is a sentence's end. */
export class NoAnswer extends Error {
  constructor(host, why) {
    super(`no answer from ${host}: ${why}`);
    this.why = why;
  }
}

/** Asks; the answer with status, headers, text, and JSON where it is any. Throws NoAnswer. */
export async function ask(url, { method = "GET", headers = {}, form, json, seconds = patience.tenant } = {}) {
  const { host } = new URL(url);
  const sent = {
    method,
    redirect: "manual",
    signal: AbortSignal.timeout(limit(seconds) * 1000),
    headers: { accept: "application/json", ...(json ? { "content-type": "application/json" } : {}), ...headers },
    ...(form ? { body: new URLSearchParams(form) } : json ? { body: JSON.stringify(json) } : {}),
  };
  try {
    const begun = Date.now();
    const answer = await fetch(url, sent);
    const text = await readUpTo(answer, LARGEST_BYTES);
    return { status: answer.status, headers: answer.headers, text, json: parsed(text), begun, ended: Date.now() };
  } catch (error) {
    throw new NoAnswer(host, reason(error, seconds));
  }
}

/** For tests and slow lines: one limit for everything. */
const limit = (seconds) => Number(process.env.DOCTOR_TIMEOUT_SECONDS) || seconds;

async function readUpTo(answer, most) {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > most) break;
  }
  return text;
}

function parsed(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function reason(error, seconds) {
  const code = error?.cause?.code ?? error?.cause?.errors?.[0]?.code ?? error?.code ?? "";
  if (error?.name === "TimeoutError" || /TIMEOUT|TIMEDOUT/.test(code)) return `nothing within ${limit(seconds)} seconds`;
  if (/ENOTFOUND|EAI_AGAIN/.test(code)) return "there is no such host";
  if (code === "ECONNREFUSED") return "nothing listens there";
  if (/CERT|TLS|SSL|SIGNED/.test(code)) return `its certificate is not accepted (${code})`;
  return `the connection failed (${code || error?.name || "unknown"})`;
}

/** The first words of what a server says about an error, printable. */
export function words(answer) {
  const body = answer.json;
  const error = body?.error;
  const said = body?.error_description ?? error?.message ?? (typeof error === "string" ? error : undefined) ?? body?.message ?? body?.detail;
  const text = typeof said === "string" && said !== "" ? said : "";
  return text.replace(/[^\x20-\x7e]+/g, " ").slice(0, 200);
}

/** Status and words of an answer, for a cause. */
export function described(answer) {
  const error = typeof answer.json?.error === "string" ? answer.json.error : (answer.json?.error?.code ?? "");
  return [`status ${answer.status}`, error, words(answer)].filter((part) => part && part !== "null").join(", ");
}
