/**
 * A stand-in for the API while the page is developed: plausible answers in the contract's shapes.
 * Run `npm run mock`, then `npm run dev` with STOCKTURN_SERVER=http://127.0.0.1:8499, or open this
 * server itself after a build: it also serves the built page.
 * MOCK=empty gives no data, MOCK=broken an error, DELAY a slow answer in milliseconds.
 */
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { answer } from "./mock-data.mjs";

const PORT = Number(process.env.PORT ?? 8499);
const PAGE = process.env.PAGE ?? join(import.meta.dirname, "../../src/stockturn/server/page");
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

function sendFile(path, response) {
  const wanted = join(PAGE, normalize(path));
  const file = extname(path) && existsSync(wanted) ? wanted : join(PAGE, "index.html");
  response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
  createReadStream(file).pipe(response);
}

async function body(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString("utf-8");
}

createServer(async (request, response) => {
  const url = new URL(request.url, "http://mock");
  if (!url.pathname.startsWith("/api/")) {
    sendFile(url.pathname, response);
    return;
  }
  const text = await body(request);
  const asked = request.headers["content-type"]?.startsWith("application/json") ? JSON.parse(text) : null;
  const [status, content] = answer(url, asked);
  if (process.env.DELAY) await new Promise((done) => setTimeout(done, Number(process.env.DELAY)));
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(content));
}).listen(PORT, "127.0.0.1");
