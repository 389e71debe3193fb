"use strict";
// Loads this page again when the server hints at a change, and puts in the parts that differ. Nothing depends on it.
(() => {
  const main = document.querySelector("main");
  const sign = document.getElementById("live");
  if (!main.dataset.stream) return;
  const parts = [...document.querySelectorAll("[data-live]")];
  const shown = new Map(parts.map((part) => [part, part.innerHTML]));
  let source = null;
  let busy = false;
  let again = false;

  const say = (state, text) => {
    if (sign.textContent !== text) sign.textContent = text;
    sign.dataset.state = state;
    sign.hidden = false;
  };

  const put = (next) => {
    for (const part of parts) {
      const html = next.getElementById(part.id)?.innerHTML;
      if (html === undefined || html === shown.get(part)) continue;
      const active = document.activeElement;
      if (part.contains(active) && active.matches("input, select")) continue; // somebody writes there
      const focused = part.contains(active) ? active.id : "";
      shown.set(part, html);
      part.innerHTML = html;
      if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    }
    document.title = next.title;
    main.dataset.moving = next.querySelector("main").dataset.moving;
  };

  const refresh = async () => {
    again = true;
    if (busy) return;
    busy = true;
    while (again) {
      again = false;
      try {
        const answer = await fetch(location.href);
        if (answer.ok) put(new DOMParser().parseFromString(await answer.text(), "text/html"));
      } catch {
        say("lost", "Not connected");
      }
      await new Promise((done) => setTimeout(done, 300)); // a burst of hints is one look
    }
    busy = false;
  };

  const connect = () => {
    source = new EventSource(main.dataset.stream);
    source.addEventListener("open", () => say("live", "Live"));
    source.addEventListener("error", () => say("lost", "Not connected"));
    source.addEventListener("change", refresh);
    source.addEventListener("tick", () => main.dataset.moving && refresh());
  };

  // Browsers keep few connections to one server: a page that nobody looks at gives its own back.
  document.addEventListener("visibilitychange", () => {
    source?.close();
    if (!document.hidden) connect();
  });
  connect();
})();
