"use strict";
// Everything that comes from outside is put into the page as text, never as markup.

const MOST_SHOWN = 500;
const byId = (id) => document.getElementById(id);
const list = byId("events");
/** The card of each event by its number, and the card of each delivery. */
const events = new Map();
const deliveries = new Map();

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function block(title, text) {
  const made = document.createDocumentFragment();
  made.append(element("h3", title));
  const pre = element("pre", text);
  pre.tabIndex = 0;
  made.append(pre);
  return made;
}

const shown = (text) => (text.whole_bytes ? `${text.text}\n… cut, ${text.whole_bytes} bytes in all` : text.text);

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function card(parts) {
  const item = element("li");
  const details = element("details");
  const summary = element("summary");
  const mark = element("span", "", "mark");
  summary.append(mark, " ", ...parts);
  details.append(summary);
  item.append(details);
  return { item, details, mark };
}

function setMark(target, text, className) {
  target.mark.textContent = text;
  target.mark.className = `mark ${className}`;
}

function time(at) {
  const made = element("time", at.slice(11, 23));
  made.dateTime = at;
  return made;
}

function add(number, made) {
  list.prepend(made.item);
  events.set(number, made);
  byId("empty").hidden = true;
  while (list.children.length > MOST_SHOWN) list.lastElementChild.remove();
  for (const [key, value] of events) {
    if (events.size <= MOST_SHOWN) break;
    events.delete(key);
    for (const delivery of value.deliveries ?? []) deliveries.delete(delivery);
  }
  filter(made.item);
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
  list.prepend(item);
  byId("empty").hidden = true;
}

function explainLater(made, it) {
  made.details.addEventListener("toggle", async () => {
    const answer = await ask("POST", "explain", { bus: it.bus, event: it.json.text });
    const rules = element("ul");
    for (const rule of answer.not_matched ?? []) rules.append(element("li", `${rule.rule}: ${rule.why}`));
    made.details.append(element("h3", "Rules that do not match"), rules);
  }, { once: true });
}

async function ask(method, path, body) {
  const options = { method, headers: {} };
  if (body !== undefined) {
    options.headers["content-type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const response = await fetch(path, options);
  const text = await response.text();
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    answer = { error: `${response.status} ${text.slice(0, 200)}` };
  }
  return answer;
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

function filter(item) {
  const wanted = byId("filter").value.toLowerCase();
  item.hidden = wanted !== "" && !item.textContent.toLowerCase().includes(wanted);
}

function wait(text, className) {
  const state = byId("state");
  state.textContent = text;
  state.className = className;
}

function listen() {
  const source = new EventSource("stream");
  source.onopen = () => {
    // What is recent comes again over each connection.
    clear();
    wait("live", "good");
  };
  source.onerror = () => wait("not connected, trying again", "bad");
  source.onmessage = (message) => {
    const observation = JSON.parse(message.data);
    (show[observation.kind] ?? (() => {}))(observation);
  };
  source.addEventListener("missed", (message) => {
    const item = element("li", `${message.data} observations were too fast for this page`, "bad");
    list.prepend(item);
  });
}

async function start() {
  byId("filter").addEventListener("input", () => [...list.children].forEach(filter));
  byId("clear").addEventListener("click", clear);
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
  listen();
}

start().catch((error) => wait(`this page could not start: ${error}`, "bad"));
