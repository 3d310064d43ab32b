// Which column of a file holds what: proposed by the server, corrected here, shown as it would load.

const LATER = 250; // milliseconds after the last change

function mappingScreen({ parts, show, refuse, ask, rest, zone }, file, upload, load) {
  const { make, heading, paragraph, quiet, button, actions, table, fill, number } = parts;
  const texts = parts.texts.mapping;
  let mapping = null; // {kind, columns: {column: field}}
  let choices = {}; // date_order, decimal
  let name = "";
  let clock;
  let left = false;
  let asking = false; // the file is looked at by one question at a time
  let outdated = false;
  refresh();

  function changed() {
    clearTimeout(clock);
    clock = setTimeout(refresh, LATER);
  }

  async function refresh() {
    outdated = true;
    if (asking) return;
    asking = true;
    let said;
    while (outdated) {
      outdated = false;
      const body = mapping === null ? null : new FormData();
      body?.append("mapping", JSON.stringify(mapping));
      const query = new URLSearchParams({ upload, ...choices });
      said = await ask("POST", `/api/imports/preview?${query}`, body);
    }
    asking = false;
    if (!zone.isConnected || left) return;
    if (said.status !== 200) {
      const reason = said.answer?.detail;
      refuse(typeof reason === "string" ? reason : parts.texts.unclear);
      return;
    }
    mapping = { kind: said.answer.kind, columns: held(said.answer) };
    draw(said.answer);
  }

  function held(answer) {
    return Object.fromEntries(
      answer.columns.filter((one) => one.field).map((one) => [one.name, one.field]));
  }

  function draw(answer) {
    const focused = zone.getRootNode().activeElement?.dataset?.name;
    const labels = Object.fromEntries(answer.fields.map((one) => [one.name, one.label]));
    const missing = answer.missing.map((field) => labels[field] ?? field);
    const state = missing.length
      ? paragraph(fill(texts.missing, { fields: missing.join(", ") }))
      : paragraph(fill(texts.complete, { rows: number(answer.rows) }));
    state.className = missing.length ? "lacking" : "quiet";
    const children = [
      heading(texts.title, "?"),
      quiet(fill(texts.lead, { file })),
      kinds(answer),
      columns(answer),
      state,
    ];
    for (const one of answer.ambiguous ?? []) children.push(readings(one));
    if (answer.first_rows.length) {
      children.push(paragraph(texts.first_rows), firstRows(answer, labels));
    }
    for (const one of answer.warnings ?? []) children.push(quiet(one.message));
    const go = button(texts.load, () => finish(answer, go));
    go.className = "main";
    go.disabled = missing.length > 0 || (answer.ambiguous ?? []).length > 0;
    children.push(saveAs(), actions(go, button(parts.texts.cancel, () => {
      left = true;
      rest();
    })));
    show("mapping", ...children);
    if (focused) zone.querySelector(`[data-name="${CSS.escape(focused)}"]`)?.focus();
  }

  function kinds(answer) {
    const row = make("div");
    row.className = "kinds";
    row.role = "radiogroup";
    row.ariaLabel = texts.kind;
    for (const [kind, label] of Object.entries(texts.kinds)) {
      const option = button(label, () => {
        mapping = { kind, columns: {} };
        refresh();
      });
      option.role = "radio";
      option.ariaChecked = String(answer.kind === kind);
      option.dataset.name = `kind ${kind}`;
      row.append(option);
    }
    return row;
  }

  function columns(answer) {
    return table(
      [texts.column, texts.samples, texts.holds],
      answer.columns.map((one) => [
        strong(one.name), one.samples.slice(0, 4).join(" · "), fieldOf(one, answer.fields),
      ]),
      "columns");
  }

  function fieldOf(column, fields) {
    const select = make("select");
    select.ariaLabel = fill(texts.holds_of, { column: column.name });
    select.dataset.name = `column ${column.name}`;
    select.append(new Option(texts.unused, ""));
    for (const one of fields) {
      select.append(new Option(one.label + (one.required ? " *" : ""), one.name));
    }
    select.value = column.field ?? "";
    select.classList.toggle("used", Boolean(column.field));
    select.onchange = () => {
      // A field stands in one column; where it stood before, it does not any more.
      const others = Object.entries(mapping.columns).filter(
        ([name, field]) => name !== column.name && field !== select.value);
      mapping.columns = Object.fromEntries(others);
      if (select.value) mapping.columns[column.name] = select.value;
      changed();
    };
    return select;
  }

  function readings(one) {
    const parameter = one.what === "dates" ? "date_order" : "decimal";
    const frame = make("div");
    const title = parameter === "date_order" ? parts.texts.which_dates : parts.texts.which_numbers;
    frame.className = "ask";
    frame.append(paragraph(fill(title, { column: one.column })), parts.choices(
      one.readings.map((reading) => [
        parts.texts.reading_names[reading.choice] ?? reading.choice,
        fill(parts.texts.reading, reading),
        () => {
          choices = { ...choices, [parameter]: reading.choice };
          refresh();
        },
      ])));
    return frame;
  }

  function firstRows(answer, labels) {
    const shown = answer.fields.map((one) => one.name).filter((field) =>
      answer.first_rows.some((row) => row.values[field] !== undefined && row.values[field] !== null));
    return table(
      [texts.line, ...shown.map((field) => labels[field]), texts.problem],
      answer.first_rows.map((row) => [
        number(row.line), ...shown.map((field) => plain(row.values[field] ?? "")), row.problem ?? "",
      ]),
      "rows");
  }

  // Without the decimals and the midnight that only the engine writes.
  function plain(value) {
    if (/^-?\d+\.\d+$/.test(value)) return value.replace(/\.?0+$/, "");
    return value.replace(/^(\d{4}-\d\d-\d\d) 00:00:00$/, "$1");
  }

  function saveAs() {
    const label = make("label", texts.save_as);
    const field = make("input");
    field.type = "text";
    field.maxLength = 50;
    field.value = name;
    field.placeholder = texts.save_hint;
    field.dataset.name = "profile";
    field.oninput = () => {
      name = field.value;
    };
    label.className = "save";
    label.append(field);
    return label;
  }

  async function finish(answer, go) {
    go.disabled = true;
    if (!name.trim()) {
      load(choices, mapping);
      return;
    }
    const saved = await ask("POST", "/api/imports/profiles", JSON.stringify({
      name: name.trim(), ...mapping, header: answer.columns.map((one) => one.name), ...choices,
    }));
    if (saved.status === 201) {
      load(choices, null); // the file is recognised by its profile now
      return;
    }
    go.disabled = false;
    const reason = saved.answer?.detail;
    complain(go, typeof reason === "string" ? reason : parts.texts.unclear);
  }

  function complain(beside, reason) {
    const note = paragraph(reason);
    note.className = "lacking";
    note.role = "alert";
    beside.parentElement.parentElement.querySelector("[role=alert]")?.remove();
    beside.parentElement.before(note);
  }

  function strong(text) {
    return make("strong", text);
  }
}
