// What only a browser can do: keep a shortlist, say that an answer is on its way. Every page is whole without it.
"use strict";

(() => {
  const KEY = "passerelle.shortlist";
  const MOST = 200;
  const said = document.getElementById("said");
  const main = document.getElementById("content");
  const buttons = () => document.querySelectorAll("button[data-keep]");

  // The shortlist: ids of members, and the topic they were last kept for.

  function read() {
    try {
      const stored = JSON.parse(localStorage.getItem(KEY));
      const ids = Array.isArray(stored?.ids) ? stored.ids.filter((id) => typeof id === "string") : [];
      return { ids: [...new Set(ids)].slice(0, MOST), topic: typeof stored?.topic === "string" ? stored.topic : "" };
    } catch {
      return { ids: [], topic: "" };
    }
  }

  function write(kept) {
    try {
      localStorage.setItem(KEY, JSON.stringify(kept));
    } catch {
      // A browser that keeps nothing goes on showing what it was asked for.
    }
    show();
  }

  function address(kept) {
    const link = document.getElementById("shortlist-link");
    const url = new URL(link.getAttribute("href"), location.href);
    url.searchParams.delete("only");
    url.searchParams.delete("q");
    if (kept.topic && kept.ids.length) url.searchParams.set("q", kept.topic);
    for (const id of kept.ids) url.searchParams.append("only", id);
    return url;
  }

  function show() {
    const kept = read();
    const link = document.getElementById("shortlist-link");
    link.href = address(kept).href;
    const count = link.querySelector(".count");
    count.textContent = String(kept.ids.length);
    count.hidden = kept.ids.length === 0;
    for (const button of buttons()) {
      const isKept = kept.ids.includes(button.dataset.keep);
      button.hidden = false;
      button.setAttribute("aria-pressed", String(isKept));
      button.querySelector(".word").textContent = isKept ? button.dataset.yes : button.dataset.no;
    }
    for (const element of document.querySelectorAll("[data-with-script]")) element.hidden = false;
  }

  const isMine = (kept) => {
    const shown = [...buttons()].map((button) => button.dataset.keep);
    return main?.dataset.shortlist === "shown" && shown.length === kept.ids.length && shown.every((id) => kept.ids.includes(id));
  };

  function toggle(button) {
    const kept = read();
    const id = button.dataset.keep;
    const wasMine = isMine(kept);
    if (kept.ids.includes(id)) {
      write({ ...kept, ids: kept.ids.filter((other) => other !== id) });
      said.textContent = button.dataset.removed;
    } else {
      write({ ids: [...kept.ids, id], topic: main.dataset.topic || kept.topic });
      said.textContent = "";
    }
    if (wasMine) location.replace(address(read()));
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.keep !== undefined) toggle(button);
    else if (button?.dataset.does === "print") print();
    else if (button?.dataset.does === "clear") {
      write({ ids: [], topic: "" });
      location.assign(address({ ids: [], topic: "" }));
    }
  });
  addEventListener("storage", show);

  // An empty address of the shortlist means the one kept here.
  const kept = read();
  if (main?.dataset.shortlist === "empty" && kept.ids.length) location.replace(address(kept));
  else if (isMine(kept) && main.dataset.topic !== kept.topic) write({ ...kept, topic: main.dataset.topic });
  else show();

  // An answer on its way.

  const submits = document.querySelectorAll("button[data-busy]");
  const words = new Map([...submits].map((button) => [button, button.textContent]));
  const SLOW_MS = 4000;
  const slow = document.querySelector(".slow");
  let waiting = 0;

  function busy(isBusy) {
    document.body.classList.toggle("busy", isBusy);
    for (const button of submits) {
      button.textContent = isBusy ? button.dataset.busy : words.get(button);
      button.setAttribute("aria-disabled", String(isBusy));
    }
    said.textContent = isBusy && submits.length ? submits[0].dataset.busy : "";
    clearTimeout(waiting);
    if (slow) slow.hidden = true;
    if (isBusy && slow) waiting = setTimeout(isSlow, SLOW_MS);
  }

  function isSlow() {
    slow.textContent = said.textContent = submits[0].dataset.slow;
    slow.hidden = false;
  }

  document.addEventListener("submit", (event) => {
    if (document.body.classList.contains("busy")) event.preventDefault();
    else busy(true);
  });
  // Links that search again take as long as the form.
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="/?"]');
    const elsewhere = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (link && slow && !elsewhere && !event.defaultPrevented) busy(true);
  });
  // What was not chosen need not stand in the address.
  document.addEventListener("formdata", (event) => {
    for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) {
      busy(false);
      show();
    }
  });
  document.getElementById("q")?.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.form.requestSubmit();
  });
})();
