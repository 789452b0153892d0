// The chat template of the Qwen2.5-Coder models, so that their calls are calls.
import { Problem } from "../lib/log.mjs";

const sentence = "within <tool_call></tool_call> XML tags:";

/**
 * The model's own template asks for calls in `<tool_call>` tags. The Coder models write a fenced block of JSON all the same, which
 * llama.cpp then takes for text: the template asks for what they write.
 * @param {string} template As it stands in the weights.
 * @returns {string}
 */
export function fencedCalls(template) {
  if (!template.includes(sentence) || !template.includes("<tool_call>\\n"))
    throw new Problem(
      "The chat template is not the one whose calls can be mended",
      "These weights need no mending, or another one: see docs/try-model.md",
    );
  return template
    .replaceAll(sentence, "in a block of JSON, and write nothing else:")
    .replaceAll("<tool_call>", "```json")
    .replaceAll("</tool_call>", "```");
}
