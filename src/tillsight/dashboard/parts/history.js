// Shows the table the page made (its cells are escaped there) and tells which button was pressed.

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  const frame = parentElement.querySelector(".history-frame");
  if (frame.dataset.shown !== data.table) {
    frame.dataset.shown = data.table;
    frame.innerHTML = data.table;
  }
  frame.onclick = (event) => {
    const button = event.target.closest("button[data-import]");
    if (button) setTriggerValue("pressed", Number(button.dataset.import));
  };
}
