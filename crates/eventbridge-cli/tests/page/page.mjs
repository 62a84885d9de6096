// A person at the page of `eventbridge local`, in a real Chromium. Screenshots go to target/page.
// node page.mjs URL-OF-THE-PAGE CHROMIUM
import assert from "node:assert/strict";
import { browse } from "./browse.mjs";

const [url, executablePath] = process.argv.slice(2);

await browse(url, executablePath, async ({ context, page, problems, folder, status }) => {
  await page.goto(url);
  await page.getByRole("status").filter({ hasText: "live" }).waitFor();

  // A sample is published by keyboard alone, and arrives.
  await page.locator("#publish > summary").focus();
  await page.keyboard.press("Enter");
  await page.locator("#sample").selectOption("oss:ObjectCreated:PutObject");
  await page.waitForFunction(() => document.querySelector("#event").value.includes("acs.oss"));
  await page.locator("#publish-form button").focus();
  await page.keyboard.press("Enter");
  await page.locator("#published", { hasText: "published as number" }).waitFor();
  const first = page.locator("#events > li").filter({ hasText: "oss:ObjectCreated:PutObject" });
  await first.locator(".mark", { hasText: "delivered" }).first().waitFor();
  await first.locator("summary").first().focus();
  await page.keyboard.press("Enter");
  await first.getByText("only-orders", { exact: false }).waitFor();
  assert.match(await first.textContent(), /only-orders.*source/, "the field that failed is named");

  // Each try shows what was sent, what was signed and what was answered.
  const delivery = first.locator("details details").first();
  await delivery.locator("summary").first().click();
  await delivery.locator("details summary").first().click();
  const tried = await delivery.textContent();
  for (const text of ["String to sign, v2", "x-eventbridge-signature-timestamp: ", "POST http://127.0.0.1:", "Answer", "<redacted>"]) {
    assert.ok(tried.includes(text), `the try has no ${text}`);
  }
  assert.ok(!(await page.content()).includes("a-token-that-nobody-may-see"), "the token is on the page");
  await page.screenshot({ path: `${folder}/light.png`, fullPage: true });

  // Markup in an event is text.
  const markup = '<img src=x onerror="alert(1)"><script>alert(2)</script>';
  const event = { specversion: "1.0", id: "markup", source: "acs.oss", type: markup, data: { markup } };
  await page.locator("#event").fill(JSON.stringify(event));
  await page.locator("#publish-form button").click();
  const hostile = page.locator("#events > li").filter({ hasText: "onerror" });
  await hostile.first().waitFor();
  await hostile.locator("summary").first().click();
  assert.equal(await page.locator("#events img, #events script").count(), 0, "markup became elements");

  // What is no event is said beside the form.
  await page.locator("#event").fill("{");
  await page.locator("#publish-form button").click();
  await page.locator("#published.bad").waitFor();
  problems.splice(0, problems.length, ...problems.filter((problem) => !problem.includes("422")));

  // A target that fails ends in a dead letter, which can be redriven.
  await page.locator("#event").fill(JSON.stringify({ ...event, id: "failing", type: "t", source: "fails" }));
  await page.locator("#publish-form button").click();
  await page.locator("#events .mark", { hasText: "dead letter in" }).first().waitFor();
  await page.locator("#letters > summary").click();
  await page.locator("#letters-list > li").first().waitFor();
  await page.locator("#letters-list summary").first().click();
  await page.getByRole("button", { name: "Redrive", exact: true }).first().click();
  await page.waitForFunction(() => document.querySelector("#letters-count").textContent === "1");

  // The pattern tester names the field.
  await page.locator("#pattern-tester > summary").click();
  await page.locator("#pattern").fill('{"source": ["acs.ecs"]}');
  await page.locator("#pattern-event").fill(JSON.stringify(event));
  await page.locator("#pattern-form button").click();
  await page.locator("#pattern-result", { hasText: "$.source" }).waitFor();
  await page.locator("#pattern").fill('{"source": [{"prefix": 5}]}');
  await page.locator("#pattern-form button").click();
  await page.locator("#pattern-result .bad", { hasText: "pattern:" }).waitFor();
  problems.splice(0, problems.length, ...problems.filter((problem) => !problem.includes("422")));

  // The filter and the narrow, dark page.
  await page.locator("#filter").fill("acs.oss markup");
  assert.equal(await page.locator("#events > li:visible").count(), 1);
  await page.locator("#filter").fill("");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 400, height: 800 });
  const width = await page.evaluate(() => document.scrollingElement.scrollWidth);
  assert.ok(width <= 400, `the page is ${width} pixels wide on a screen of 400`);
  await page.screenshot({ path: `${folder}/dark-400.png`, fullPage: true });

  // Other names and other pages get nothing: DNS rebinding, and forms of other sites.
  const { host } = new URL(url);
  assert.equal(await status({ host }), 200);
  assert.equal(await status({ host: "evil.example" }), 403);
  assert.equal(await status({ host, origin: "http://evil.example" }), 403);
  assert.equal(await status({ host, origin: "http://evil.example" }, "POST", "/local/dead-letters/redrive"), 403);
  const other = await context.newPage();
  const framed = await other.evaluate(async (target) => fetch(target).then(() => "read", () => "kept"), new URL("samples", url).href);
  assert.equal(framed, "kept", "a page of another origin read an answer");

  // The list comes again over a new connection.
  await page.reload();
  await page.locator("#events > li").nth(1).waitFor();
  assert.deepEqual(problems, []);
});
