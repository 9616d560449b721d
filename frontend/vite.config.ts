import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const server = process.env.STOCKTURN_SERVER ?? "http://127.0.0.1:8420";

/** Libraries that change together, so that an edit of ours leaves the rest in the reader's cache. */
const chunks = [
  { name: "react", test: /node_modules[\\/](react|react-dom|react-router|scheduler)[\\/]/ },
  { name: "charts", test: /node_modules[\\/](echarts|zrender)[\\/]/ },
  { name: "asking", test: /node_modules[\\/](@tanstack|i18next|react-i18next)[\\/]/ },
];

export default defineConfig({
  // Relative addresses: the server rewrites <base href> when it stands behind a path prefix.
  base: "./",
  plugins: [react()],
  build: {
    target: "es2022",
    sourcemap: false,
    chunkSizeWarningLimit: 900,
    rolldownOptions: { output: { codeSplitting: { groups: chunks } } },
  },
  server: { proxy: { "/api": { target: server, changeOrigin: true } } },
});
