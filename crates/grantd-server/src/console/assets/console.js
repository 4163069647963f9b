// What makes the console more convenient. Every page works without it.
"use strict";

// The few texts of scripts come with the page, so that all texts are in one place.
const say = (key) => document.body.dataset[key] || "";

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
  // whoever opened the link wants in
  form.requestSubmit();
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
    button.textContent = say("copy");
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(box.querySelector("code").textContent);
      button.textContent = say("copied");
    });
    box.before(button);
  }
}

// A file that is picked fills the text beside it; without scripts, it is pasted.
function files() {
  for (const part of document.querySelectorAll("[data-script]")) part.hidden = false;
  for (const input of document.querySelectorAll("input[data-into]")) {
    input.addEventListener("change", async () => {
      const [file] = input.files;
      if (file) document.getElementById(input.dataset.into).value = await file.text();
    });
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
        const answer = await fetch(`/console/new-credential/slug?${query}`);
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
      if (!provider) return;
      if (entra && provider.value === "generic") {
        provider.value = "entra";
        provider.dataset.guessed = "on";
      } else if (!entra && provider.dataset.guessed && provider.value === "entra") {
        provider.value = "generic";
        delete provider.dataset.guessed;
      }
    });
  }
}

// What was found wrong, beside its fields; the panel names it too.
function showFaults(form, target) {
  for (const note of form.querySelectorAll("[data-found]")) note.remove();
  for (const field of form.querySelectorAll("[data-wrong]")) {
    field.removeAttribute("aria-invalid");
    if (field.dataset.wrong) field.setAttribute("aria-describedby", field.dataset.wrong);
    else field.removeAttribute("aria-describedby");
    delete field.dataset.wrong;
  }
  for (const link of target.querySelectorAll("[data-fault]")) {
    const field = document.getElementById(link.dataset.fault);
    if (!field || !field.matches("input, select, textarea")) continue;
    const closed = field.closest("details:not([open])");
    if (closed) closed.open = true;
    const note = document.createElement("p");
    note.className = "err";
    note.dataset.found = "";
    note.id = `${field.id}-found`;
    note.textContent = link.nextElementSibling ? link.nextElementSibling.textContent : "";
    field.after(note);
    // what described it before does so again when it is mended
    field.dataset.wrong = field.getAttribute("aria-describedby") || "";
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", `${field.dataset.wrong} ${note.id}`.trim());
  }
}

// Nothing that was typed is lost by leaving the page.
function unreached(target) {
  const note = document.createElement("p");
  note.className = "notice bad";
  note.setAttribute("role", "alert");
  note.textContent = say("unreached");
  target.replaceChildren(note);
  note.scrollIntoView({ block: "center" });
}

// The result is of what was typed then.
function grow(target, form) {
  const old = () => target.classList.add("old");
  form.addEventListener("input", old);
  form.addEventListener("change", old);
}

// Validate without leaving the page, so that a secret that was typed stays in its field. Each event
// is the whole panel. False where the server wants something else first, such as a sign-in.
async function validate(data, target) {
  target.replaceChildren();
  target.classList.remove("old");
  let answer;
  try {
    answer = await fetch("/console/validate", {
      method: "POST",
      headers: { Accept: "text/event-stream" },
      body: new URLSearchParams(data),
    });
  } catch {
    unreached(target);
    return true;
  }
  const type = answer.headers.get("content-type") || "";
  if (!answer.ok || !type.startsWith("text/event-stream")) return false;
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: true }));
    if (done) break;
    held += value;
    const events = held.split("\n\n");
    held = events.pop();
    const last = events.pop();
    if (last === undefined) continue;
    const lines = last.split("\n").filter((line) => line.startsWith("data: "));
    const isFirst = !target.firstChild;
    const had = target.contains(document.activeElement);
    target.innerHTML = lines.map((line) => line.slice(6)).join("\n");
    localTimes(target);
    const title = target.querySelector("#result-title");
    // what happens is seen from its beginning on
    if (title && (isFirst || had)) title.focus();
    if (isFirst) target.scrollIntoView({ block: "start" });
  }
  // an end that is none: the server went away meanwhile
  if (target.querySelector("[aria-busy]") || !target.firstChild) unreached(target);
  return true;
}

function validations() {
  const target = document.querySelector("[data-result]");
  if (!target) return;
  const button = document.querySelector("[data-validate]");
  if (button) {
    grow(target, button.form);
    button.addEventListener("click", async (event) => {
      event.preventDefault();
      if (button.getAttribute("aria-disabled") === "true") return;
      button.setAttribute("aria-disabled", "true");
      const done = await validate(new FormData(button.form), target).catch(() => true);
      button.removeAttribute("aria-disabled");
      if (done) showFaults(button.form, target);
      // a session that ended: the form itself says so, and keeps what was typed
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
      const data = new FormData(saved);
      data.set("credential", saved.dataset.validateSaved);
      data.set("saved", "on");
      const done = await validate(data, target).catch(() => true);
      if (done) refresh("[data-live], [data-after]");
      else saved.submit();
    });
  }
}

// The parts of a page that change by themselves, from time to time and while nobody is in them.
async function refresh(which = "[data-live]") {
  const parts = document.querySelectorAll(which);
  if (!parts.length || document.hidden) return;
  // a page that is only left open does not keep its session from becoming idle
  // what answers a form may be at the address of the form
  const here = document.querySelector("[data-at]");
  const at = here && !location.pathname.endsWith(here.dataset.at) ? here.dataset.at : location.href;
  const answer = await fetch(at, {
    headers: { Accept: "text/html", "Grantd-Refresh": "1" },
  });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of parts) {
    if (part.contains(document.activeElement) || part.querySelector("details[open]")) continue;
    const { live, after } = part.dataset;
    const fresh = page.querySelector(live ? `[data-live="${live}"]` : `[data-after="${after}"]`);
    if (!fresh || fresh.innerHTML === part.innerHTML) continue;
    localTimes(fresh);
    part.replaceChildren(...fresh.childNodes);
  }
}

// A form is sent once, however often its button is pressed.
function onlyOnce() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "on";
    // whoever stopped the loading may send it again
    setTimeout(() => delete form.dataset.sent, 5000);
  });
  // the page may come back as it was left
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
}

// A value that is secret is not read over a shoulder.
function kinds(form) {
  for (const kind of form.querySelectorAll("select[name$=_kind]")) {
    kind.addEventListener("change", () => {
      const value = kind.parentElement.querySelector("input[name$=_value]");
      value.type = kind.value === "secret" ? "password" : "text";
    });
  }
}

localTimes(document);
followLink();
// another link in the same window changes nothing but what stands behind the #
addEventListener("hashchange", followLink);
menus();
copies();
files();
validations();
onlyOnce();
for (const form of document.querySelectorAll("form[data-record]")) {
  record(form);
  kinds(form);
}
if (document.querySelector("[data-live]")) {
  // in seconds; a page on which things arrive says how often
  const every = Number(document.querySelector("[data-every]")?.dataset.every ?? 15);
  let busy = false;
  setInterval(async () => {
    if (busy) return;
    busy = true;
    await refresh().catch(() => {});
    busy = false;
  }, every * 1000);
}
