// Keeps what is typed: on the server after each field, on the phone while there is no network.
// Never overwrites: when the server's version has moved on, both are shown.
const form = document.querySelector("form[data-autosave]");
const says = form?.querySelector("[data-saved]");
const key = form && `draft:${form.dataset.autosave}`;
let timer = 0;
let busy = false;
let again = false;
let stopped = false;
let waiting = false; // for the network

const version = () => form.elements.version?.value ?? "";
const kept = () => {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
};
const forget = () => localStorage.removeItem(key);
const tell = (text, tone = "") => {
  says.className = `saved ${tone}`;
  says.textContent = text;
};

function values() {
  const pairs = [];
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string") pairs.push([name, value]);
  }
  return pairs;
}

function keep(sent = false) {
  const pairs = values().filter(([name]) => name !== "csrfmiddlewaretoken" && name !== "version");
  try {
    localStorage.setItem(key, JSON.stringify({ version: version(), pairs, sent, at: Date.now() }));
    return true;
  } catch {
    return false; // no room or private mode: the page itself still holds the text
  }
}

async function send() {
  if (busy || stopped) {
    again = busy;
    return;
  }
  busy = true;
  try {
    const answer = await fetch(form.dataset.autosave, {
      method: "POST",
      body: new URLSearchParams(values()),
      headers: { "X-Autosave": "1", Accept: "application/json" },
      redirect: "manual",
    });
    waiting = false;
    await heard(answer);
  } catch {
    waiting = true;
    if (keep()) tell(says.dataset.phone, "wait");
  }
  busy = false;
  if (again) {
    again = false;
    send();
  }
}

async function heard(answer) {
  const json = answer.headers.get("content-type")?.includes("json") ? await answer.json() : null;
  if (answer.ok && json) {
    if (form.elements.version) form.elements.version.value = json.version;
    if (json.message) {
      keep(); // one box is not right yet: what stands in it stays on the phone
      tell(json.message, "wait");
      return;
    }
    forget();
    tell(`✓ ${says.dataset.kept} ${json.at}`);
  } else if (answer.status === 409) {
    stopped = true;
    keep();
    tell(json?.message || says.dataset.conflict, "no");
    compare(kept());
  } else if (answer.status === 422) {
    keep();
    tell(json?.message ?? "", "wait");
  } else {
    keep();
    tell(answer.type === "opaqueredirect" || answer.status === 403 ? says.dataset.signin : says.dataset.phone, "wait");
  }
}

function put(pairs) {
  for (const field of form.elements) {
    if (!field.name || field.type === "hidden" || field.type === "file") continue;
    const mine = pairs.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.type === "checkbox" || field.type === "radio") field.checked = mine.includes(field.value);
    else if (field.multiple) for (const option of field.options) option.selected = mine.includes(option.value);
    else if (mine.length) field.value = mine.shift();
  }
}

function compare(draft) {
  const box = document.createElement("div");
  box.className = "note wait";
  const now = values();
  for (const [name, value] of draft.pairs) {
    const field = form.elements[name];
    const same = now.some(([other, text]) => other === name && text === value);
    if (!field || field.type === "hidden" || !value || (same && !stopped)) continue;
    const called = field.labels?.[0] ?? field[0]?.closest("fieldset")?.querySelector("legend");
    const label = document.createElement("strong");
    label.textContent = `${called?.firstChild?.textContent?.trim() ?? name}: `;
    const line = document.createElement("p");
    line.append(label, value);
    box.append(line);
  }
  if (box.childElementCount) form.prepend(box);
}

function begin() {
  const draft = kept();
  if (!draft) return;
  const moved = draft.version !== version();
  const old = Date.now() - draft.at > 14 * 24 * 3600 * 1000;
  if (old || (draft.sent && (moved || form.querySelector(".wrong")))) {
    forget(); // it arrived, or the page that came back holds the same words
  } else if (moved) {
    tell(says.dataset.conflict, "no");
    compare(draft); // stays on the phone until something newer is kept
  } else {
    put(draft.pairs);
    tell(says.dataset.back, "wait");
    send();
  }
}

if (form && says) {
  begin();
  form.addEventListener("change", (event) => {
    if (event.target.type === "file") return;
    clearTimeout(timer);
    timer = setTimeout(send, 400);
  });
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    stopped = true;
    keep(true);
    if (navigator.onLine === false) {
      event.preventDefault();
      stopped = false;
      waiting = true;
      keep();
      tell(says.dataset.phone, "wait");
    }
  });
  addEventListener("online", () => waiting && send());
  setInterval(() => waiting && navigator.onLine !== false && send(), 60000);
}
