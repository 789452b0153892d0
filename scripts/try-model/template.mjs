// The chat template of the Qwen2.5-Coder models, mended so that their calls are calls and their answers are answers.
import { Problem } from "../lib/log.mjs";

/** Where no tools are offered, an answer is wanted: the question stands at the end again. */
const question = `{%- set last = namespace(question='') %}
{%- for message in messages %}
    {%- if message.role == 'user' %}
        {%- set last.question = message.content %}
    {%- endif %}
{%- endfor %}
`;
const answerNow = `
        {%- if not tools and loop.last %}
            {{- '\\nWith this result, answer me in a sentence: ' + last.question }}
        {%- endif %}`;

/**
 * The template as it stands in the weights, mended.
 * @param {string} template
 * @returns {string}
 */
export const mended = (template) => answersWithoutTools(fencedCalls(template));

/**
 * The model's own template asks for calls in `<tool_call>` tags. The Coder models write a fenced block of JSON all the same, which
 * llama.cpp then takes for text: the template asks for what they write.
 */
export function fencedCalls(template) {
  const sentence = "within <tool_call></tool_call> XML tags:";
  require(template, sentence);
  require(template, "<tool_call>\\n");
  return template
    .replaceAll(sentence, "in a block of JSON, and write nothing else:")
    .replaceAll("<tool_call>", "```json")
    .replaceAll("</tool_call>", "```");
}

/**
 * A model this small goes on with what it sees: after a call and its result it writes the call again, as text where no tools are offered.
 * So where none are, it sees no calls, and is asked again after the result.
 */
export function answersWithoutTools(template) {
  const calls = /( *)\{%- for tool_call in message\.tool_calls %\}[\s\S]*?\{%- endfor %\}/;
  const response = "{{- '\\n</tool_response>' }}";
  require(template, response);
  const [block, indent] = calls.exec(template) ?? [];
  require(template, block);
  const silent = `${indent}{%- if tools %}\n${block}\n${indent}{%- else %}\n${indent}    {{- '\\nOne moment.' }}\n${indent}{%- endif %}`;
  // A function, because `$` means something in a replacement.
  return question + template.replace(block, () => silent).replace(response, () => response + answerNow);
}

function require(template, part) {
  if (part === undefined || !template.includes(part))
    throw new Problem("The chat template is not the one that can be mended", "These weights need no mending, or another one: see docs/try-model.md");
}
