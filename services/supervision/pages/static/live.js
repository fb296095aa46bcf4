// The live page and the wall: figures and warnings as they are, what happens as it happens; after a lost connection the stream resumes where it was.
const page = document.getElementById("live");
const { root, names: namesAsJson, first, stream, now, departmentsATurn, windowsATurn } = page.dataset;
const names = JSON.parse(namesAsJson);
const LIGHTS = { GREEN: "●", YELLOW: "▲", RED: "■" };
const LEVELS = {
  FACT: ["·", "办理"], LIGHT: ["▲", "黄灯"], YELLOW: ["◆", "黄牌"], RED: ["■", "红牌"], ANOMALY: ["※", "异常"], OVER: ["○", "解除"], ANSWER: ["↩", "答复"],
};
const MOST = 60;
const TURN_SECONDS = 15;
const ahead = new Date(now) - Date.now();
let shown = JSON.parse(first);
let turn = 0;

function make(tag, className = "", ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

function link(address, text) {
  const made = make("a", "govuk-link", text);
  made.href = root + address;
  return made;
}

const department = (code) => names[code] ?? code ?? "";
const local = (moment, options) => new Date(moment).toLocaleString("zh-CN", { timeZone: "Asia/Shanghai", ...options });
const hour = { hour: "2-digit", minute: "2-digit", hour12: false };

/** Today's time, and before it the day of what happened on another. */
function when(moment) {
  const of = (one) => local(one, { month: "numeric", day: "numeric" });
  return (of(moment) === of(Date.now() + ahead) ? "" : `${local(moment, { month: "long", day: "numeric" })} `) + local(moment, hour);
}

// Figures

function behind(by, key, figure, number) {
  const query = new URLSearchParams({ from: shown.day, to: shown.day, by, key, figure });
  return number ? link(`/figures/behind?${query}`, number) : String(number);
}

function bar(one, most) {
  const whole = make("span", "live-bar");
  whole.setAttribute("aria-hidden", "true");
  for (const light of Object.keys(LIGHTS)) {
    if (!one[light]) continue;
    const part = make("span", "live-bar__part");
    part.dataset.light = light;
    part.style.width = `${(100 * one[light]) / most}%`;
    whole.append(part);
  }
  return whole;
}

function row(one, most) {
  const key = one.department;
  const name = make("th", "", link(`/cases?${new URLSearchParams({ state: "IN_HAND", department: key })}`, department(key)));
  name.scope = "row";
  const cells = ["received", "accepted", "finished"].map((figure) => make("td", "live-number", behind("department", key, figure, one[figure])));
  cells.push(make("td", "live-number live-in-hand", String(one.in_hand)), make("td", "live-bars", bar(one, most)));
  for (const [light, shape] of Object.entries(LIGHTS)) {
    const number = light === "RED" ? behind("department", key, "overdue", one.RED) : String(one[light]);
    const cell = make("td", "live-number live-light", make("span", "live-shape", shape), number);
    cell.dataset.light = one[light] ? light : "";
    cells.push(cell);
  }
  return make("tr", "", name, ...cells);
}

/** A screen on a wall is scrolled by nobody: what does not fit comes by turns, the gravest first. Gives what is to be shown now, and which turn of how many. */
function turnOf(list, per) {
  const number = Math.max(1, Math.ceil(list.length / (per || Infinity)));
  const now = turn % number;
  return { rows: per ? list.slice(now * per, (now + 1) * per) : list, now, number };
}

function departments() {
  const { rows, now, number } = turnOf(shown.departments, Number(departmentsATurn));
  const most = Math.max(1, ...shown.departments.map((one) => one.in_hand));
  const lines = rows.map((one) => row(one, most));
  if (!lines.length) {
    const cell = make("td", "live-empty", "现在没有在办的事项");
    cell.colSpan = 9;
    lines.push(make("tr", "", cell));
  }
  const table = document.getElementById("departments");
  table.replaceChildren(...lines);
  table.style.setProperty("--rows", lines.length);
  document.getElementById("turn").textContent = number > 1 ? `第 ${now + 1} 屏，共 ${number} 屏` : "";
}

function windows() {
  const { rows } = turnOf(shown.windows, Number(windowsATurn));
  const lines = rows.map((one) => make("li", "", make("strong", "", one.name), " 今日收 ", behind("window", one.window, "received", one.received), " · 在办 ", behind("window", one.window, "in_hand", one.in_hand)));
  document.getElementById("windows").replaceChildren(...(lines.length ? lines : [make("li", "live-empty", "窗口今天还没有收件")]));
}

function item(level, head, address, title, text) {
  const [shape, word] = LEVELS[level] ?? ["·", level];
  const sign = make("span", "", shape);
  sign.setAttribute("aria-hidden", "true");
  const made = make("li", "", make("p", "live-head", make("span", "live-badge", sign, ` ${word}`), ` ${head} `, link(address, title)), make("p", "live-text", ...[text].flat()));
  made.dataset.level = level;
  return made;
}

function warnings() {
  const rows = shown.warnings.map((one) => {
    const due = one.due ? ` · ${local(`${one.due}T00:00+08:00`, { month: "long", day: "numeric" })}到期` : "";
    return item(one.level, department(one.department), `/cards/${one.id}`, one.item_name || one.number, [`${one.title}${due}`, make("span", "live-case", ` · ${one.number || "没有编号"}`)]);
  });
  const list = document.getElementById("warnings");
  list.replaceChildren(...(rows.length ? rows : [make("li", "live-empty", "○ 现在没有亮着的灯和牌")]));
  fit(list);
}

/** What would be cut off is not shown at all, nor reached by the keyboard. */
function fit(list) {
  if (!("fit" in list.dataset)) return;
  for (const one of list.children) one.hidden = false;
  const end = list.getBoundingClientRect().bottom + 1;
  for (const one of [...list.children].filter((each) => each.getBoundingClientRect().bottom > end)) one.hidden = true;
}

function figures(now) {
  shown = now;
  for (const place of page.querySelectorAll("[data-total]")) place.textContent = shown.totals[place.dataset.total];
  for (const place of page.querySelectorAll("[data-standing]")) {
    place.textContent = place.dataset.standing === "ALL" ? Object.values(shown.standing).reduce((sum, one) => sum + one, 0) : shown.standing[place.dataset.standing];
    place.closest("[data-level]")?.classList.toggle("live-tile--lit", place.textContent !== "0");
  }
  departments();
  windows();
  warnings();
}

// What happens

/** What stands beside it already is not said again: the level in the badge, and this year. */
function brief(sentence) {
  return sentence.replace(/^发出(红牌|黄牌|异常预警)：/, "").replaceAll(`${local(Date.now() + ahead, { year: "numeric" })}`, "");
}

function happened(message, position) {
  const feed = document.getElementById("feed");
  feed.querySelector(".live-empty")?.remove();
  const isNew = Number(position) > shown.position;
  if (isNew) feed.setAttribute("aria-live", "polite");
  const made = item(message.level, `${when(message.happened)} ${department(message.department)}`, `/cases/${message.case}`, message.item || message.number || "办件", brief(message.sentence));
  made.classList.toggle("live-new", isNew);
  feed.prepend(made);
  while (feed.children.length > MOST) feed.lastElementChild.remove();
  fit(feed);
}

function tick() {
  for (const place of page.querySelectorAll("[data-clock]")) place.textContent = local(Date.now() + ahead, hour);
  for (const place of page.querySelectorAll("[data-day]")) place.textContent = local(Date.now() + ahead, { year: "numeric", month: "long", day: "numeric", weekday: "long" });
}

const full = page.querySelector("[data-full]");
if (full && document.fullscreenEnabled) {
  full.hidden = false;
  full.addEventListener("click", () => document.documentElement.requestFullscreen());
  document.addEventListener("fullscreenchange", () => { full.hidden = Boolean(document.fullscreenElement); });
}
window.addEventListener("resize", () => page.querySelectorAll("[data-fit]").forEach(fit));
setInterval(tick, 1000);
setInterval(() => {
  if (page.querySelector("#departments:hover, #departments:focus-within, #windows:hover, #windows:focus-within")) return;
  turn += 1;
  departments();
  windows();
}, TURN_SECONDS * 1000);

tick();
figures(shown);
const hear = (data, id, event) => (event.type === "figures" ? figures({ ...data, position: shown.position }) : happened(data, id));
const start = () => window.onewindow.follow(stream, { message: hear, events: ["figures"] });
if (window.onewindow) start();
else window.addEventListener("load", start);
