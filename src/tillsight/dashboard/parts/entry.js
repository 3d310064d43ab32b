// The grid of values: what is typed is checked at once, kept while the page runs again, and sent
// together. The page made the table (its cells are escaped there); whatever else comes from people
// or the server is set as text, never as HTML.

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  const frame = parentElement.querySelector(".entry-frame");
  const form = (frame.form ??= { typed: new Map(), refused: new Map(), taken: new Set(), answer: null });
  const texts = data.texts;
  const table = frame.querySelector(".entry-table");
  const save = frame.querySelector(".entry-save");
  const said = frame.querySelector(".said");

  form.answer ??= data.answer; // what was told before one came here is told no more
  if (form.answer !== data.answer) {
    form.answer = data.answer;
    form.sending = false;
    form.refused = new Map(Object.entries(data.refused));
    form.taken.clear();
    data.saved.forEach((key) => form.typed.delete(key));
    say(data.said, data.good);
  }
  if (form.shown !== data.table) draw();
  frame.oninput = (event) => typed(event.target);
  frame.onpaste = paste;
  frame.onkeydown = move;
  frame.onclick = press;
  refresh();

  function draw() {
    const at = document.activeElement;
    const place = frame.contains(at) && at.name ? [at.closest("tr").dataset.cell, at.name] : null;
    form.shown = data.table;
    table.innerHTML = data.table;
    for (const row of rows()) {
      const known = form.typed.get(row.dataset.cell);
      field(row, "value").value = known ? known.value : row.dataset.value;
      field(row, "comment").value = known ? known.comment : row.dataset.comment;
    }
    const row = place && rows().find((one) => one.dataset.cell === place[0]);
    if (row) field(row, place[1]).focus();
  }

  function rows() {
    return [...table.querySelectorAll("tr[data-cell]")];
  }

  function field(row, name) {
    return row.querySelector(`input[name=${name}]`);
  }

  function typed(input) {
    const row = input.closest("tr[data-cell]");
    if (!row) return;
    const [value, comment] = ["value", "comment"].map((name) => field(row, name).value);
    form.typed.set(row.dataset.cell, { value, comment });
    if (!form.refused.get(row.dataset.cell)?.value) form.refused.delete(row.dataset.cell);
    form.taken.delete(row.dataset.cell);
    if (row.dataset.version) unfold(row.dataset.cell, true);
    say("", true);
    refresh();
  }

  // What is to be sent of a row, or what is wrong with it; neither where it is as it was.
  function judge(row) {
    const value = field(row, "value").value.trim();
    const comment = field(row, "comment").value.trim();
    const read = value === "" || value === row.dataset.value ? { number: value, reads: "" }
      : number(value, row.dataset.unit);
    const had = row.dataset.version !== undefined;
    const other = read.number === undefined || read.number === "" ? value !== row.dataset.value
      : Number(read.number) !== Number(row.dataset.value || NaN);
    const noted = comment !== row.dataset.comment.trim();
    if (!other && !noted) return {};
    if (read.wrong) return { wrong: read.wrong };
    if (read.number === "") return { wrong: had ? texts.not_empty : texts.needs_value };
    const { low, high } = row.dataset;
    const size = Number(read.number);
    if ((low !== "" && size < Number(low)) || (high !== "" && size > Number(high))) {
      return { wrong: row.dataset.outside };
    }
    const cell = { kpi_id: Number(row.dataset.kpi), period: row.dataset.period, value: read.number };
    if (noted) cell.comment = comment;
    if (had) cell.version = Number(row.dataset.version);
    return { cell, reads: read.reads };
  }

  // A number as people write it: 1250.5, 1 250,5, 1'250.50, 1,250.50; never guessed.
  function number(text, unit) {
    let plain = text.replace(/[\s'’]/g, "").replace(/^[−–]/, "-");
    if (unit === "percentage") plain = plain.replace(/%$/, "");
    if (/^-?\d{1,3}(,\d{3})+\.\d+$|^-?\d{1,3}(,\d{3}){2,}$/.test(plain)) plain = plain.replaceAll(",", "");
    else if (/^-?\d{1,3}(\.\d{3})+,\d+$|^-?\d{1,3}(\.\d{3}){2,}$/.test(plain)) {
      plain = plain.replaceAll(".", "").replace(",", ".");
    } else if ((data.decimal === "," ? /^-?[1-9]\d{0,2}[,.]\d{3}$/ : /^-?[1-9]\d{0,2},\d{3}$/).test(plain)) {
      const [whole, part] = [plain.replace(/[,.]/, ""), plain.replace(/[,.]/, data.decimal) + "0"];
      return { wrong: filled(texts.two_ways, { text, whole, part }) };
    } else plain = plain.replace(/^(-?\d*),(\d+)$/, "$1.$2");
    if (!/^-?(\d+\.?\d*|\.\d+)$/.test(plain)) return { wrong: texts.not_a_number };
    const [whole, part = ""] = plain.replace("-", "").split(".");
    if (part.replace(/0+$/, "").length > 4) return { wrong: texts.decimals };
    if (whole.replace(/^0+/, "").length > 14) return { wrong: texts.too_large };
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, data.group) + (part ? `${data.decimal}${part}` : "");
    const odd = plain !== text || /\.\d{3}$/.test(text);
    return { number: plain, reads: odd ? (plain.startsWith("-") ? "−" : "") + grouped : "" };
  }

  function refresh() {
    let [ready, wrong] = [0, 0];
    for (const row of rows()) {
      const key = row.dataset.cell;
      const refused = form.refused.get(key);
      const found = judge(row);
      const problem = refused && !refused.value ? refused.reason : found.wrong;
      const undecided = Boolean(refused?.value);
      ready += found.cell && !problem && !undecided ? 1 : 0;
      wrong += problem || undecided ? 1 : 0;
      row.classList.toggle("changed", Boolean(found.cell));
      const input = field(row, "value");
      input.setAttribute("aria-invalid", String(Boolean(problem || undecided)));
      const note = row.querySelector(".field-error");
      if (undecided) ask(note, row, refused);
      else {
        note.asked = null;
        note.textContent = problem ?? "";
      }
      note.hidden = !(problem || undecided);
      row.querySelector(".hint").hidden = !note.hidden;
      const hint = row.querySelector(".hint");
      const taken = form.taken.has(key) ? texts.taken : "";
      hint.textContent = found.reads ? filled(texts.reads_as, { number: found.reads }) : taken || hint.dataset.range;
      for (const one of row.querySelectorAll("input")) one.readOnly = Boolean(form.sending);
    }
    const label = ready === 0 ? texts.save : ready === 1 ? texts.save_one : texts.save_more;
    save.textContent = form.sending ? texts.saving : filled(label, { count: ready });
    save.disabled = form.sending || (ready === 0 && wrong === 0);
    form.wrong = wrong;
  }

  // Somebody else was faster: which value counts is for the person to say.
  function ask(note, row, refused) {
    if (note.asked === refused) return;
    note.asked = refused;
    note.textContent = `${filled(texts.theirs, refused)} `;
    for (const [name, act] of [["take", () => take(row)], ["keep", () => keep(row)]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = texts[name];
      button.onclick = act;
      note.append(button, " ");
    }
  }

  function take(row) {
    form.typed.delete(row.dataset.cell);
    form.refused.delete(row.dataset.cell);
    form.taken.add(row.dataset.cell);
    field(row, "value").value = row.dataset.value;
    field(row, "comment").value = row.dataset.comment;
    say("", true);
    refresh();
  }

  function keep(row) {
    const comment = field(row, "comment");
    if (comment.value.trim() === "") comment.value = row.dataset.comment;
    typed(comment);
    form.refused.delete(row.dataset.cell);
    say("", true);
    refresh();
    save.focus();
  }

  function send() {
    if (form.sending) return;
    if (form.wrong) {
      say(filled(form.wrong === 1 ? texts.to_correct_one : texts.to_correct, { count: form.wrong }), false);
      table.querySelector("input[aria-invalid=true]")?.focus();
      return;
    }
    const cells = rows().map((row) => judge(row).cell).filter(Boolean);
    if (cells.length === 0) return;
    form.sending = true;
    say("", true);
    refresh();
    setTriggerValue("save", { cells });
  }

  function press(event) {
    const button = event.target.closest("button");
    if (!button) return;
    if (button === save) send();
    else if (button.dataset.history) {
      unfold(button.dataset.history, button.getAttribute("aria-expanded") !== "true");
    } else if (button.dataset.delete) setTriggerValue("delete", button.dataset.delete);
  }

  function unfold(key, open) {
    for (const more of table.querySelectorAll("tr.more")) {
      if (more.dataset.of === key) more.hidden = !open;
    }
    for (const button of table.querySelectorAll("button[data-history]")) {
      if (button.dataset.history === key) button.setAttribute("aria-expanded", String(open));
    }
  }

  // Lines of a spreadsheet fill the rows from here on: values, and comments in a second column.
  function paste(event) {
    const text = event.clipboardData.getData("text").replace(/\r/g, "").replace(/\n$/, "");
    if (event.target.name !== "value" || !/[\n\t]/.test(text)) return;
    event.preventDefault();
    const all = rows();
    const first = all.indexOf(event.target.closest("tr"));
    text.split("\n").forEach((line, index) => {
      const row = all[first + index];
      if (!row) return;
      const [value, comment] = line.split("\t");
      field(row, "value").value = value.trim();
      if (comment !== undefined) field(row, "comment").value = comment.trim();
      typed(field(row, "value"));
    });
  }

  // Enter goes down, as in a spreadsheet.
  function move(event) {
    if (event.key !== "Enter" || !event.target.name) return;
    event.preventDefault();
    const all = rows();
    const next = all[all.indexOf(event.target.closest("tr")) + (event.shiftKey ? -1 : 1)];
    if (next) field(next, event.target.name).select();
    else if (!event.shiftKey) save.focus();
  }

  function say(text, good) {
    said.className = good ? "said good" : "said bad";
    said.textContent = text;
  }

  function filled(text, values) {
    return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }
}
