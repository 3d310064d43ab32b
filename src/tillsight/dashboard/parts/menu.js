// The menu: a link to each page, with what was chosen, the open one marked. Links are made anew only
// where other pages are offered, so that who walks it by keyboard stays where they are.

const link = ({ path, title, icon }) => {
  const made = document.createElement("a");
  const picture = Object.assign(document.createElement("span"), { className: "icon", textContent: icon });
  picture.ariaHidden = "true";
  made.append(picture, Object.assign(document.createElement("span"), { textContent: title }));
  made.dataset.path = path;
  made.target = "_self";
  return made;
};

const section = ({ title, pages }) => {
  const list = document.createElement("ul");
  list.ariaLabel = title;
  list.append(...pages.map((page) => {
    const item = document.createElement("li");
    item.append(link(page));
    return item;
  }));
  return [Object.assign(document.createElement("p"), { textContent: title }), list];
};

// On a phone the open menu covers the page.
const close = () => {
  if (!matchMedia("(max-width: 768px)").matches) return;
  document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
};

export default function ({ parentElement, data }) {
  const nav = parentElement.querySelector("nav");
  const offered = JSON.stringify(data.sections);
  if (nav.offered !== offered) {
    nav.offered = offered;
    nav.ariaLabel = data.label;
    nav.replaceChildren(...data.sections.flatMap(section));
    nav.onclick = (event) => event.target.closest("a") && close();
  }
  for (const one of nav.querySelectorAll("a")) {
    const { path } = one.dataset;
    one.href = `/${path}${data.kept.includes(path) ? data.chosen : ""}`;
    one.ariaCurrent = path === data.opened ? "page" : null;
  }
}
