// The wall: figures and warnings as they are, what happens as it happens; after a lost connection the stream resumes where it was.
const wall = document.getElementById("wall");
const names = JSON.parse(wall.dataset.names);
const shapes = { LIGHT: "▲ 黄灯", YELLOW: "◆ 黄牌", RED: "■ 红牌", ANOMALY: "● 异常", OVER: "○ 解除", FACT: "办理", ANSWER: "答复" };
const MOST = 14;

function cell(row, text, isName = false) {
  const place = document.createElement(isName ? "th" : "td");
  if (isName) place.scope = "row";
  place.textContent = text;
  row.append(place);
  return place;
}

function figures(shown) {
  for (const place of wall.querySelectorAll("[data-total]")) place.textContent = shown.totals[place.dataset.total];
  for (const place of wall.querySelectorAll("[data-light]")) place.textContent = shown.lights[place.dataset.light];
  const most = Math.max(1, ...shown.departments.map((one) => one.in_hand));
  const rows = shown.departments.map((one) => {
    const row = document.createElement("tr");
    cell(row, names[one.department] ?? one.department, true);
    cell(row, one.received);
    cell(row, one.finished);
    const bar = document.createElement("meter");
    bar.max = most;
    bar.value = one.in_hand;
    bar.setAttribute("aria-hidden", "true");
    cell(row, `${one.in_hand} `).append(bar);
    const overdue = cell(row, one.overdue ? `■ ${one.overdue}` : "0");
    if (one.overdue) overdue.className = "wall-overdue";
    return row;
  });
  document.getElementById("departments").replaceChildren(...rows);
  const standing = shown.warnings.map((one) => line(shapes[one.level], `${wall.dataset.cards}/${one.id}`, one.number, `${one.item_name ?? ""} · ${one.title} · ${names[one.department] ?? one.department}`, one.level));
  if (!standing.length) standing.push(line("○", "", "", "现在没有亮着的灯和牌", "OVER"));
  document.getElementById("warnings").replaceChildren(...standing);
}

function line(shape, address, number, text, level) {
  const item = document.createElement("li");
  item.dataset.level = level;
  const kind = document.createElement("strong");
  kind.textContent = `${shape} `;
  item.append(kind);
  if (address) {
    const link = document.createElement("a");
    link.href = address;
    link.textContent = number || "办件";
    item.append(link, " ");
  }
  item.append(text);
  return item;
}

function happened(message) {
  const feed = document.getElementById("feed");
  feed.prepend(line(shapes[message.level] ?? message.level, `${wall.dataset.cases}/${message.case}`, message.number, `${message.item} · ${message.sentence}`, message.level));
  while (feed.children.length > MOST) feed.lastElementChild.remove();
}

figures(JSON.parse(wall.dataset.first));
const hear = (data, id, event) => (event.type === "figures" ? figures(data) : happened(data));
const start = () => window.onewindow.follow(wall.dataset.stream, { message: hear, events: ["figures"] });
if (window.onewindow) start();
else window.addEventListener("load", start);
