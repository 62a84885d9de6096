"use strict";
// The page of the local EventBridge. common.js has what it shares with the receiver's.

/** The card of each event by its number, and the card of each delivery. */
const events = new Map();
const deliveries = new Map();

function add(number, made) {
  put(made.item);
  events.set(number, made);
  for (const [key, value] of events) {
    if (events.size <= MOST_SHOWN) break;
    events.delete(key);
    for (const delivery of value.deliveries ?? []) deliveries.delete(delivery);
  }
}

const show = {
  published(it) {
    const made = card([time(it.at), ` ${it.type} `, element("span", `${it.source} ${it.id}`, "soft")]);
    made.deliveries = [];
    setMark(made, it.matched.length ? `matches ${it.matched.join(", ")}` : "matches no rule", it.matched.length ? "wait" : "soft");
    made.details.append(block(`Event on bus ${it.bus}`, pretty(shown(it.json))));
    const rules = element("ul");
    for (const rule of it.not_matched) {
      const line = element("li", `${rule.rule}${rule.disabled ? " (disabled)" : ""}: ${rule.why}`);
      rules.append(line);
    }
    if (it.not_matched.length) made.details.append(element("h3", "Rules that do not match"), rules);
    else if (!it.matched.length) explainLater(made, it);
    made.tries = element("div");
    made.details.append(made.tries);
    add(it.event, made);
  },

  tried(it) {
    const event = events.get(it.event);
    let made = deliveries.get(it.delivery);
    if (!made) {
      made = card([`${it.to.rule} → ${it.to.target} `]);
      deliveries.set(it.delivery, made);
      if (event) {
        event.tries.append(made.item.firstElementChild);
        event.deliveries.push(it.delivery);
      } else {
        made.deliveries = [it.delivery];
        made.tries = made.details;
        add(it.event, made);
      }
    }
    const outcome = it.outcome.result;
    const answer = it.outcome.answer ?? it.outcome.failure?.answer;
    const wait = it.outcome.wait_millis === undefined ? "" : `, next try in ${(it.outcome.wait_millis / 1000).toFixed(1)} s`;
    const text = outcome === "delivered" ? `delivered, ${answer.status}` : `${it.outcome.failure.reason}${wait}`;
    const className = outcome === "delivered" ? "good" : outcome === "retry" ? "wait" : "bad";
    setMark(made, `try ${it.attempt}: ${text}`, className);
    if (event && event !== made) setMark(event, outcome, className);
    const attempt = element("details");
    attempt.append(element("summary", `Try ${it.attempt}, ${it.at.slice(11, 23)}: ${text}`));
    if (it.request) {
      const head = [`${it.request.method} ${it.request.url}`, ...it.request.headers.map((pair) => pair.join(": "))];
      attempt.append(block("Request head", head.join("\n")));
    }
    attempt.append(block("Request body", shown(it.body)));
    for (const signed of it.strings_to_sign) attempt.append(block(`String to sign, ${signed.scheme}`, shown(signed.text)));
    if (answer) {
      const head = [`${answer.status}`, ...answer.headers.map((pair) => pair.join(": "))];
      attempt.append(block("Answer", `${head.join("\n")}\n\n${shown(answer.body)}`));
    }
    made.details.append(attempt);
  },

  "dead-lettered"(it) {
    const event = events.get(it.event);
    if (event) setMark(event, `dead letter in ${it.queue}: ${it.reason}`, "bad");
    loadLetters();
  },

  redriven(it) {
    const delivery = deliveries.get(it.delivery);
    if (delivery) setMark(delivery, "redriven", "wait");
    loadLetters();
  },

  blocked(it) {
    note(it, it.blocked ? "bad" : "good", `${it.to.rule} → ${it.to.target} ${it.blocked ? "stopped at an event" : "goes on"}`);
  },

  changed(it) {
    note(it, "soft", `${it.resource} ${it.name} ${it.change}`);
  },
};

function note(it, className, text) {
  const item = element("li");
  item.append(time(it.at), " ", element("span", text, className));
  put(item);
}

function explainLater(made, it) {
  made.details.addEventListener("toggle", async () => {
    const answer = await ask("POST", "explain", { bus: it.bus, event: it.json.text });
    const rules = element("ul");
    for (const rule of answer.not_matched ?? []) rules.append(element("li", `${rule.rule}: ${rule.why}`));
    made.details.append(element("h3", "Rules that do not match"), rules);
  }, { once: true });
}

async function loadLetters() {
  const { dead_letters: letters = [], next_after: next } = await ask("GET", "/local/dead-letters");
  byId("letters-count").textContent = next ? `${letters.length} and more` : letters.length;
  const made = letters.map((letter) => {
    const item = element("li");
    const details = element("details");
    details.append(element("summary", `${letter.number}: ${letter.to.rule} → ${letter.to.target}: ${letter.reason}`));
    details.append(block("Event", pretty(typeof letter.event === "string" ? letter.event : JSON.stringify(letter.event))));
    const redrive = element("button", "Redrive");
    redrive.type = "button";
    redrive.addEventListener("click", async () => {
      await ask("POST", `/local/dead-letters/${letter.number}/redrive`);
      loadLetters();
    });
    details.append(redrive);
    item.append(details);
    return item;
  });
  byId("letters-list").replaceChildren(...made);
}

function clear() {
  list.replaceChildren();
  events.clear();
  deliveries.clear();
  byId("empty").hidden = false;
}

async function start() {
  const { samples = [] } = await ask("GET", "samples");
  for (const name of samples) byId("sample").append(element("option", name));
  const choose = async () => {
    const { event } = await ask("GET", `samples/${encodeURIComponent(byId("sample").value)}`);
    byId("event").value = pretty(event ?? "");
    if (byId("pattern-event").value === "") byId("pattern-event").value = byId("event").value;
  };
  byId("sample").addEventListener("change", choose);
  byId("publish-form").addEventListener("submit", async (submitted) => {
    submitted.preventDefault();
    const answer = await ask("POST", "publish", { bus: byId("bus").value, event: byId("event").value });
    byId("published").textContent = answer.error ?? `published as number ${answer.published}`;
    byId("published").className = answer.error ? "bad" : "good";
  });
  byId("pattern-form").addEventListener("submit", async (submitted) => {
    submitted.preventDefault();
    const answer = await ask("POST", "pattern", { pattern: byId("pattern").value, event: byId("pattern-event").value });
    const result = byId("pattern-result");
    result.replaceChildren(element("p", answer.error ?? answer.why, answer.error ? "bad" : answer.matches ? "good" : "wait"));
  });
  byId("redrive-all").addEventListener("click", async () => {
    await ask("POST", "/local/dead-letters/redrive");
    loadLetters();
  });
  await choose();
  await loadLetters();
  listen(show, clear, (number) => `${number} observations were too fast for this page`);
}

start().catch((error) => wait(`this page could not start: ${error}`, "bad"));
