// The chat template of the Qwen2.5-Coder models, mended so that their calls are calls.
import { Problem } from "../lib/log.mjs";

/**
 * The model's own template asks for calls in `<tool_call>` tags. The Coder models write a fenced block of JSON all the same, which
 * llama.cpp then takes for text: the template asks for what they write.
 */
export function mended(template) {
  const sentence = "within <tool_call></tool_call> XML tags:";
  require(template, sentence);
  require(template, "<tool_call>\\n");
  return template
    .replaceAll(sentence, "in a block of JSON, and write nothing else:")
    .replaceAll("<tool_call>", "```json")
    .replaceAll("</tool_call>", "```");
}

function require(template, part) {
  if (!template.includes(part))
    throw new Problem("The chat template is not the one that can be mended", "These weights need no mending, or another one: see docs/try-model.md");
}
