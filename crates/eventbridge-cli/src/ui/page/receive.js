"use strict";
// The page of the receiver. common.js has what it shares with the local EventBridge's.

/** The card of each push by its number. */
const pushes = new Map();
const SIGNS = { passed: "good", failed: "bad", "not-judged": "soft", "not-reached": "soft" };

const show = {
  verdict(it) {
    const made = card([]);
    const summary = made.details.firstElementChild;
    made.answer = element("span", "", "mark");
    setMark(made, it.accepted ? "accepted" : `rejected: ${it.reason}`, it.accepted ? "good" : "bad");
    if (it.accepted) setAnswer(made, "no answer yet", "wait");
    else setAnswer(made, `answered ${it.status}`, "soft");
    summary.append("· ", made.answer, " · ", time(it.at), ` ${it.target} `);
    if (it.accepted) {
      const event = it.event ? `${it.event.type} ${it.event.source} ${it.event.id ?? ""} · ` : "";
      summary.append(element("span", `${event}${it.scheme}, ${it.assurance}`, "soft"));
    } else {
      summary.append(element("span", `At ${it.stage}: ${it.text}`, "why"));
    }
    made.item.dataset.accepted = it.accepted;
    made.details.addEventListener("toggle", () => made.details.open && fill(made, it.number));
    pushes.set(it.number, made);
    for (const key of pushes.keys()) {
      if (pushes.size <= MOST_SHOWN) break;
      pushes.delete(key);
    }
    put(made.item);
    hide(made.item);
  },

  answered(it) {
    const made = pushes.get(it.push);
    if (!made) return;
    if (it.status === null) return setAnswer(made, "no answer: the sender went away", "bad");
    const where = it.handled ? "" : " before the handler: the same push was seen before";
    setAnswer(made, `answered ${it.status}${where}`, it.status < 300 ? "good" : "bad");
    filter(made.item);
    hide(made.item);
  },
};

function setAnswer(made, text, className) {
  made.answer.textContent = text;
  made.answer.className = `mark ${className}`;
}

function hide(item) {
  item.classList.toggle("not-wanted", byId("rejected").checked && item.dataset.accepted === "true");
}

/** Asks what there is to know about a push, once. */
async function fill(made, number) {
  if (made.filled) return;
  made.filled = true;
  const box = element("div");
  const state = element("p", "Looking for near misses …", "soft");
  state.setAttribute("role", "status");
  box.append(state);
  made.details.append(box);
  const it = await ask("GET", `pushes/${number}`).catch((error) => ({ error: `${error}` }));
  if (it.error) {
    state.textContent = it.error;
    state.className = "bad";
    // The next time it may go.
    made.details.addEventListener("toggle", () => {
      box.remove();
      made.filled = false;
    }, { once: true });
    return;
  }
  const { near_misses: nearMisses = [], stages = [], notes = [] } = it.report ?? {};
  const parts = document.createDocumentFragment();
  if (nearMisses.length) parts.append(element("h3", "What would have matched"), items("ul", nearMisses, (miss) => [element("strong", miss.name), `: ${miss.detail}`]));
  const all = [...notes, ...it.notes];
  if (all.length) parts.append(element("h3", "Notes"), items("ul", all, (text) => [text]));
  parts.append(element("h3", "Checks"), items("ol", stages, (stage) => [
    element("span", stage.result.replace("-", " "), `mark ${SIGNS[stage.result]}`),
    ` ${stage.stage}${stage.detail ? `: ${stage.detail}` : ""}`,
  ]));
  const others = it.other_headers ? `\n… and ${it.other_headers} other headers, which nobody judges` : "";
  parts.append(block("Request head", it.head + others));
  for (const head of it.signed) {
    const body = it.body ? shown(it.body) + (it.signed_line_feed && !it.body.whole_bytes ? "\n" : "") : "… the body";
    parts.append(block("String to sign", head + body));
  }
  if (it.body) parts.append(block("Request body", shown(it.body)));
  box.replaceChildren(parts);
  filter(made.item);
}

function items(name, values, parts) {
  const made = element(name, undefined, "plain");
  for (const value of values) {
    const item = element("li");
    item.append(...parts(value));
    made.append(item);
  }
  return made;
}

function clear() {
  list.replaceChildren();
  pushes.clear();
  byId("empty").hidden = false;
}

byId("rejected").addEventListener("change", () => [...list.children].forEach(hide));
listen(show, clear, (number) => `${number} verdicts and answers are no longer kept`);
