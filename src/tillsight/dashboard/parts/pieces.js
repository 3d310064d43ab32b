// Small pieces that the screens of the drop zone are put together from.

function makeParts(data) {
  function make(tag, text) {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    return element;
  }

  function heading(text, mark) {
    const element = make("h2");
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

  function button(text, press) {
    const element = make("button", text);
    element.type = "button";
    element.onclick = press;
    return element;
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

  // Several answers to one question: each a button with a sentence beside it.
  function choices(answers) {
    const list = make("div");
    list.className = "choices";
    for (const [name, sentence, press] of answers) {
      const row = make("div");
      row.append(button(name, press), quiet(sentence));
      list.append(row);
    }
    return list;
  }

  function table(headings, rows, kind) {
    const element = make("table");
    element.className = kind;
    const head = element.createTHead().insertRow();
    for (const text of headings) {
      const cell = make("th", text);
      cell.scope = "col";
      head.append(cell);
    }
    const body = element.createTBody();
    for (const row of rows) {
      const line = body.insertRow();
      for (const cell of row) line.insertCell().append(cell ?? "");
    }
    const frame = make("div");
    frame.className = "problems";
    frame.tabIndex = 0; // so that keys can scroll it
    frame.append(element);
    return frame;
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
    const amount = `${number(whole)}${data.decimal}${cents}`;
    return `${value < 0 ? "−" : ""}${fill(data.money, { amount })}`;
  }

  function days(period) {
    if (!period.first) return "–";
    const format = new Intl.DateTimeFormat(data.locale, {
      day: "numeric", month: "long", year: "numeric", timeZone: "UTC",
    });
    const [first, last] = [period.first, period.last].map((day) =>
      format.format(new Date(`${day}T00:00:00Z`)).split(" "));
    if (period.first === period.last) return last.join(" ");
    while (first.length > 1 && first.at(-1) === last[first.length - 1]) first.pop();
    return `${first.join(" ")} – ${last.join(" ")}`;
  }

  return {
    make, heading, paragraph, quiet, button, actions, link, choices, table, parsed, fill, number,
    money, days, texts: data.texts,
  };
}
