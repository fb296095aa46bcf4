// What every page does: GOV.UK's own components, keyboard shortcuts, and unsaved forms that ask before they are left.
const govuk = document.querySelector("meta[name=govuk]");
if (govuk) import(govuk.content).then((library) => library.initAll());

let waiting = false;
let row = -1;

const rows = () => [...document.querySelectorAll("[data-rows] tr, [data-rows] > li")].filter((one) => one.querySelector("a[href]"));

function choose(step) {
  const all = rows();
  if (!all.length) return;
  row = Math.min(Math.max(row + step, 0), all.length - 1);
  all.forEach((one, index) => one.classList.toggle("ow-chosen", index === row));
  all[row].querySelector("a[href]").focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (waiting) {
    waiting = false;
    const link = document.querySelector(`.ow-navigation [data-key="${CSS.escape(event.key)}"]`);
    if (link) link.click();
    return;
  }
  const act = {
    j: () => choose(1),
    k: () => choose(-1),
    g: () => { waiting = true; },
    "/": () => document.querySelector("[data-search]")?.focus(),
    "?": () => document.getElementById("shortcuts")?.showModal(),
  }[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});

for (const form of document.querySelectorAll("form[data-guard]")) {
  let changed = false;
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", () => { changed = false; });
  window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
}

const summary = document.querySelector(".govuk-error-summary");
if (summary) {
  summary.tabIndex = -1;
  summary.focus();
}

for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());

// Other modules: follow(address, { message, state }) hears server-sent events; the browser resumes with Last-Event-ID by itself.
export function follow(address, { message, state }) {
  const source = new EventSource(address);
  source.onopen = () => state("open");
  source.onerror = () => state(source.readyState === EventSource.CLOSED ? "closed" : "reconnecting");
  source.onmessage = (event) => message(JSON.parse(event.data), event.lastEventId);
  return source;
}
