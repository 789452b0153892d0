/// <reference types="vitest/config" />
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const vendor = (name: string) => fileURLToPath(new URL(`./src/vendor/${name}.ts`, import.meta.url));
const worker = process.env.DEPUTY_WORKER ?? "http://localhost:3000";

export default defineConfig({
  plugins: [react()],
  resolve: {
    // What the official packages carry and this client never runs; each file says why.
    alias: [
      { find: "capnweb", replacement: vendor("capnweb") },
      { find: /^zod\/v4(\/mini|\/core|\/locales\/en\.js)?$/, replacement: vendor("zod") },
    ],
  },
  build: {
    outDir: "../build/client",
    emptyOutDir: true,
    target: "es2023",
    // An inlined asset would be a data: URL, which the content security policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    // The registry of connections is shared with the documentation and lies outside.
    fs: { allow: [".."] },
    proxy: {
      "/agents": { target: worker, ws: true },
      "/api": worker,
      "/auth": worker,
      "/user": worker,
      "/close": worker,
    },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
