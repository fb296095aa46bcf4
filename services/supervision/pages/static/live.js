// The live page: tells what happens as it happens, and draws the departments' work in hand.
const feed = document.getElementById("feed");
const warnings = document.getElementById("warnings");
const kinds = { FACT: "办理", LIGHT: "▲ 黄灯", YELLOW: "◆ 黄牌", RED: "■ 红牌", ANOMALY: "● 异常", OVER: "○ 解除", ANSWER: "答复" };
const most = 80;

function line(message) {
  const item = document.createElement("li");
  const when = new Date(message.happened).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" });
  const kind = document.createElement("strong");
  kind.textContent = `${kinds[message.level] ?? message.level} `;
  const link = document.createElement("a");
  link.className = "govuk-link";
  link.href = `${feed.dataset.cases}/${message.case}`;
  link.textContent = message.number || "办件";
  item.append(`${when} `, kind, link, ` ${message.item} · ${message.sentence}`);
  return item;
}

function show(message) {
  document.getElementById("feed-empty")?.remove();
  feed.prepend(line(message));
  while (feed.children.length > most) feed.lastElementChild.remove();
  if (message.level !== "FACT") warnings.prepend(line(message));
}

function chart() {
  const place = document.getElementById("chart");
  const rows = JSON.parse(document.getElementById("figures").dataset.rows);
  const drawn = window.echarts.init(place, null, { renderer: "svg" });
  drawn.setOption({
    aria: { enabled: true, decal: { show: true } },
    tooltip: { trigger: "axis" },
    legend: { top: 0, data: ["在办", "在办超期"] },
    grid: { left: 90, right: 30, top: 40, bottom: 30 },
    xAxis: { type: "value", minInterval: 1 },
    yAxis: { type: "category", inverse: true, data: rows.map((row) => row.name) },
    series: [
      { name: "在办", type: "bar", color: "#0b4f6c", data: rows.map((row) => row.in_hand) },
      { name: "在办超期", type: "bar", color: "#b3261e", data: rows.map((row) => row.overdue) },
    ],
  });
  window.addEventListener("resize", () => drawn.resize());
}

if (window.echarts && document.getElementById("chart")) chart();
const start = () => window.onewindow.follow(feed.dataset.stream, { message: show });
if (window.onewindow) start();
else window.addEventListener("load", start);
