"use strict";
// The table of complaints. All that came from a file is put into the page as text (textContent), never as HTML.
// A row: n number in the file, i id, c cause, p probability, k confident, u urgency, f red flags, a candidates [cause, probability],
// t text in pieces [words] or [words, status, findings], x text cut, s findings by status, v advice by kind (numbers into data.advice),
// w words that speak for the answer, d what the model at hand answers where that differs.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const URGENCIES = ["emergency", "urgent", "routine", "self_care"];
  const LABELS = { emergency: "Emergency", urgent: "Urgent", routine: "Routine", self_care: "Self-care" };
  const SHOWN = 4; // pieces of advice of a kind before the rest folds away
  const at = (id) => document.getElementById(id);
  const fields = { text: at("f-text"), urgency: at("f-urgency"), cause: at("f-cause"), flag: at("f-flag"), sort: at("f-sort"), size: at("f-size"), doubtful: at("f-doubtful") };
  const body = document.querySelector("#complaints tbody");
  const open = new Set();
  let page = 0;

  const make = (name, properties, ...children) => {
    const { attributes = {}, ...rest } = properties || {};
    const element = Object.assign(document.createElement(name), rest);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };
  const percent = (p) => (p < 0.01 ? "under 1 %" : `${Math.round(100 * p)} %`);
  const bar = (p, kind) => {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    const rect = document.createElementNS(space, "rect");
    svg.setAttribute("class", "bar");
    svg.setAttribute("aria-hidden", "true");
    for (const [key, value] of Object.entries({ class: kind, width: `${100 * p}%`, height: "100%" })) rect.setAttribute(key, value);
    svg.append(rect);
    return svg;
  };
  const saidIn = (row) => (row.t || []).map((piece) => piece[0]).join("");
  const flagNames = (row) => row.f.map((flag) => data.flags[flag].name);
  const haystack = (row) => {
    if (row.hay === undefined) {
      const findings = Object.values(row.s).flat().map((number) => data.findings[number]);
      row.hay = [row.i, row.c, data.causes[row.c], LABELS[row.u], ...flagNames(row), ...findings, saidIn(row)].join("\n").toLowerCase();
    }
    return row.hay;
  };

  const orders = {
    number: (a, b) => a.n - b.n,
    urgency: (a, b) => URGENCIES.indexOf(a.u) - URGENCIES.indexOf(b.u) || b.f.length - a.f.length || a.n - b.n,
    cause: (a, b) => data.causes[a.c].localeCompare(data.causes[b.c], "en") || b.p - a.p || a.n - b.n,
    sure: (a, b) => a.p - b.p || a.n - b.n,
  };
  const chosen = () => {
    const terms = fields.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const flag = fields.flag.value;
    const rows = data.rows.filter(
      (row) =>
        (!fields.urgency.value || row.u === fields.urgency.value) &&
        (!fields.cause.value || row.c === fields.cause.value) &&
        (!flag || (flag === "any" ? row.f.length > 0 : flag === "none" ? row.f.length === 0 : row.f.includes(flag))) &&
        (!fields.doubtful.checked || !row.k) &&
        terms.every((term) => haystack(row).includes(term)),
    );
    const backwards = fields.sort.value.startsWith("-");
    const order = orders[fields.sort.value.replace("-", "")];
    return rows.sort(backwards ? (a, b) => order(b, a) : order);
  };

  const told = (row) => {
    const paragraph = make("p", { className: "told", dir: "auto" });
    for (const [words, status, findings] of row.t) {
      if (!status) {
        paragraph.append(words);
        continue;
      }
      const mark = make("mark", { className: status, title: `${data.statuses[status]}: ${findings}` }, words);
      if (status !== "present") mark.append(make("span", { className: "tag" }, `(${data.statuses[status]})`));
      paragraph.append(mark);
    }
    if (row.x) paragraph.append(make("em", {}, " … The text goes on: it is too long to be shown whole, and is not explained here."));
    return paragraph;
  };
  const points = (items) => make("ul", {}, ...items.map(([text, source]) => make("li", { className: "point" }, `${text} `, make("small", {}, `[${source}]`))));
  const advice = (kind, numbers) => {
    const items = numbers.map((number) => data.advice[number]);
    const whole = kind === "urgent" || kind === "avoid";
    const part = make("div", {}, make("h3", {}, data.headings[kind]), points(whole ? items : items.slice(0, SHOWN)));
    if (!whole && items.length > SHOWN) {
      part.append(make("details", { className: "figures" }, make("summary", {}, `${items.length - SHOWN} more`), points(items.slice(SHOWN))));
    }
    return part;
  };
  const panel = (row) => {
    const left = make("div", {});
    const right = make("div", {});
    const out = make("div", { className: "panel" });
    if (row.v.urgent) {
      const part = advice("urgent", row.v.urgent);
      part.className = `wide urgent-advice${row.f.length ? "" : " calm"}`;
      if (row.f.length) part.querySelector("h3").textContent = `Red flag: ${flagNames(row).join("; ")}`;
      out.append(part);
    }
    if (row.t) left.append(make("h3", {}, "In their own words"), told(row));
    if (Object.keys(row.s).length) {
      const list = make("dl", {});
      for (const [status, numbers] of Object.entries(row.s)) {
        list.append(make("dt", {}, data.statuses[status]), make("dd", {}, numbers.map((number) => data.findings[number]).join("; ")));
      }
      left.append(make("h3", {}, "Findings"), list);
    }
    if (row.w && row.w.length) left.append(make("h3", {}, "Words that speak for the answer"), make("p", { dir: "auto" }, row.w.join(", ")));
    const list = make("ul", { className: "bars" });
    for (const [cause, p] of row.a) {
      list.append(make("li", {}, make("span", {}, data.causes[cause] || cause), make("span", { className: "number" }, percent(p)), bar(p, "sure")));
    }
    right.append(make("h3", {}, "Likely causes"), list);
    if (!row.k) right.append(make("p", { className: "doubt" }, "In doubt: a person should read this complaint."));
    if (row.d !== undefined) right.append(make("p", { className: "note" }, `The model at hand answers otherwise (${data.causes[row.d]}), so no advice of a cause is shown.`));
    for (const kind of ["see", "test", "home", "avoid", "ask"]) if (row.v[kind]) right.append(advice(kind, row.v[kind]));
    out.append(...[left, right].filter((part) => part.childNodes.length));
    return out;
  };

  const lineOf = (row) => {
    const unfolded = open.has(row.n);
    const button = make("button", { type: "button", className: "unfold", attributes: { "aria-expanded": unfolded } });
    const label = make("span", {}, make("bdi", { className: "id" }, row.i));
    if (row.t) label.append(make("span", { className: "said", dir: "auto" }, saidIn(row).slice(0, 300)));
    button.append(label);
    const because = make("td", { className: "because", attributes: { role: "cell" } }, data.causes[row.c]);
    for (const flag of row.f) because.append(make("span", { className: `flag ${data.flags[flag].urgency}` }, data.flags[flag].name));
    const sure = make("td", { className: "sure", attributes: { role: "cell" } }, make("span", { className: "percent" }, percent(row.p)));
    if (!row.k) sure.append(" ", make("span", { className: "doubt" }, "in doubt"));
    sure.append(bar(row.p, row.k ? "sure" : "doubtful"));
    const line = make(
      "tr",
      { className: `row${unfolded ? " open" : ""}`, id: `row-${row.n}`, attributes: { role: "row" } },
      make("th", { attributes: { role: "rowheader", scope: "row" } }, button),
      make("td", { attributes: { role: "cell" } }, make("span", { className: `badge ${row.u}` }, LABELS[row.u])),
      because,
      sure,
    );
    const toggle = () => {
      const now = !open.has(row.n);
      if (now) open.add(row.n);
      else open.delete(row.n);
      button.setAttribute("aria-expanded", now);
      line.classList.toggle("open", now);
      if (now) line.after(detailOf(row));
      else line.nextSibling.remove();
    };
    line.addEventListener("click", () => {
      if (!String(window.getSelection())) toggle();
    });
    return line;
  };
  const detailOf = (row) => make("tr", { className: "detail", attributes: { role: "row" } }, make("td", { colSpan: 4, attributes: { role: "cell" } }, panel(row)));

  const show = () => {
    const rows = chosen();
    const size = Number(fields.size.value) || Math.max(rows.length, 1);
    const pages = Math.max(1, Math.ceil(rows.length / size));
    page = Math.min(page, pages - 1);
    const visible = rows.slice(page * size, (page + 1) * size);
    body.replaceChildren(...visible.flatMap((row) => (open.has(row.n) ? [lineOf(row), detailOf(row)] : [lineOf(row)])));
    const first = page * size + 1;
    at("shown").textContent = rows.length
      ? `${first.toLocaleString("en")} to ${(first + visible.length - 1).toLocaleString("en")} of ${rows.length.toLocaleString("en")}`
      : "No complaint in the table fits. Clear the filters to see all.";
    at("where").textContent = `Page ${page + 1} of ${pages}`;
    at("back").disabled = page === 0;
    at("next").disabled = page === pages - 1;
    document.querySelector(".pages").hidden = pages === 1;
    at("complaints").hidden = !rows.length;
    for (const button of document.querySelectorAll("[data-sort]")) {
      const state = fields.sort.value.replace("-", "") !== button.dataset.sort ? "none" : fields.sort.value.startsWith("-") ? "descending" : "ascending";
      button.closest("th").setAttribute("aria-sort", state);
    }
  };
  const again = () => {
    page = 0;
    show();
  };
  const turn = (by) => {
    page += by;
    show();
    at("table").focus();
    at("table").scrollIntoView();
  };
  const clear = () => {
    for (const name of ["text", "urgency", "cause", "flag"]) fields[name].value = "";
    fields.doubtful.checked = false;
    fields.sort.value = "urgency";
  };
  const only = (name, value) => {
    clear();
    if (name === "doubtful") fields.doubtful.checked = true;
    else fields[name].value = value;
    again();
    at("table").focus();
    at("table").scrollIntoView();
  };

  const options = (field, names) => {
    const sorted = Object.entries(names).sort((a, b) => a[1].localeCompare(b[1], "en"));
    fields[field].append(...sorted.map(([value, name]) => make("option", { value }, name)));
  };
  options("cause", data.causes);
  options("flag", Object.fromEntries(Object.entries(data.flags).map(([id, flag]) => [id, flag.name])));
  at("filters").hidden = false;
  at("filters").addEventListener("input", again);
  at("filters").addEventListener("submit", (event) => event.preventDefault());
  at("clear").addEventListener("click", () => {
    clear();
    again();
  });
  at("back").addEventListener("click", () => turn(-1));
  at("next").addEventListener("click", () => turn(1));
  for (const button of document.querySelectorAll("[data-sort]")) {
    button.addEventListener("click", () => {
      fields.sort.value = fields.sort.value === button.dataset.sort ? `-${button.dataset.sort}` : button.dataset.sort;
      again();
    });
  }
  for (const element of document.querySelectorAll("[data-urgency],[data-cause],[data-flag],[data-doubtful]")) {
    element.addEventListener("click", (event) => {
      event.preventDefault();
      only(...Object.entries(element.dataset)[0]);
    });
  }
  for (const link of document.querySelectorAll("[data-row]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const number = Number(link.dataset.row);
      clear();
      open.add(number);
      page = Math.floor(chosen().findIndex((row) => row.n === number) / (Number(fields.size.value) || data.rows.length));
      show();
      const line = at(`row-${number}`);
      line.scrollIntoView();
      line.querySelector("button").focus();
    });
  }
  show();
})();
