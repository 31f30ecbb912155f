// A help, not a need: without this file a button works amounts out, the browser's menu prints, and
// moments are said in UTC.
(() => {
  const sayLocally = () => {
    for (const time of document.querySelectorAll("time[data-local]"))
      time.textContent = new Date(time.dateTime).toLocaleString([], {
        dateStyle: "medium",
        timeStyle: "short",
      });
  };
  sayLocally();
  // The live part of a receipt was put in anew.
  document.addEventListener("htmx:afterSettle", sayLocally);
  const line = document.querySelector("[data-quote]");
  const field = document.querySelector("[name=custom_amount]");
  const print = document.querySelector("[data-print]");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
  }
  if (!line || !field) return;
  // What the server said about an amount is over once another one is right.
  const mended = () => {
    field.removeAttribute("aria-invalid");
    const told = document.querySelector(`[href="#${field.id}"]`)?.closest("[role=alert]");
    if (told?.querySelectorAll("li").length === 1) told.hidden = true;
    const error = document.getElementById(`${field.id}-error`);
    if (error) error.hidden = true;
  };
  let timer;
  let asked = 0;
  document.querySelector("[data-work-it-out]").hidden = true;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const mine = ++asked;
      const answer = await fetch(`${line.dataset.quote}?amount=${encodeURIComponent(field.value)}`);
      // Sentences come as HTML, failures as JSON, and a proxy's own page with a 5xx.
      const sentence = answer.headers.get("content-type")?.startsWith("text/html");
      if (mine !== asked || answer.status >= 500 || !sentence) return;
      line.innerHTML = await answer.text();
      if (answer.ok) mended();
    }, 250);
  });
})();
