// Builds the Auth0 starter's client alone, without its Worker: run in a checkout of it (docs/development.md).
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const starter = process.cwd();
const require = createRequire(join(starter, "package.json"));
const plugin = async (name) => (await import(pathToFileURL(require.resolve(name)).href)).default;

export default {
  root: starter,
  plugins: [(await plugin("@vitejs/plugin-react"))(), (await plugin("@tailwindcss/vite"))()],
  resolve: { alias: { "@": join(starter, "src") } },
};
