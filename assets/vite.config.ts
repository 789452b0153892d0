/// <reference types="vitest/config" />
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const worker = process.env.DEPUTY_WORKER ?? "http://localhost:3000";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    outDir: "../build/client",
    emptyOutDir: true,
    target: "es2023",
    // An inlined asset would be a data: URL, which the content security policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // A part of a worker may come when it is needed, as elsewhere.
  worker: { format: "es" },
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
  test: { include: ["src/**/*.test.{ts,tsx}"], environment: "node" },
});
