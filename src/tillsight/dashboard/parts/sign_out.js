// On a phone the open menu covers the page, and Streamlit remembers that it was open. Whoever signs
// in next shall see the page.

export default function ({ parentElement, data }) {
  parentElement.querySelector("button").textContent = data.text;
  parentElement.querySelector("form").onsubmit = () => {
    if (!matchMedia("(max-width: 768px)").matches) return;
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith("stSidebarCollapsed-")) localStorage.removeItem(key);
    }
  };
}
