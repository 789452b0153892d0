/// <reference types="vitest/config" />
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const worker = process.env.DEPUTY_WORKER ?? "http://localhost:3000";

export default defineConfig({
  plugins: [react()],
  resolve: {
    alias: {
      // The agents client carries a second, opt-in transport that Deputy does not use: 20 KB of compressed script.
      capnweb: fileURLToPath(new URL("./src/vendor/capnweb.ts", import.meta.url)),
    },
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
