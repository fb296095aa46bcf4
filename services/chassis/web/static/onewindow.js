// What every page does: GOV.UK's own components in Chinese, keyboard shortcuts, the menu, unsaved forms that ask before they are left, and live connections.
const WAIT_FOR_SECOND_KEY = 1500;
const RECONNECT_AFTER = [1000, 2000, 5000, 10000];

const texts = {
  characterCount: { i18n: {
    charactersUnderLimit: { other: "还可以输入 %{count} 字" }, charactersAtLimit: "已到字数上限", charactersOverLimit: { other: "超出 %{count} 字" },
    textareaDescription: { other: "最多 %{count} 字" },
  } },
  fileUpload: { i18n: {
    chooseFilesButton: "选择文件", dropInstruction: "或拖到这里", noFileChosen: "还没有选择文件", multipleFilesChosen: { other: "已选择 %{count} 个文件" },
    enteredDropZone: "已进入放置区", leftDropZone: "已离开放置区",
  } },
};

const govuk = document.querySelector("meta[name=govuk]");
if (govuk) {
  document.body.classList.add("js-enabled", "govuk-frontend-supported");
  import(govuk.content).then((library) => library.initAll(texts));
}
if (document.querySelector(".govuk-error-summary")) document.title = `错误：${document.title}`;

// Keyboard: j and k walk through the rows, Enter opens (the link has the focus), / searches, g and a letter goes somewhere, ? explains.
let waiting = 0;
const rows = () => [...document.querySelectorAll("[data-rows] > *")].filter((one) => one.querySelector("a[href]"));

function choose(step) {
  const all = rows();
  if (!all.length) return;
  const before = all.findIndex((one) => one.contains(document.activeElement));
  const next = Math.min(Math.max(before + step, 0), all.length - 1);
  all.forEach((one, index) => one.classList.toggle("ow-chosen", index === next));
  all[next].querySelector("a[href]").focus();
  all[next].scrollIntoView({ block: "nearest" });
}

function search() {
  const place = document.querySelector("[data-search]");
  const field = place?.matches("input") ? place : place?.querySelector("input:not([type=hidden])");
  field?.focus();
  field?.select?.();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
  if (event.timeStamp - waiting < WAIT_FOR_SECOND_KEY && waiting) {
    waiting = 0;
    document.querySelector(`.ow-navigation [data-key="${CSS.escape(event.key)}"]`)?.click();
    return;
  }
  const act = {
    j: () => choose(1),
    k: () => choose(-1),
    g: () => { waiting = event.timeStamp; },
    "/": search,
    "?": () => document.getElementById("shortcuts")?.showModal(),
  }[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});

const menu = document.querySelector("[data-menu]");
if (menu) {
  const navigation = document.getElementById(menu.getAttribute("aria-controls"));
  menu.hidden = false;
  navigation.classList.add("ow-navigation--folded");
  menu.addEventListener("click", () => {
    const isFolded = navigation.classList.toggle("ow-navigation--folded");
    menu.setAttribute("aria-expanded", String(!isFolded));
  });
}

for (const form of document.querySelectorAll("form[data-guard]")) {
  let changed = false;
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", () => { changed = false; });
  window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
}

for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());

const STATES = { connecting: "正在连接……", open: "已连接，实时更新", reconnecting: "连接中断，正在重连……", closed: "连接已断开" };

function show(state) {
  for (const place of document.querySelectorAll("[data-connection]")) {
    place.dataset.state = state;
    place.textContent = STATES[state];
  }
}

/** Says whether this page would not be shown any more: the login is over, or may no longer see it. A server that does not answer says nothing. */
async function isShut() {
  try {
    const answer = await fetch(location.href, { redirect: "manual", headers: { Accept: "text/html" } });
    return answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403;
  } catch {
    return false;
  }
}

/**
 * Hears server-sent events, for the scripts of services: window.onewindow.follow("/supervision/events", { message: (data) => … }).
 * `message(data, id, event)` gets the parsed data of each event; `events` names those with a type of their own.
 * Where the connection breaks the browser resumes with Last-Event-ID; where it gives up (the server answered no stream) we open
 * it anew with ?last_event_id=, or load the page anew where it is shut, which leads by the login back to it. `state` hears connecting, open, reconnecting, and shows it at [data-connection] by default.
 */
function follow(address, { message, state = show, events = [] }) {
  let source;
  let last = "";
  let failures = 0;
  let isStopped = false;
  const hear = (event) => {
    last = event.lastEventId || last;
    message(JSON.parse(event.data), event.lastEventId, event);
  };
  const open = () => {
    if (isStopped) return;
    const resumed = new URL(address, document.baseURI);
    if (last) resumed.searchParams.set("last_event_id", last);
    source = new EventSource(resumed);
    source.onopen = () => { failures = 0; state("open"); };
    source.onmessage = hear;
    for (const name of events) source.addEventListener(name, hear);
    source.onerror = () => {
      state("reconnecting");
      if (source.readyState === EventSource.CLOSED) setTimeout(again, RECONNECT_AFTER[Math.min(failures++, RECONNECT_AFTER.length - 1)]);
    };
  };
  const again = async () => {
    if (!isStopped && (await isShut())) location.reload();
    else open();
  };
  state("connecting");
  open();
  return () => {
    isStopped = true;
    source.close();
    state("closed");
  };
}

window.onewindow = { follow };
