// Shows a table the page made (its cells are escaped there) and tells which button was pressed.

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  const frame = parentElement.querySelector(".table-frame");
  if (frame.dataset.shown !== data.table) {
    frame.dataset.shown = data.table;
    frame.innerHTML = data.table;
  }
  frame.onclick = (event) => {
    const button = event.target.closest("button[data-press]");
    if (button) setTriggerValue("pressed", button.dataset.press);
  };
}
