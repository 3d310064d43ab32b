// Opens links to pages of the dashboard without loading everything anew, and has Plotly save the
// picture of a chart. Without it links are still links.

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

export default function ({ data }) {
  document.tillsightPages = data.pages;
  document.documentElement.lang = data.language; // for those who have pages read to them
  if (document.tillsightFollows) return;
  document.tillsightFollows = true;
  document.addEventListener("click", (event) => {
    // Pieces of the page may be closed trees; the path goes through them.
    const way = event.composedPath().filter((one) => one instanceof HTMLElement);
    const button = way.find((one) => one.dataset.picture);
    if (button) return save(button);
    const link = way.find((one) => one.tagName === "A" && one.href);
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || event.defaultPrevented || !inside(link, document.tillsightPages)) return;
    event.preventDefault();
    history.pushState({}, "", link.href);
    // Streamlit shows the page of the address when somebody goes back or forward.
    dispatchEvent(new PopStateEvent("popstate"));
    document.querySelector('[data-testid="stMain"]')?.scrollTo({ top: 0 });
  });
}
