// Scrolls to the top once, where something new stands that was asked for further below.

export default function ({ parentElement }) {
  if (parentElement.tillsightScrolled) return;
  parentElement.tillsightScrolled = true;
  document.querySelector('[data-testid="stMain"]')?.scrollTo({ top: 0 });
}
