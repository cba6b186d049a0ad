// A page in headless Chromium that takes orders: one JSON object a line on standard input,
// {"on": "page", "call": "click", "with": ["#x"]}, answered by one line {"value": …} or {"error": …}.
//
//     node browser.mjs MODULES CHROMIUM USER_DATA
//
// MODULES is the folder that holds node_modules/playwright-core. Functions are sent as text that
// begins with "() =>".
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

const [modules, executablePath, userData] = process.argv.slice(2);
const { chromium } = createRequire(join(modules, "package.json"))("playwright-core");

const context = await chromium.launchPersistentContext(userData, {
  executablePath,
  headless: true,
  args: [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ],
  viewport: { width: 1280, height: 800 },
});
const page = context.pages()[0] ?? (await context.newPage());
page.setDefaultTimeout(30_000);

// What a person would see in the developer tools, and what the page asked whom for.
const troubles = [];
const hosts = new Set();
page.on("console", (message) => ["error", "warning"].includes(message.type()) && troubles.push(message.text()));
page.on("pageerror", (error) => troubles.push(error.message));
context.on("request", (request) => hosts.add(new URL(request.url()).host));

const targets = {
  page,
  context,
  keyboard: page.keyboard,
  mouse: page.mouse,
  watch: { troubles: () => troubles, hosts: () => [...hosts] },
};

const value = (argument) =>
  typeof argument === "string" && argument.startsWith("() =>") ? new Function(`return (${argument})()`) : argument;

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  let answer;
  try {
    const result = await targets[order.on][order.call](...order.with.map(value));
    answer = { value: ["object", "function"].includes(typeof result) && !isPlain(result) ? null : (result ?? null) };
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await context.close();

function isPlain(result) {
  return result === null || Array.isArray(result) || Object.getPrototypeOf(result) === Object.prototype;
}
