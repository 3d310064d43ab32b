// Sends a file from the browser straight to the API, follows its import to the end, and asks what
// has to be decided. Whatever comes from a file or the server is set as text, never as HTML.

const POLL = 500; // milliseconds
const STEPS = ["waiting", "reading", "checking", "writing", "laying_out"];

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  const zone = parentElement.querySelector(".drop");
  // Streamlit calls this again whenever the page runs; what is under way must not notice.
  if (zone.dataset.ready) {
    zone.open?.(data.open);
    return;
  }
  zone.dataset.ready = "yes";
  const input = zone.querySelector("input");
  const stage = zone.querySelector(".stage");
  const texts = data.texts;
  const parts = makeParts(data);
  const { make, heading, paragraph, quiet, actions, link, button, fill, number, money, days } = parts;
  let busy = false;
  let opened = null; // the question of the history that was opened last
  let followed = null; // the import whose progress is shown

  input.accept = data.accept;
  input.onchange = () => take(input.files);
  zone.ondragover = (event) => {
    event.preventDefault();
    zone.classList.toggle("over", !busy);
  };
  zone.ondragleave = (event) => {
    if (!zone.contains(event.relatedTarget)) zone.classList.remove("over");
  };
  zone.ondrop = (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    take(event.dataTransfer.files);
  };
  zone.open = (question) => {
    if (!question || question === opened || busy) return;
    opened = question;
    follow(Number(question.split("/")[0]), {});
    zone.scrollIntoView({ block: "nearest" });
  };
  rest();
  zone.open(data.open);

  function rest() {
    show("waiting", heading(texts.title), actions(chooser(texts.choose)), quiet(texts.hint));
  }

  function take(files) {
    if (busy || files.length === 0) return;
    if (files.length > 1) refuse(texts.one_file);
    else send(files[0]);
  }

  // A file, or what was decided about one that the server has kept.
  function send(file, choices = {}, upload = null, mapping = null) {
    busy = true;
    input.value = "";
    const bar = progressBar();
    const title = heading(file ? fill(texts.uploading, { file: file.name }) : texts.going_on);
    const detail = quiet(file ? fill(texts.percent, { percent: 0 }) : "");
    detail.ariaLive = "off"; // nobody wants every second read out
    const request = new XMLHttpRequest();
    show("sending", title, bar, detail, actions(button(texts.cancel, () => request.abort())));
    if (file) {
      request.upload.onprogress = (event) => {
        if (!event.lengthComputable) return;
        bar.value = event.loaded / event.total;
        const percent = Math.floor((100 * event.loaded) / event.total);
        detail.textContent = fill(texts.percent, { percent });
      };
      request.upload.onload = () => bar.removeAttribute("value");
    } else {
      bar.removeAttribute("value");
    }
    request.onabort = () => {
      busy = false;
      rest();
    };
    request.onload = () => {
      busy = false;
      const answer = parts.parsed(request.responseText);
      if (request.status === 202 && answer) {
        setTriggerValue("changed", `${answer.id}/begun`);
        follow(answer.id, { choices, mapping });
      } else if (request.status === 401) refuse(texts.signed_out);
      else refuse(typeof answer?.detail === "string" ? answer.detail : texts.unclear);
    };
    request.onerror = () => {
      busy = false;
      refuse(texts.network, texts.network_title);
    };
    const body = new FormData();
    if (mapping) body.append("mapping", JSON.stringify(mapping));
    if (file) body.append("file", file);
    const query = new URLSearchParams({ wait: "false", ...choices, ...(upload ? { upload } : {}) });
    request.open("POST", `/api/imports?${query}`);
    request.setRequestHeader("Accept-Language", document.documentElement.lang);
    request.send(file || mapping ? body : null);
  }

  async function follow(id, chosen) {
    busy = true;
    followed = id;
    const bar = progressBar();
    const title = heading(texts.checking);
    const detail = quiet("");
    detail.ariaLive = "off";
    const stop = button(texts.cancel, async () => {
      stop.disabled = true;
      await ask("POST", `/api/imports/${id}/cancel`);
    });
    const away = quiet(texts.may_leave);
    let shown = false;
    while (followed === id) {
      const { status, answer } = await ask("GET", `/api/imports/${id}`);
      if (status === 401) return end(() => refuse(texts.signed_out));
      if (status === 404) return end(rest);
      if (status === 200 && answer.state !== "waiting" && answer.state !== "running") {
        return end(() => conclude(answer, chosen));
      }
      if (status === 200) {
        if (!shown) show("sending", title, bar, detail, away, actions(stop));
        shown = true;
        title.textContent = fill(texts.loading, { file: answer.file });
        detail.textContent = told(answer);
        const part = answer.progress_whole ? answer.progress / answer.progress_whole : 0;
        const step = Math.max(0, STEPS.indexOf(answer.step) - 1);
        bar.value = Math.min(1, (step + part) / (STEPS.length - 1));
        stop.hidden = answer.step === "laying_out"; // it is too late
        if (answer.step === "waiting") bar.removeAttribute("value");
      } else {
        detail.textContent = texts.no_answer;
      }
      await new Promise((resolve) => setTimeout(resolve, POLL));
    }

    function end(then) {
      busy = false;
      followed = null;
      then();
      setTriggerValue("changed", `${id}/ended`);
    }
  }

  function told(one) {
    const step = texts.steps[one.step] ?? texts.steps.checking;
    if (!one.progress_whole) return step;
    const count = (value) =>
      one.step === "reading" ? `${(value / 1e6).toFixed(1)} MB` : number(value);
    const counts = { done: count(one.progress), whole: count(one.progress_whole) };
    return fill(one.step === "reading" ? texts.step_bytes : texts.step_rows, { step, ...counts });
  }

  function conclude(one, chosen) {
    if (one.state === "done" || one.state === "undone") loaded(one);
    else if (one.state === "known") known(one);
    else if (one.state === "cancelled") refuse(texts.cancelled_lead, texts.cancelled);
    else failed(one, chosen);
  }

  function failed(one, chosen) {
    const { code, message, details } = one.error ?? {};
    if (!details?.upload) return refuse(message ?? texts.unclear);
    const again = (more, mapping = chosen.mapping ?? null) =>
      send(null, { ...chosen.choices, ...more }, details.upload, mapping);
    const question = { message, details, again };
    if (code === "bad_rows") badRows(question);
    else if (code === "overlap") overlap(question);
    else if (code === "ambiguous_dates") ambiguous(question, "date_order", texts.which_dates);
    else if (code === "ambiguous_numbers") ambiguous(question, "decimal", texts.which_numbers);
    else if (code === "unknown_layout") {
      mappingScreen({ parts, show, refuse, ask, rest, zone }, one.file, details.upload, again);
    } else refuse(message ?? texts.unclear);
  }

  function loaded(one) {
    const lead = one.revenue === null ? one.file : fill(texts.loaded_lead, {
      file: one.file,
      days: days(one.period),
      revenue: money(one.revenue),
    });
    const children = [
      heading(fill(texts.loaded, { rows: number(one.rows) }), "✓"),
      paragraph(lead),
    ];
    if (one.skipped_rows) {
      children.push(quiet(fill(texts.left_out, { rows: number(one.skipped_rows) })));
    }
    if (one.rejected_rows) {
      const note = quiet(fill(texts.rejected, { rows: number(one.rejected_rows) }) + " ");
      if (one.rejects) note.append(link(one.rejects, texts.rejects_link));
      children.push(note);
    }
    if (one.warnings.length > 0) children.push(warnings(one.warnings));
    show("good", ...children, actions(toSee(one.kind), chooser(texts.another, "")));
  }

  // The page that shows what such a file brings.
  function toSee(kind) {
    const pages = { sales: "/", products: "/catalogue", kpi_values: "/board" };
    const shown = kind in texts.to_see ? kind : "sales";
    return link(pages[shown], texts.to_see[shown]);
  }

  function warnings(found) {
    const list = make("ul");
    list.className = "warnings";
    for (const one of found) {
      const item = make("li", typeof one === "string" ? one : one.message);
      if (one.lines?.length) {
        item.append(" ", quietly(fill(texts.at_lines, { lines: one.lines.map(number).join(", ") })));
      }
      list.append(item);
    }
    const frame = make("div");
    frame.className = "worth";
    frame.append(paragraph(texts.worth_a_look), list);
    return frame;
  }

  async function known(one) {
    const { answer } = await ask("GET", `/api/imports/${one.same_as}`);
    const when = new Date(answer?.created_at ?? one.created_at).toLocaleDateString(data.locale, {
      day: "numeric", month: "long", year: "numeric", timeZone: data.timezone,
    });
    show("good",
      heading(texts.known, "✓"),
      paragraph(fill(texts.known_lead, { when, id: one.same_as })),
      actions(toSee(one.kind), chooser(texts.another, "")));
  }

  function overlap({ details, again }) {
    const list = make("ul");
    for (const one of details.imports ?? []) {
      list.append(make("li", fill(texts.overlap_import, { ...one, orders: number(one.orders) })));
    }
    const counts = { orders: number(details.orders), rows: number(details.rows) };
    const answers = ["skip", "replace", "add"].map((choice) => [
      texts.overlap_choices[choice][0], texts.overlap_choices[choice][1],
      () => again({ overlap: choice }),
    ]);
    show("bad",
      heading(fill(texts.overlap, counts), "?"),
      quiet(texts.overlap_lead),
      list,
      parts.choices(answers),
      actions(chooser(texts.another, "")));
  }

  function ambiguous({ message, details, again }, parameter, title) {
    const readings = details.readings ?? [];
    const answers = readings.map((one) => [
      texts.reading_names[one.choice] ?? one.choice,
      fill(texts.reading, one),
      () => again({ [parameter]: one.choice }),
    ]);
    show("bad",
      heading(fill(title, { column: details.column ?? "" }), "?"),
      quiet(readings.length ? fill(texts.ambiguous_lead, {
        values: (details.values ?? []).slice(0, 5).join(" · "),
      }) : message),
      parts.choices(answers),
      actions(chooser(texts.another, "")));
  }

  function badRows({ details, again }) {
    const good = details.rows - details.bad_rows;
    const counts = { bad: number(details.bad_rows), rows: number(details.rows) };
    const buttons = [chooser(texts.another, "")];
    if (good > 0) {
      const skip = button(fill(texts.skip, { good: number(good) }), () =>
        again({ skip_bad_rows: "true" }));
      skip.className = "main";
      buttons.unshift(skip);
    }
    const children = [
      heading(fill(texts.bad_rows, counts), "!"),
      quiet(good > 0 ? texts.correct : texts.none_good),
      actions(...buttons),
    ];
    if (details.groups?.length && details.groups.length < details.bad_rows) {
      children.push(paragraph(texts.by_reason), parts.table(
        [texts.column, texts.reason, texts.rows, texts.value, texts.lines],
        details.groups.map((one) => [
          one.column, one.reason, number(one.count),
          (one.values ?? []).join(" · "), (one.lines ?? []).map(number).join(", "),
        ]),
        "groups"));
    }
    const cut = details.problems.length < details.bad_rows;
    children.push(paragraph(cut
      ? fill(texts.first_problems, { count: details.problems.length })
      : texts.all_problems));
    children.push(parts.table(
      [texts.line, texts.column, texts.value, texts.reason],
      details.problems.map((one) => [number(one.line), one.column, one.value, one.reason]),
      "each"));
    show("bad", ...children);
  }

  function refuse(reason, title = texts.refused) {
    show("bad", heading(title, "!"), paragraph(reason), actions(chooser(texts.choose)));
  }

  function show(state, ...children) {
    const held = stage.contains(parentElement.activeElement ?? document.activeElement);
    stage.className = `stage ${state}`;
    stage.replaceChildren(...children);
    if (held) stage.focus(); // the button that was pressed is gone
  }

  function progressBar() {
    const bar = make("progress");
    bar.max = 1;
    bar.value = 0;
    bar.ariaLabel = texts.progress;
    return bar;
  }

  function chooser(text, kind = "main") {
    const element = button(text, () => input.click());
    element.className = kind;
    return element;
  }

  function quietly(text) {
    const element = make("span", text);
    element.className = "quiet";
    return element;
  }
}

async function ask(method, address, body = null) {
  try {
    const headers = { "Accept-Language": document.documentElement.lang };
    if (typeof body === "string") headers["Content-Type"] = "application/json";
    const answer = await fetch(address, { method, body, headers });
    return { status: answer.status, answer: await answer.json().catch(() => null) };
  } catch {
    return { status: 0, answer: null };
  }
}
