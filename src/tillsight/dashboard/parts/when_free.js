// Tells once whoever sits before the page is not in the middle of something: typing, choosing from a
// list or a dialog that is open, or holding a piece of text.

const PAUSE = 10000; // milliseconds since the last key or click

const busy = () =>
  Date.now() - (document.tillsightTouched || 0) < PAUSE ||
  document.querySelector('[role="listbox"], [role="dialog"], [data-testid="stPopoverBody"]') !== null ||
  (document.activeElement?.matches("input[type=text], textarea, [contenteditable=true]") &&
    Boolean(document.activeElement.value)) ||
  !(getSelection()?.isCollapsed ?? true);

export default function ({ setTriggerValue }) {
  const look = () => {
    if (busy()) return;
    clearInterval(looking);
    setTriggerValue("free", true);
  };
  const looking = setInterval(look, 1000);
  return () => clearInterval(looking);
}
