"use strict";
document.documentElement.classList.add("with-js");
for (const table of document.querySelectorAll("table.sorted")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const value = (row, place) => row.cells[place].dataset.value ?? row.cells[place].textContent.trim();
  heads.forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const each of heads) each.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...body.rows];
      const numbers = rows.every(row => value(row, place) === "" || !isNaN(value(row, place)));
      const compare = (a, b) => numbers
        ? (value(a, place) === "") - (value(b, place) === "") || value(a, place) - value(b, place)
        : value(a, place).localeCompare(value(b, place), undefined, { numeric: true });
      rows.sort((a, b) => down ? compare(b, a) : compare(a, b));
      body.append(...rows);
    });
  });
}
for (const input of document.querySelectorAll("input[data-filters]")) {
  const list = document.getElementById(input.dataset.filters);
  const said = document.getElementById(input.dataset.filters + "-count");
  const rows = () => list.tBodies ? [...list.tBodies[0].rows] : [...list.children];
  input.addEventListener("input", () => {
    const wanted = input.value.toLowerCase();
    let shown = 0;
    for (const row of rows()) {
      row.hidden = !row.textContent.toLowerCase().includes(wanted);
      shown += !row.hidden;
    }
    if (said) said.textContent = `${shown} of ${rows().length}`;
  });
}
