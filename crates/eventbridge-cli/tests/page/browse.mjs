// A real Chromium, what must not happen in it, and requests that no browser would let a script send.
import { request } from "node:http";
import { createRequire } from "node:module";

const quiet = ["disable-gpu", "disable-quic", "disable-sync", "disable-background-networking", "disable-component-update", "no-first-run"];

/** Opens a browser, hands a page of it to `person`, and closes it. */
export async function browse(url, executablePath, person) {
  const folder = `${process.cwd()}/target/page`;
  const { chromium } = createRequire(`${folder}/`)("playwright-core");
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", ...quiet.map((name) => `--${name}`)] });
  /** What the server answers to a request with these headers. */
  const status = (headers, method = "GET", path = "samples") =>
    new Promise((resolve, reject) => {
      const asked = request(new URL(path, url), { method, headers }, (answer) => resolve(answer.resume().statusCode));
      asked.on("error", reject).end();
    });
  try {
    const context = await browser.newContext({ colorScheme: "light" });
    const page = await context.newPage();
    const problems = [];
    page.on("pageerror", (error) => problems.push(`script: ${error}`));
    page.on("dialog", (dialog) => problems.push(`dialog: ${dialog.message()}`) && dialog.dismiss());
    page.on("console", (message) => message.type() === "error" && problems.push(`console: ${message.text()}`));
    page.on("request", (asked) => asked.url().startsWith(new URL("/", url).href) || asked.url().startsWith("data:") || problems.push(`asked ${asked.url()}`));
    await person({ context, page, problems, folder, status });
    console.log("the page is as expected");
  } finally {
    await browser.close();
  }
}
