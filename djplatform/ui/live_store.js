// Live rows: one EventSource per address and tab, shared by every component that reads it.
// No framework in here, so that it runs under a test as well.

const BATCH_MS = 50; // at most twenty renders a second, however fast the events come
const SILENCE_MS = 40_000; // two missed heartbeats and a half: the connection is dead
const STALE_MS = 20_000; // a page that wakes up after this long asks at once
const PATCH_MS = 10_000; // what nobody confirmed by then is taken back
const MAX_WAIT_MS = 15_000;

export const NOTHING = Object.freeze({
  items: Object.freeze([]),
  newest: Object.freeze([]),
  status: "connecting",
  loaded: false,
});

export class LiveStore {
  constructor(url) {
    this.url = url;
    this.position = "";
    this.status = "connecting";
    this.loaded = false;
    this.channels = new Map(); // channel -> (row's id -> row), in the order of arrival
    this.patches = new Map(); // row's id -> { part, timer }: shown until the server speaks
    this.views = new Map(); // channel or "" for all -> what components see
    this.listeners = new Set();
    this.waiting = [];
    this.tries = 0;
    this.heard = 0;
  }

  // ---- what components use ------------------------------------------------------------------

  subscribe = (listener) => {
    this.listeners.add(listener);
    if (this.listeners.size === 1) this.start();
    return () => {
      this.listeners.delete(listener);
      // A page that is being replaced unsubscribes just before the next one subscribes.
      if (!this.listeners.size) setTimeout(() => this.listeners.size || this.stop(), 1000);
    };
  };

  view(channel) {
    if (!this.views.has(channel)) this.views.set(channel, this.makeView(channel));
    return this.views.get(channel);
  }

  // Shows a change at once. It stays until an event about this row comes, or is taken back.
  patch(id, part) {
    this.revert(id, false);
    const timer = setTimeout(() => this.revert(id), PATCH_MS);
    this.patches.set(id, { part: { ...part, pending: true }, timer });
    this.render();
  }

  revert(id, show = true) {
    const patch = this.patches.get(id);
    if (!patch) return;
    clearTimeout(patch.timer);
    this.patches.delete(id);
    if (show) this.render();
  }

  // ---- the connection -----------------------------------------------------------------------

  start() {
    addEventListener("online", this.wake);
    addEventListener("offline", this.lost);
    document.addEventListener("visibilitychange", this.wake);
    this.open();
  }

  stop() {
    removeEventListener("online", this.wake);
    removeEventListener("offline", this.lost);
    document.removeEventListener("visibilitychange", this.wake);
    this.close();
  }

  close() {
    this.source?.close();
    this.source = null;
    clearTimeout(this.watchdog);
    clearTimeout(this.retry);
  }

  open() {
    this.close();
    const source = new EventSource(this.address());
    this.source = source;
    source.onopen = () => {
      this.tries = 0;
      this.alive();
    };
    source.onerror = () => this.failed(source);
    source.addEventListener("ping", (event) => this.hear(event));
    for (const kind of ["snapshot", "change"]) {
      source.addEventListener(kind, (event) => this.hear(event, kind));
    }
    source.addEventListener("reset", () => location.reload());
    this.alive(false);
  }

  // A new EventSource remembers nothing; only its own retries send the position as a header.
  address() {
    if (!this.position) return this.url;
    const join = this.url.includes("?") ? "&" : "?";
    return `${this.url}${join}last_event_id=${encodeURIComponent(this.position)}`;
  }

  hear(event, kind) {
    if (event.lastEventId) this.position = event.lastEventId;
    this.alive();
    if (kind) this.waiting.push([kind, JSON.parse(event.data)]);
    else if (!this.loaded) this.waiting.push(["loaded"]);
    if (this.waiting.length && !this.timer) this.timer = setTimeout(() => this.drain(), BATCH_MS);
  }

  alive(heard = true) {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => {
      this.say("retrying");
      this.open();
    }, SILENCE_MS);
    if (!heard) return;
    this.heard = Date.now();
    this.say("live");
  }

  failed(source) {
    this.say(navigator.onLine ? "retrying" : "offline");
    // After an answer such as 503 the browser gives up for good: we go on, with growing pauses.
    if (source.readyState !== EventSource.CLOSED) return;
    const longest = Math.min(MAX_WAIT_MS, 500 * 2 ** this.tries++);
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.open(), longest * (0.5 + Math.random() / 2));
  }

  lost = () => this.say("offline");

  // The network is back, or the phone woke up: its timers stood still and its socket may be dead.
  wake = () => {
    if (document.visibilityState !== "visible") return;
    if (this.status !== "live" || Date.now() - this.heard > STALE_MS) this.open();
  };

  say(status) {
    if (this.status === status) return;
    this.status = status;
    this.render();
  }

  // ---- rows ---------------------------------------------------------------------------------

  drain() {
    this.timer = 0;
    for (const [kind, data] of this.waiting.splice(0)) {
      if (kind === "loaded") this.loaded = true;
      else if (kind === "snapshot") this.replace(data);
      else data.forEach((change) => this.apply(change));
    }
    this.render();
  }

  replace({ channel, rows }) {
    this.channels.set(channel, new Map(rows.map((row) => [row.id, row])));
    rows.forEach((row) => this.revert(row.id, false));
  }

  apply({ channel, put, gone }) {
    if (!this.channels.has(channel)) this.channels.set(channel, new Map());
    const rows = this.channels.get(channel);
    for (const row of put) {
      rows.set(row.id, row);
      this.revert(row.id, false);
    }
    for (const id of gone) {
      rows.delete(id);
      this.revert(id, false);
    }
  }

  render() {
    for (const channel of this.views.keys()) this.views.set(channel, this.makeView(channel));
    this.listeners.forEach((listener) => listener());
  }

  makeView(channel) {
    const of = channel ? [this.channels.get(channel) ?? new Map()] : [...this.channels.values()];
    const items = of.flatMap((rows) => [...rows.values()]).map((row) => this.shown(row));
    const { status, loaded } = this;
    return { items, newest: items.toReversed?.() ?? [...items].reverse(), status, loaded };
  }

  // A row without a patch is the same object as before, so that its component need not run.
  shown(row) {
    const patch = this.patches.get(row.id);
    return patch ? { ...row, ...patch.part } : row;
  }
}

const stores = new Map();

export function storeOf(url) {
  if (!stores.has(url)) stores.set(url, new LiveStore(url));
  return stores.get(url);
}

export const livePatch = (url, id, part) => storeOf(url).patch(id, part);
export const liveRevert = (url, id) => storeOf(url).revert(id);
