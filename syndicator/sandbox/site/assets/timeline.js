// Keeps the timelines page fresh: asks for the version every second and, when it changed, takes over the new posts.
"use strict";

const PERIOD = 1000;
const skew = Date.parse(document.body.dataset.now) - Date.now();
let etag = "";

function ageOf(instant) {
  const seconds = Math.max(0, Math.floor((Date.now() + skew - Date.parse(instant)) / 1000));
  for (const [size, unit] of [[86400, "d"], [3600, "h"], [60, "m"]]) {
    if (seconds >= size) return Math.floor(seconds / size) + unit;
  }
  return "now";
}

function tellAges() {
  for (const time of document.querySelectorAll("time")) {
    const age = ageOf(time.dateTime);
    if (time.textContent !== age) time.textContent = age;
  }
}

function takeOver(fresh) {
  for (const list of fresh.querySelectorAll(".posts")) {
    const old = document.querySelector(`.posts[data-platform="${CSS.escape(list.dataset.platform)}"]`);
    const known = new Map([...old.querySelectorAll(".post")].map((post) => [post.dataset.id, post]));
    const next = [...list.children].map((child) => {
      const same = known.get(child.dataset.id);
      if (same && same.innerHTML.replace(/<time.*?<\/time>/g, "") === child.innerHTML.replace(/<time.*?<\/time>/g, "")) return same;
      const node = document.importNode(child, true);
      if (!same && node.classList.contains("post")) node.classList.add("fresh");
      return node;
    });
    old.replaceChildren(...next);
  }
  for (const count of fresh.querySelectorAll("[data-count]")) {
    for (const old of document.querySelectorAll(`[data-count="${CSS.escape(count.dataset.count)}"]`)) {
      old.textContent = count.textContent;
    }
  }
  document.body.dataset.version = fresh.body.dataset.version;
}

async function look() {
  const answer = await fetch("/timeline.json", { cache: "no-store", headers: etag ? { "If-None-Match": etag } : {} });
  if (answer.status === 304) return;
  if (!answer.ok) throw new Error(String(answer.status));
  etag = answer.headers.get("ETag") || "";
  const { version } = await answer.json();
  if (version === document.body.dataset.version) return;
  const page = await (await fetch("/", { cache: "no-store" })).text();
  takeOver(new DOMParser().parseFromString(page, "text/html"));
}

async function tick() {
  const live = document.getElementById("live");
  try {
    if (!document.hidden) await look();
    if (live.className !== "on") [live.className, live.textContent] = ["on", "live"];
  } catch {
    if (live.className !== "off") [live.className, live.textContent] = ["off", "the sandbox does not answer"];
  }
  tellAges();
  setTimeout(tick, PERIOD);
}

// On narrow screens one column is in view at a time; its chip in the bar shows which.
const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const chip = document.querySelector(`.top nav a[href="#${CSS.escape(entry.target.id)}"]`);
    chip.toggleAttribute("aria-current", entry.isIntersecting && matchMedia("(max-width: 1000px)").matches);
  }
}, { rootMargin: "0px -35%" });
for (const column of document.querySelectorAll(".column")) seen.observe(column);

tick();
