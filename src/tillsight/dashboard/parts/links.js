// Opens links to pages of the dashboard without loading everything anew, follows the points of charts
// that lead somewhere, and has Plotly save the picture of a chart. Without it links are still links.

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

// A point whose second datum is an address leads there. A finger points at it to read it, so it does not.
const pointedAt = (event, touched) => {
  const [target, ...around] = event.composedPath();
  if (touched || !target.classList?.contains("nsewdrag")) return undefined;
  const chart = around.find((one) => one.classList?.contains("js-plotly-plot"));
  const [, address] = [chart?._hoverdata?.[0]?.customdata ?? []].flat();
  return typeof address === "string" && address.startsWith("/") ? address : undefined;
};

const open = (address) => {
  history.pushState({}, "", address);
  // Streamlit shows the page of the address when somebody goes back or forward.
  dispatchEvent(new PopStateEvent("popstate"));
  document.querySelector('[data-testid="stMain"]')?.scrollTo({ top: 0 });
};

export default function ({ data }) {
  document.tillsightPages = data.pages;
  document.documentElement.lang = data.language; // for those who have pages read to them
  if (document.tillsightFollows) return;
  document.tillsightFollows = true;
  let touched = false;
  document.addEventListener("pointerdown", (event) => { touched = event.pointerType === "touch"; }, true);
  document.addEventListener("click", (event) => {
    // Pieces of the page may be closed trees; the path goes through them.
    const way = event.composedPath().filter((one) => one instanceof HTMLElement);
    const button = way.find((one) => one.dataset.picture);
    if (button) return save(button);
    const point = pointedAt(event, touched);
    if (point) {
      const there = new URL(point, location.href);
      if (event.ctrlKey || event.metaKey) return window.open(there);
      return document.tillsightPages.includes(there.pathname.slice(1)) ? open(there) : location.assign(there);
    }
    const link = way.find((one) => one.tagName === "A" && one.href);
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || event.defaultPrevented || !inside(link, document.tillsightPages)) return;
    event.preventDefault();
    open(link.href);
  });
}
