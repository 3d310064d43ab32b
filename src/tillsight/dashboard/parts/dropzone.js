// Posts a sales file from the browser straight to the API and tells how it went.
// Whatever comes from a file or the server is set as text, never as HTML.

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  const zone = parentElement.querySelector(".drop");
  // Streamlit calls this again whenever the page runs; an upload under way must not notice.
  if (zone.dataset.ready) return;
  zone.dataset.ready = "yes";
  const input = zone.querySelector("input");
  const stage = zone.querySelector(".stage");
  const texts = data.texts;
  let busy = false;

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
  wait();

  function wait() {
    show("waiting", heading(texts.title), actions(chooser(texts.choose)), quiet(texts.hint));
  }

  function take(files) {
    if (busy || files.length === 0) return;
    if (files.length > 1) {
      refuse(texts.one_file);
      return;
    }
    send(files[0], false);
  }

  function send(file, skipBadRows) {
    busy = true;
    input.value = "";
    const bar = make("progress");
    bar.max = 1;
    const title = heading(fill(texts.uploading, { file: file.name }));
    const detail = quiet(fill(texts.percent, { percent: 0 }));
    detail.ariaLive = "off"; // nobody wants every second read out
    show("sending", title, bar, detail);

    const request = new XMLHttpRequest();
    let clock;
    request.upload.onprogress = (event) => {
      if (!event.lengthComputable) return;
      bar.value = event.loaded / event.total;
      const percent = Math.floor((100 * event.loaded) / event.total);
      detail.textContent = fill(texts.percent, { percent });
    };
    request.upload.onload = () => {
      const since = Date.now();
      const tick = () => {
        const seconds = Math.round((Date.now() - since) / 1000);
        detail.textContent = fill(texts.seconds, { seconds });
      };
      title.textContent = texts.checking;
      bar.removeAttribute("value");
      tick();
      clock = setInterval(tick, 500);
    };
    request.onloadend = () => {
      clearInterval(clock);
      busy = false;
      conclude(request, file);
    };
    const body = new FormData();
    body.append("file", file);
    request.open("POST", `/api/imports${skipBadRows ? "?skip_bad_rows=true" : ""}`);
    request.send(body);
  }

  function conclude(request, file) {
    const answer = parsed(request.responseText);
    if (request.status === 0) refuse(texts.network, texts.network_title);
    else if (request.status === 401) refuse(texts.signed_out);
    else if (answer === null) refuse(texts.unclear);
    else if (request.status === 201) loaded(answer);
    else if (request.status === 200) known(answer);
    else if (answer.code === "bad_rows") badRows(answer, file);
    else refuse(typeof answer.detail === "string" ? answer.detail : texts.unclear);
  }

  function loaded(answer) {
    const lead = answer.revenue === null ? answer.file : fill(texts.loaded_lead, {
      file: answer.file,
      days: days(answer.period),
      revenue: money(answer.revenue),
    });
    const parts = [
      heading(fill(texts.loaded, { rows: number(answer.rows) }), "✓"),
      paragraph(lead),
    ];
    if (answer.rejected_rows) {
      const note = quiet(fill(texts.rejected, { rows: number(answer.rejected_rows) }) + " ");
      if (answer.rejects) note.append(link(answer.rejects, texts.rejects_link));
      parts.push(note);
    }
    if (answer.rounded_rows) {
      parts.push(quiet(fill(texts.rounded, { rows: number(answer.rounded_rows) })));
    }
    show("good", ...parts, actions(link("/", texts.to_overview), chooser(texts.another, "")));
    setTriggerValue("loaded", answer.id);
  }

  function known(answer) {
    const when = new Date(answer.created_at).toLocaleDateString("en-GB", {
      day: "numeric", month: "long", year: "numeric", timeZone: data.timezone,
    });
    show("good",
      heading(texts.known, "✓"),
      paragraph(fill(texts.known_lead, { when })),
      actions(link("/", texts.to_overview), chooser(texts.another, "")));
  }

  function badRows(answer, file) {
    const good = answer.rows - answer.bad_rows;
    const counts = { bad: number(answer.bad_rows), rows: number(answer.rows) };
    const cut = answer.problems.length < answer.bad_rows;
    const lead = cut
      ? fill(texts.first_problems, { count: answer.problems.length })
      : texts.all_problems;
    const buttons = [chooser(texts.another, "")];
    if (good > 0) {
      const skip = make("button", fill(texts.skip, { good: number(good) }));
      skip.className = "main";
      skip.onclick = () => send(file, true);
      buttons.unshift(skip);
    }
    show("bad",
      heading(fill(texts.bad_rows, counts), "!"),
      quiet(good > 0 ? texts.correct : texts.none_good),
      actions(...buttons),
      paragraph(lead),
      problems(answer.problems));
  }

  function refuse(reason, title = texts.refused) {
    show("bad", heading(title, "!"), paragraph(reason), actions(chooser(texts.choose)));
  }

  function problems(found) {
    const table = make("table");
    const head = table.createTHead().insertRow();
    for (const key of ["line", "column", "value", "reason"]) {
      const cell = make("th", texts[key]);
      cell.scope = "col";
      head.append(cell);
    }
    const body = table.createTBody();
    for (const problem of found) {
      const row = body.insertRow();
      row.insertCell().textContent = number(problem.line);
      for (const key of ["column", "value", "reason"]) {
        row.insertCell().textContent = problem[key];
      }
    }
    const frame = make("div");
    frame.className = "problems";
    frame.append(table);
    return frame;
  }

  function show(state, ...children) {
    const held = stage.contains(parentElement.activeElement ?? document.activeElement);
    stage.className = `stage ${state}`;
    stage.replaceChildren(...children);
    if (held) stage.focus(); // the button that was pressed is gone
  }

  function make(tag, text) {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    return element;
  }

  function heading(text, mark) {
    const element = make("h3");
    if (mark) {
      const sign = make("span", `${mark} `);
      sign.className = "mark";
      sign.ariaHidden = "true";
      element.append(sign);
    }
    element.append(text);
    return element;
  }

  function paragraph(text) {
    return make("p", text);
  }

  function quiet(text) {
    const element = paragraph(text);
    element.className = "quiet";
    return element;
  }

  function chooser(text, kind = "main") {
    const button = make("button", text);
    button.className = kind;
    button.onclick = () => input.click();
    return button;
  }

  function actions(...children) {
    const element = make("div");
    element.className = "actions";
    element.append(...children);
    return element;
  }

  function link(address, text) {
    const element = make("a", text);
    element.href = address;
    return element;
  }

  function parsed(text) {
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  }

  function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  function number(value) {
    return String(value).replace(/\B(?=(\d{3})+$)/g, data.group);
  }

  function money(value) {
    const [whole, cents] = Math.abs(value).toFixed(2).split(".");
    return `${value < 0 ? "−" : ""}${data.prefix}${number(whole)}.${cents}`;
  }

  function days(period) {
    if (!period.first) return "–";
    const format = new Intl.DateTimeFormat("en-GB", {
      day: "numeric", month: "long", year: "numeric", timeZone: "UTC",
    });
    const [first, last] = [period.first, period.last].map((day) =>
      format.format(new Date(`${day}T00:00:00Z`)).split(" "));
    if (period.first === period.last) return last.join(" ");
    while (first.length > 1 && first.at(-1) === last[first.length - 1]) first.pop();
    return `${first.join(" ")} – ${last.join(" ")}`;
  }
}
