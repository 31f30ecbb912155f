// Actions that must not be lost: the browser keeps each until the server has it, through dead
// zones, reloads and a flat battery. No framework in here, so that it runs under a test as well.

const PATH = "/api/outbox/";
const ANSWER_MS = 8_000; // a connection that died without a word gives no answer at all
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 15_000;
const SHOW_MS = 400; // what is sent by then was never seen waiting
const KEEP_MS = 7 * 24 * 3_600_000; // the server knows a number for 30 days
const LATER = new Set([401, 408, 425, 429]); // logged out, or too busy: not the action's fault

export const NOTHING = Object.freeze({ saved: 0, done: 0, refused: "", refusals: 0 });

export class Outbox {
  constructor(account) {
    this.prefix = `outbox:${account}:`;
    this.account = account;
    this.listeners = new Set();
    this.seen = NOTHING;
    this.tries = 0;
    this.last = 0;
    this.sending = false;
  }

  // ---- what components use ------------------------------------------------------------------

  subscribe = (listener) => {
    this.listeners.add(listener);
    if (this.listeners.size === 1) this.start();
    return () => {
      this.listeners.delete(listener);
      if (!this.listeners.size) this.stop();
    };
  };

  view = () => this.seen;

  // One key an action, so that two tabs never write the same one; the time keeps their order.
  enqueue(operation, fields) {
    const id = uuid();
    this.last = Math.max(Date.now(), this.last + 1);
    const name = `${this.prefix}${String(this.last).padStart(15, "0")}:${id}`;
    keep.setItem(name, JSON.stringify({ id, operation, fields, at: Date.now() }));
    setTimeout(() => this.tell(), SHOW_MS);
    return this.flush();
  }

  // ---- sending ------------------------------------------------------------------------------

  start() {
    for (const name of ["online", "offline", "storage"]) addEventListener(name, this.wake);
    document.addEventListener("visibilitychange", this.wake);
    this.wake();
  }

  stop() {
    for (const name of ["online", "offline", "storage"]) removeEventListener(name, this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    clearTimeout(this.retry);
  }

  wake = () => {
    this.tell();
    if (document.visibilityState === "visible") this.flush();
  };

  async flush() {
    if (this.sending || !this.names().length) return;
    this.sending = true;
    clearTimeout(this.retry);
    try {
      // One tab at a time, so that their order is kept; where there is no lock (a plain address
      // of a LAN) the numbers alone see to it that nothing acts twice.
      if (navigator.locks) await navigator.locks.request(this.prefix, () => this.sendAll());
      else await this.sendAll();
    } finally {
      this.sending = false;
      this.tell();
    }
  }

  async sendAll() {
    for (let name = this.names()[0]; name; name = this.names()[0]) {
      const action = read(name);
      const answer = action && navigator.onLine ? await this.post(action) : null;
      if (action && !answer) return this.later();
      this.tries = 0;
      keep.removeItem(name);
      if (answer?.error) this.say({ refused: answer.error, refusals: this.seen.refusals + 1 });
      else if (answer) this.say({ done: this.seen.done + 1 });
    }
  }

  // What the server said, or null when it did not, or not about this action.
  async post({ id, operation, fields }) {
    try {
      const response = await fetch(PATH + operation, {
        method: "POST",
        headers: { "Idempotency-Key": id, "Outbox-Account": this.account },
        body: new URLSearchParams(fields),
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      if (response.ok) return response.headers.get("Idempotency-Key") === id ? {} : null;
      if (LATER.has(response.status) || response.status >= 500) return null;
      const { error } = await response.json();
      return error ? { error } : null;
    } catch {
      return null;
    }
  }

  later() {
    const longest = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.tries++);
    this.retry = setTimeout(() => this.flush(), longest * (0.5 + Math.random() / 2));
  }

  // ---- what waits ---------------------------------------------------------------------------

  names() {
    return keep.names().filter((name) => name.startsWith(this.prefix)).sort();
  }

  tell() {
    const saved = this.names().length;
    if (saved !== this.seen.saved) this.say({ saved });
  }

  say(part) {
    this.seen = Object.freeze({ ...this.seen, ...part });
    this.listeners.forEach((listener) => listener());
  }
}

// Nothing when it is gone, broken, or so old that nobody can mean it any more.
function read(name) {
  try {
    const action = JSON.parse(keep.getItem(name));
    return Date.now() - action.at < KEEP_MS ? action : null;
  } catch {
    return null;
  }
}

// Where the browser lets nothing be kept, an action lives as long as its page.
const keep = (() => {
  const memory = new Map();
  const own = {
    getItem: (name) => memory.get(name) ?? null,
    setItem: (name, text) => memory.set(name, text),
    removeItem: (name) => memory.delete(name),
    names: () => [...memory.keys()],
  };
  try {
    localStorage.setItem("outbox", "");
    localStorage.removeItem("outbox");
  } catch {
    return own;
  }
  return {
    getItem: (name) => localStorage.getItem(name),
    setItem: (name, text) => localStorage.setItem(name, text),
    removeItem: (name) => localStorage.removeItem(name),
    names: () => Object.keys(localStorage),
  };
})();

// `crypto.randomUUID` is not there on a plain address of a LAN.
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

const outboxes = new Map();

export function outboxOf(account) {
  if (!outboxes.has(account)) outboxes.set(account, new Outbox(account));
  return outboxes.get(account);
}
