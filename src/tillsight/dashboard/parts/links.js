// Opens links to pages of the dashboard without loading everything anew, follows the points of charts
// that lead somewhere, has Plotly save the picture of a chart, counts the seconds of a question that
// takes long and stops it, says that the server is away, notes when somebody last did something, and has the browser remember which data
// the page has seen. Without it links are still links.

const inside = (link, pages) =>
  link.origin === location.origin && pages.includes(link.pathname.slice(1)) &&
  !link.hasAttribute("download") && link.target !== "_blank";

const save = (button) => {
  const panel = button.closest('[class*="st-key-panel_"]');
  const chart = panel?.querySelector(".js-plotly-plot");
  if (!chart) return;
  const options = chart._context.toImageButtonOptions;
  chart._context.toImageButtonOptions = { ...options, format: button.dataset.picture,
    filename: button.dataset.name || options.filename };
  chart.querySelector(".modebar-btn")?.click();
};

// A point whose second datum is an address leads there, and so does a filled field with one. A finger points at it to read it, so it does not.
const pointedAt = (event, touched) => {
  const [target, ...around] = event.composedPath();
  if (touched || !target.classList?.contains("nsewdrag")) return undefined;
  return addressIn(around.find((one) => one.classList?.contains("js-plotly-plot")));
};

const addressIn = (chart) => {
  const [pointed] = chart?._hoverdata ?? [];
  const address = pointed?.customdata?.[1] ?? pointed?.data?.meta;
  return typeof address === "string" && address.startsWith("/") ? address : undefined;
};

const open = (address) => {
  history.pushState({}, "", address);
  // Streamlit shows the page of the address when somebody goes back or forward.
  dispatchEvent(new PopStateEvent("popstate"));
  document.querySelector('[data-testid="stMain"]')?.scrollTo({ top: 0 });
};

const follow = (address, event) => {
  const there = new URL(address, location.href);
  if (event.ctrlKey || event.metaKey) return window.open(there);
  return document.tillsightPages.includes(there.pathname.slice(1)) ? open(there) : location.assign(there);
};

// Fields within fields keep their clicks for themselves: what was clicked is known once they had them.
const followField = (event, touched) => {
  const way = event.composedPath();
  if (touched || !way.some((one) => one.classList?.contains("slice"))) return;
  const chart = way.find((one) => one.classList?.contains("js-plotly-plot"));
  setTimeout(() => {
    const address = addressIn(chart);
    if (address) follow(address, event);
  });
};

// A question that takes long is stopped at the server; the page then hears that it was.
const stop = (button) => {
  button.disabled = true;
  fetch(`/api/questions/${button.dataset.stop}`, { method: "DELETE" });
};

const count = () => {
  for (const shown of document.querySelectorAll(".asking [data-seconds]")) {
    shown.since ??= performance.now() - 1000 * shown.dataset.seconds;
    shown.textContent = Math.round((performance.now() - shown.since) / 1000);
  }
};

// The next page may come from another server, which then shows nothing older. Never back to an older one:
// an upload of this browser may have told a newer one meanwhile.
const remember = ({ name, value }) => {
  const [journal, version] = value.split(".");
  const kept = document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
  const [keptJournal, keptVersion] = (kept ?? "").split(".");
  if (!value || (journal === keptJournal && Number(version) <= Number(keptVersion))) return;
  document.cookie = `${name}=${value}; path=/; samesite=lax${name.startsWith("__Host-") ? "; secure" : ""}`;
};

// Streamlit says it in words of its own, which speak of itself.
const sayAway = () => {
  const dialog = document.querySelector('[role="dialog"]');
  if (!dialog?.textContent.includes("Streamlit server")) return;
  const all = [...dialog.querySelectorAll("*")].filter((one) => one.childElementCount === 0 && one.textContent.trim());
  const said = all.find((one) => one.textContent.includes("Streamlit server"));
  const title = all.find((one) => one.textContent.trim() === "Connection error");
  if (title) title.textContent = document.tillsightAway.title;
  if (said) said.textContent = document.tillsightAway.text;
};

export default function ({ data }) {
  remember(data.seen);
  document.tillsightAway = data.away;
  document.tillsightPages = data.pages;
  document.documentElement.lang = data.language; // for those who have pages read to them
  if (document.tillsightFollows) return;
  document.tillsightFollows = true;
  let touched = false;
  document.addEventListener("pointerdown", (event) => { touched = event.pointerType === "touch"; }, true);
  setInterval(count, 1000);
  new MutationObserver(sayAway).observe(document.body, { childList: true });
  for (const kind of ["keydown", "pointerdown"]) {
    addEventListener(kind, () => { document.tillsightTouched = Date.now(); }, true);
  }
  document.addEventListener("click", (event) => followField(event, touched), true);
  document.addEventListener("click", (event) => {
    // Pieces of the page may be closed trees; the path goes through them.
    const way = event.composedPath().filter((one) => one instanceof HTMLElement);
    const button = way.find((one) => one.dataset.picture);
    if (button) return save(button);
    const point = pointedAt(event, touched);
    if (point) return follow(point, event);
    const asked = way.find((one) => one.dataset.stop);
    if (asked) return stop(asked);
    const link = way.find((one) => one.tagName === "A" && one.href);
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || event.defaultPrevented || !inside(link, document.tillsightPages)) return;
    event.preventDefault();
    open(link.href);
  });
}
