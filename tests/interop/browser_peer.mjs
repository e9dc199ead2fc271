// A browser that opens a page which uses the official client library's browser build against a node.
//
//   node browser_peer.mjs NODE_URL CHROMIUM PROFILE_FOLDER
//
// Serves the page from a port of its own, so that the node is another origin to it. Prints one JSON object: the `page`'s
// address, its `state` and its `answers` by name, the URLs of all `requests`, and what stood on the `console`.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { chromium } from "playwright-core";

const [nodeUrl, executablePath, profile] = process.argv.slice(2);
const files = {
  "/": ["page/index.html", "text/html"],
  "/page.js": ["page/page.js", "text/javascript"],
  "/wallet.js": ["page/wallet.js", "text/javascript"],
  "/aoconnect.js": ["node_modules/@permaweb/aoconnect/dist/browser.js", "text/javascript"],
};

const server = createServer(async (request, response) => {
  const [file, type] = files[new URL(request.url, "http://page").pathname] ?? [];
  if (!file) return response.writeHead(404).end();
  response.writeHead(200, { "Content-Type": `${type}; charset=utf-8` });
  response.end(await readFile(new URL(file, import.meta.url)));
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const page = `http://127.0.0.1:${server.address().port}/?node=${encodeURIComponent(nodeUrl)}`;

const context = await chromium.launchPersistentContext(profile, {
  executablePath,
  headless: true,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=OptimizationHints,MediaRouter,DialMediaRouteProvider,Translate,AutofillServerCommunication",
    // Whatever else it may think of: no name leads anywhere.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  ],
});
const requests = [];
const console = [];
context.on("request", (request) => requests.push(request.url()));
context.on("console", (message) => console.push(message.text()));
try {
  const tab = await context.newPage();
  await tab.goto(page);
  await tab.waitForFunction(() => document.querySelector("#state").textContent !== "working", null, { timeout: 90000 });
  const state = await tab.textContent("#state");
  const [names, values] = [await tab.locator("dt").allTextContents(), await tab.locator("dd").allTextContents()];
  const answers = Object.fromEntries(names.map((name, index) => [name, values[index]]));
  process.stdout.write(JSON.stringify({ page, state, answers, requests, console }) + "\n");
} finally {
  await context.close();
  server.close();
}
