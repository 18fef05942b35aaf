// Keys for those who work through lists: j and k go down and up, Enter opens,
// a and r go to the row's or the page's accept and reject. Everything works without.
"use strict";
(() => {
  const typing = (element) =>
    element.closest("input, textarea, select, [contenteditable]") !== null;
  const rows = () => [...document.querySelectorAll("table.rows tbody tr")];

  function go(step) {
    const all = rows();
    if (all.length === 0) return;
    const at = all.findIndex((row) => row.classList.contains("at"));
    const next = Math.min(Math.max(at + step, 0), all.length - 1);
    if (at >= 0) all[at].classList.remove("at");
    all[next].classList.add("at");
    const link = all[next].querySelector("a, button, input");
    if (link) link.focus();
    all[next].scrollIntoView({ block: "nearest" });
  }

  function press(key) {
    const within = document.querySelector("tr.at") || document;
    const wanted = within.querySelector(`[data-key="${key}"]`);
    if (wanted) wanted.focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "j") go(1);
    else if (event.key === "k") go(-1);
    else if (event.key === "a" || event.key === "r") press(event.key);
    else return;
    event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  const errors = document.getElementById("errors");
  if (errors) errors.focus();
})();
