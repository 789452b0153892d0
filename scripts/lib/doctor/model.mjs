// Asks the model for one word, and for one call of a tool: what a turn needs of it.
import { NoAnswer, ask, described, patience } from "./ask.mjs";

const WORD = "Reply with one word: ready";
const QUESTION = "What time is it in Tokyo? Use the tool.";
const TOOL = { name: "getLocalTime", description: "get the local time for a specified location" };
const INPUT = { type: "object", properties: { location: { type: "string" } }, required: ["location"] };

/** What each API takes, and where its answers keep text and calls. */
const apis = {
  completions: {
    path: () => "/chat/completions",
    headers: bearer,
    body: (model, text, tool) => ({
      model,
      messages: [{ role: "user", content: text }],
      ...(tool ? { tools: [{ type: "function", function: { ...TOOL, parameters: INPUT } }] } : {}),
    }),
    text: (answer) => answer.choices?.[0]?.message?.content,
    calls: (answer) => answer.choices?.[0]?.message?.tool_calls,
  },
  responses: {
    path: () => "/responses",
    headers: bearer,
    body: (model, text, tool) => ({
      model,
      input: [{ role: "user", content: text }],
      ...(tool ? { tools: [{ type: "function", ...TOOL, parameters: INPUT }] } : {}),
    }),
    text: (answer) => answer.output?.flatMap((item) => item?.content ?? []).find((part) => part?.type === "output_text")?.text,
    calls: (answer) => answer.output?.filter((item) => item?.type === "function_call"),
  },
  anthropic: {
    path: () => "/messages",
    headers: (key) => ({ "x-api-key": key, "anthropic-version": "2023-06-01" }),
    body: (model, text, tool) => ({
      model,
      max_tokens: 1024,
      messages: [{ role: "user", content: text }],
      ...(tool ? { tools: [{ ...TOOL, input_schema: INPUT }] } : {}),
    }),
    text: (answer) => answer.content?.find((block) => block?.type === "text")?.text,
    calls: (answer) => answer.content?.filter((block) => block?.type === "tool_use"),
  },
  gemini: {
    path: (model) => `/models/${encodeURIComponent(model)}:generateContent`,
    headers: (key) => ({ "x-goog-api-key": key }),
    body: (_model, text, tool) => ({
      contents: [{ role: "user", parts: [{ text }] }],
      ...(tool ? { tools: [{ functionDeclarations: [{ ...TOOL, parameters: INPUT }] }] } : {}),
    }),
    text: (answer) => answer.candidates?.[0]?.content?.parts?.find((part) => typeof part?.text === "string")?.text,
    calls: (answer) => answer.candidates?.[0]?.content?.parts?.filter((part) => part?.functionCall),
  },
};

const bases = { anthropic: "https://api.anthropic.com/v1", gemini: "https://generativelanguage.googleapis.com/v1beta" };
const keys = { anthropic: "ANTHROPIC_API_KEY", gemini: "GEMINI_API_KEY" };

/** Asks once for a word and once for a call. */
export async function checkModel(settings, report) {
  const model = endpoint(settings);
  if (!model) return report.note("Workers AI is asked from inside the Worker only");
  try {
    if (await word(model, report)) await call(model, report);
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    const fix = "Set OPENAI_BASE_URL to the model's endpoint, with its path (often /v1), and see that it runs";
    report.bad({ code: "model_unreachable", name: "Model", cause: error.message, fix, setting: "OPENAI_BASE_URL" });
  }
}

async function word(model, report) {
  const name = `Model ${model.name}`;
  const answer = await model.ask(WORD, false);
  if (answer.status !== 200 || !answer.json) return refused(model, report, name, answer);
  const text = model.api.text(answer.json);
  if (typeof text !== "string" || text.trim() === "") {
    const fix = "See that OPENAI_BASE_URL speaks the API in MODEL_API";
    report.bad({ code: "model_silent", name, cause: "it answered without a word", fix, setting: "MODEL_API" });
    return false;
  }
  report.good(`${name}: answers`);
  return true;
}

async function call(model, report) {
  const name = `Model ${model.name} with a tool`;
  const answer = await model.ask(QUESTION, true);
  const fix = "Set MODEL to a model that calls tools; with a server of your own see that tools are switched on (llama.cpp: --jinja)";
  if (answer.status >= 400 && answer.status < 500 && /tool|function/i.test(answer.text))
    return report.bad({ code: "model_no_tools", name, cause: `it takes no tools (${described(answer)})`, fix, setting: "MODEL" });
  if (answer.status !== 200 || !answer.json) return refused(model, report, name, answer);
  const calls = model.api.calls(answer.json);
  if (Array.isArray(calls) && calls.length > 0) return report.good(`${name}: calls it`);
  report.bad({ code: "model_calls_no_tool", name, cause: "it was asked to call one and did not", fix, setting: "MODEL" });
}

function refused(model, report, name, answer) {
  const failed = (code, cause, fix, setting) => {
    report.bad({ code, name, cause, fix, setting });
    return false;
  };
  const said = described(answer);
  const aboutModel =
    /model[^.]{0,60}(not (found|exist|supported|available)|does not exist|unknown|invalid)|(unknown|invalid|no such) model|model_not_found/i.test(
      answer.text,
    );
  if (answer.status === 401 || answer.status === 403)
    return failed(
      "model_key",
      `the key is not accepted (${said})`,
      `Set ${model.key} to a key of your model provider that may use this model`,
      model.key,
    );
  if (answer.status === 402 || /insufficient_quota|billing|credit/i.test(answer.text))
    return failed("model_quota", said, "Look at the account's balance and limits at your model provider", model.key);
  if (answer.status === 429) return failed("model_busy", said, "Wait a minute, or raise the limit at your model provider", model.key);
  if (answer.status >= 500)
    return failed("model_down", said, "Look at the status page of your model provider, or at the log of your server", "OPENAI_BASE_URL");
  if (answer.status >= 400 && aboutModel)
    return failed(
      "model_unknown",
      `the endpoint has no model of that name (${said})`,
      "Set MODEL to a name of the endpoint's list of models",
      "MODEL",
    );
  if (answer.status === 404 || answer.status === 405 || (answer.status < 400 && !answer.json))
    return failed(
      "model_endpoint",
      `there is no model API at ${model.url} (status ${answer.status})`,
      "Set OPENAI_BASE_URL to the endpoint with its path (often /v1), and MODEL_API to the API it speaks",
      "OPENAI_BASE_URL",
    );
  return failed("model_refused", said, "Read the provider's words; see that MODEL and MODEL_API belong to this endpoint", "MODEL");
}

function endpoint(settings) {
  const base = (settings.OPENAI_BASE_URL || "").replace(/\/$/, "");
  const named = (settings.MODEL_API ?? "").trim().toLowerCase();
  const kind = named || (/anthropic\.com/.test(base) ? "anthropic" : /generativelanguage\.googleapis\.com/.test(base) ? "gemini" : "completions");
  if (kind === "workers-ai") return undefined;
  const api = apis[kind] ?? apis.completions;
  const key = keys[kind] && settings[keys[kind]] ? keys[kind] : "OPENAI_API_KEY";
  const name = settings.MODEL || "gpt-4o-2024-11-20";
  const url = `${base || bases[kind] || "https://api.openai.com/v1"}${api.path(name)}`;
  const send = (text, tool) =>
    ask(url, { method: "POST", headers: api.headers(settings[key] ?? ""), json: api.body(name, text, tool), seconds: patience.model });
  return { api, key, name, url, ask: send };
}

function bearer(key) {
  return key ? { authorization: `Bearer ${key}` } : {};
}
