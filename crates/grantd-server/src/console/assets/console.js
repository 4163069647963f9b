// What makes the console more convenient. Every page works without it.
"use strict";

// Exact times in the zone of the browser, and hours of pictures too.
function localTimes(root) {
  const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "long" });
  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.valueOf())) continue;
    if ("clock" in time.dataset) time.textContent = clock.format(at);
    else time.title = exact.format(at);
  }
  for (const text of root.querySelectorAll("text[data-clock]")) {
    const at = new Date(text.dataset.clock);
    if (!Number.isNaN(at.valueOf())) text.textContent = clock.format(at);
  }
}

// The code of a link stands behind its #, which is not sent by itself.
function followLink() {
  const form = document.querySelector("form[data-link]");
  const code = location.hash.slice(1);
  if (!form || !code) return;
  form.elements.namedItem("code").value = code;
  history.replaceState(null, "", location.pathname);
}

// Menus close as people expect.
function menus() {
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

// A button that copies what stands beside it.
function copies() {
  if (!navigator.clipboard) return;
  for (const box of document.querySelectorAll("pre[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn tiny copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(box.querySelector("code").textContent);
      button.textContent = "Copied";
    });
    box.before(button);
  }
}

const ENTRA = /^login\.(microsoftonline\.(com|us)|partner\.microsoftonline\.cn|windows\.net)$/i;

// The form of a credential: the slug as the name is typed, the body preselected for Entra.
function record(form) {
  const name = form.elements.namedItem("name");
  const slug = form.querySelector("[data-slug]");
  let waiting;
  if (name && slug) {
    name.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(async () => {
        const own = form.elements.namedItem("slug");
        if (own && own.value) return;
        const query = new URLSearchParams({ name: name.value });
        const answer = await fetch(`/console/credentials/slug?${query}`);
        if (answer.ok && !answer.redirected) slug.textContent = await answer.text();
        const none = form.querySelector("[data-slug-none]");
        if (none) none.hidden = slug.textContent !== "";
      }, 250);
    });
  }
  const endpoint = form.elements.namedItem("token_endpoint");
  const methods = form.querySelectorAll("input[name=method]");
  const note = form.querySelector("[data-entra]");
  let chosen = form.elements.namedItem("credential") !== null;
  for (const method of methods) method.addEventListener("change", () => (chosen = true));
  if (endpoint && note) {
    endpoint.addEventListener("input", () => {
      let host = "";
      try {
        host = new URL(endpoint.value).hostname;
      } catch {
        return;
      }
      const entra = ENTRA.test(host);
      if (!chosen) {
        for (const method of methods) {
          method.checked = method.value === (entra ? "client_secret_post" : "client_secret_basic");
        }
        note.hidden = !entra;
      }
      const provider = form.elements.namedItem("provider");
      if (entra && provider && provider.value === "generic") provider.value = "entra";
    });
  }
}

// Validate without leaving the page, so that a secret that was typed stays in its field. Each event
// is the whole panel.
async function validate(data, target) {
  target.replaceChildren();
  const answer = await fetch("/console/credentials/validate", {
    method: "POST",
    headers: { Accept: "text/event-stream" },
    body: new URLSearchParams(data),
  });
  const type = answer.headers.get("content-type") || "";
  if (!answer.ok || !type.startsWith("text/event-stream")) return false;
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    held += value;
    const events = held.split("\n\n");
    held = events.pop();
    const last = events.pop();
    if (last === undefined) continue;
    const lines = last.split("\n").filter((line) => line.startsWith("data: "));
    target.innerHTML = lines.map((line) => line.slice(6)).join("\n");
    localTimes(target);
  }
  const title = target.querySelector("#result-title");
  if (title) title.focus();
  return true;
}

function validations() {
  const target = document.querySelector("[data-result]");
  if (!target) return;
  const button = document.querySelector("[data-validate]");
  if (button) {
    button.addEventListener("click", async (event) => {
      event.preventDefault();
      if (button.getAttribute("aria-disabled") === "true") return;
      button.setAttribute("aria-disabled", "true");
      let done = false;
      try {
        done = await validate(new FormData(button.form), target);
      } catch {
        done = false;
      }
      button.removeAttribute("aria-disabled");
      // a session that ended, or no server: the form itself says so, and keeps what was typed
      if (!done) {
        const action = document.createElement("input");
        Object.assign(action, { type: "hidden", name: "action", value: "validate" });
        button.form.append(action);
        button.form.submit();
      }
    });
  }
  const saved = document.querySelector("form[data-validate-saved]");
  if (saved) {
    saved.addEventListener("submit", async (event) => {
      event.preventDefault();
      const data = new FormData();
      data.set("credential", saved.dataset.validateSaved);
      data.set("saved", "on");
      const done = await validate(data, target).catch(() => false);
      if (done) refresh();
      else saved.submit();
    });
  }
}

// The parts of a page that change by themselves, from time to time and while nobody is in them.
async function refresh() {
  const parts = document.querySelectorAll("[data-live]");
  if (!parts.length || document.hidden) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of parts) {
    if (part.contains(document.activeElement) || part.querySelector("details[open]")) continue;
    const fresh = page.querySelector(`[data-live="${part.dataset.live}"]`);
    if (!fresh || fresh.innerHTML === part.innerHTML) continue;
    localTimes(fresh);
    part.replaceChildren(...fresh.childNodes);
  }
}

localTimes(document);
followLink();
// another link in the same window changes nothing but what stands behind the #
addEventListener("hashchange", followLink);
menus();
copies();
validations();
for (const form of document.querySelectorAll("form[data-record]")) record(form);
if (document.querySelector("[data-live]")) setInterval(() => refresh().catch(() => {}), 15000);
