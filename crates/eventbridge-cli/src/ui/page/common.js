"use strict";
// What both pages share. Everything that comes from outside is put into the page as text, never as markup.

const MOST_SHOWN = 500;
const byId = (id) => document.getElementById(id);
const list = byId("events");

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

/** Puts a card on top, and takes the oldest away where there are too many. */
function put(item) {
  list.prepend(item);
  byId("empty").hidden = true;
  while (list.children.length > MOST_SHOWN) list.lastElementChild.remove();
  filter(item);
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

function filter(item) {
  const wanted = byId("filter").value.toLowerCase();
  item.hidden = wanted !== "" && !item.textContent.toLowerCase().includes(wanted);
}

function wait(text, className) {
  const state = byId("state");
  state.textContent = text;
  state.className = className;
}

/** Shows what the stream tells, each by the function of its kind. */
function listen(show, clear, missed) {
  byId("filter").addEventListener("input", () => [...list.children].forEach(filter));
  byId("clear").addEventListener("click", clear);
  const source = new EventSource("stream");
  source.onopen = () => {
    // What is recent comes again over each connection.
    clear();
    wait("live", "good");
  };
  source.onerror = () => wait("not connected, trying again", "bad");
  source.onmessage = (message) => {
    const told = JSON.parse(message.data);
    (show[told.kind] ?? (() => {}))(told);
  };
  source.addEventListener("missed", (message) => list.prepend(element("li", missed(message.data), "bad")));
}
