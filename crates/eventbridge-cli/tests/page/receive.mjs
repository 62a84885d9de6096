// A person at the page of `eventbridge receive --ui`, in a real Chromium. Screenshots go to target/page.
// node receive.mjs URL-OF-THE-PAGE CHROMIUM
// Says `open` when the page is open: then whoever started it sends the pushes.
import assert from "node:assert/strict";
import { browse } from "./browse.mjs";

const [url, executablePath] = process.argv.slice(2);

await browse(url, executablePath, async ({ context, page, problems, folder, status }) => {
  await page.goto(url);
  await page.getByRole("status").filter({ hasText: "live" }).waitFor();
  console.log("open");
  const card = (text) => page.locator("#events > li").filter({ hasText: text }).first();

  // An accepted push: verdict and answer are two facts.
  const good = card("order-good");
  await good.locator(".mark.good", { hasText: "accepted" }).waitFor();
  await good.locator(".mark.good", { hasText: "answered 204" }).waitFor();
  const failed = card("order-failed");
  await failed.locator(".mark.good", { hasText: "accepted" }).waitFor();
  await failed.locator(".mark.bad", { hasText: "answered 502" }).waitFor();

  // Why a push was rejected is seen before anything is opened.
  const slash = card("/slash");
  await slash.locator(".mark.bad", { hasText: "rejected: signature-mismatch" }).waitFor();
  assert.match(await slash.locator(".why").textContent(), /^At signature: /);

  // By keyboard alone: the slip, the checks, what arrived and what was signed.
  await slash.locator("summary").focus();
  await page.keyboard.press("Enter");
  await slash.locator("strong", { hasText: "trailing-slash" }).waitFor();
  const explained = await slash.textContent();
  for (const text of ["What would have matched", "failed signature", "passed token", "Request head", "String to sign", "<redacted>", "Request body", "order-slash"]) {
    assert.ok(explained.includes(text), `the explanation has no ${text}: ${explained}`);
  }
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "PRE", "texts can be reached by keyboard");
  await page.screenshot({ path: `${folder}/receive-light.png`, fullPage: true });

  // Where the push arrived at another path the body was read all the same.
  const elsewhere = card("/elsewhere");
  await elsewhere.locator("summary").click();
  await elsewhere.getByText("arrived at another path", { exact: false }).waitFor();
  const unread = await elsewhere.textContent();
  for (const text of ["/elsewhere?<redacted>", "failed endpoint", "not reached signature"]) assert.ok(unread.includes(text), `${text}: ${unread}`);

  // Markup is text, in every field that a sender chooses.
  for (const name of ["markup-accepted", "/markup-rejected"]) {
    const hostile = card(name);
    await hostile.locator("summary").click();
    await hostile.locator("h3", { hasText: "Request body" }).waitFor();
    assert.ok((await hostile.textContent()).includes("<img src=x onerror="), `${name}: ${await hostile.textContent()}`);
  }
  assert.equal(await page.locator("#events img, #events script, #events b").count(), 0, "markup became elements");
  const content = await page.content();
  for (const secret of ["token-secret", "another-tenants", "query-secret"]) assert.ok(!content.includes(secret), `${secret} is on the page`);

  // Filters.
  await page.locator("#rejected").focus();
  await page.keyboard.press("Space");
  assert.equal(await good.isVisible(), false);
  assert.equal(await slash.isVisible(), true);
  await page.locator("#filter").fill("trailing-slash");
  assert.equal(await page.locator("#events > li:visible").count(), 1);
  await page.locator("#filter").fill("");
  await page.locator("#rejected").uncheck();

  // Narrow and dark.
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 400, height: 800 });
  const width = await page.evaluate(() => document.scrollingElement.scrollWidth);
  assert.ok(width <= 400, `the page is ${width} pixels wide on a screen of 400`);
  await page.screenshot({ path: `${folder}/receive-dark-400.png`, fullPage: true });

  // Other names and other pages get nothing: DNS rebinding, and what other sites embed.
  const { host } = new URL(url);
  assert.equal(await status({ host }, "GET", "pushes/1"), 200);
  assert.equal(await status({ host: "evil.example" }, "GET", "pushes/1"), 403);
  assert.equal(await status({ host, origin: "http://evil.example" }, "GET", "stream"), 403);
  const other = await context.newPage();
  const read = await other.evaluate(async (target) => fetch(target).then(() => "read", () => "kept"), new URL("pushes/1", url).href);
  assert.equal(read, "kept", "a page of another origin read an answer");

  // The list comes again over a new connection.
  await page.reload();
  await page.locator("#events > li").nth(3).waitFor();
  assert.deepEqual(problems, []);
});
