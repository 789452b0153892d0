import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const place = { port: 5173, strictPort: true };

export default defineConfig({ plugins: [react()], server: place, preview: place });
