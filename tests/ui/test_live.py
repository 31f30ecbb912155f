"""Live rows: what is compiled from the Python, and how the store in the browser behaves."""

import json
from pathlib import Path
from typing import Any, TypedDict

import pytest
import reflex as rx

from djplatform.settings import ROOT
from djplatform.ui import reflex_seam
from djplatform.ui.live import keep_awake, live
from tests.ui.node import facts_of


class TipRow(TypedDict):
    id: str
    amount: str


def compiled(component: rx.Component) -> str:
    """Everything that a page would be written from."""
    imports = component._get_all_imports()
    hooks = {**component._get_all_hooks_internal(), **component._get_all_hooks()}
    return "\n".join([str(component), *hooks, json.dumps(imports, default=str)])


def test_rows_come_from_a_hook_and_not_from_the_state():
    feed = live("/api/stream/booth:one", TipRow)
    page = compiled(
        rx.el.ul(
            rx.foreach(feed.items, lambda row: rx.el.li(row["amount"])),
            rx.el.p(feed.status),
            hidden=~feed.loaded,
        )
    )
    assert page.count('= useLive("/api/stream/booth:one", "")') == 1
    assert ".items" in page
    assert "live.js" in page
    assert "useStateContext(" not in page


def test_an_address_may_depend_on_the_state_and_a_channel_be_chosen():
    class Night(rx.State):
        stream: str = ""

    page = compiled(rx.el.p(live(Night.stream, TipRow, channel="booth:one").status))
    [hook] = [line for line in page.splitlines() if "useLive(" in line and "const" in line]
    assert 'stream, "booth:one")' in hook.replace("_rx_state_", "")
    # The state that the address is read from comes before the hook that reads it.
    assert page.index("useStateContext(") < page.index("= useLive(")


def test_a_patch_is_compiled_into_the_click_and_never_evaluated():
    feed = live("/api/stream/booth:one", TipRow)
    button = rx.foreach(
        feed.items, lambda row: rx.el.button(on_click=feed.patch(row["id"], status="accepting"))
    )
    page = compiled(rx.el.div(button))
    assert 'livePatch("/api/stream/booth:one", ' in page
    assert '["status"] : "accepting"' in page
    assert "livePatch" in page


def test_the_screen_is_kept_awake_only_while_wanted():
    page = compiled(keep_awake())
    assert "= useKeepAwake(true)" in page
    assert "data-awake" in page


def test_the_data_of_an_expression_name_its_hooks():
    class Hooked(rx.State):
        value: str = ""

    data = reflex_seam.data_of(Hooked.value)
    assert data is not None
    assert any("useStateContext" in hook for hook in data.hooks)


# The store runs in Node with clock, network and page in its hands; React is not needed for it.
BROWSER = """
let now = 1_000_000;
let timers = [];
Date.now = () => now;
globalThis.setTimeout = (run, ms) => { timers.push({ at: now + ms, run }); return timers.at(-1); };
globalThis.clearTimeout = (timer) => { timers = timers.filter((other) => other !== timer); };
const pass = (ms) => {
  const end = now + ms;
  for (;;) {
    const next = timers.filter((t) => t.at <= end).sort((a, b) => a.at - b.at)[0];
    if (!next) break;
    timers = timers.filter((t) => t !== next);
    now = next.at;
    next.run();
  }
  now = end;
};
const handlers = {};
globalThis.addEventListener = (name, run) => { handlers[name] = run; };
globalThis.removeEventListener = (name) => { delete handlers[name]; };
globalThis.document = { ...globalThis, visibilityState: "visible",
  addEventListener, removeEventListener };
Object.defineProperty(globalThis, "navigator", { value: { onLine: true }, writable: true });
let reloads = 0;
globalThis.location = { reload: () => { reloads += 1; } };
const sources = [];
globalThis.EventSource = class {
  static CLOSED = 2;
  constructor(url) { this.url = url; this.readyState = 0; this.on = {}; sources.push(this); }
  addEventListener(name, run) { this.on[name] = run; }
  close() { this.readyState = 2; this.closed = true; }
  accept() { this.readyState = 1; this.onopen(); }
  tell(name, data, lastEventId = "") {
    this.on[name]({ data: JSON.stringify(data), lastEventId });
  }
  refuse() { this.readyState = 2; this.onerror(); }
  drop() { this.readyState = 0; this.onerror(); }
};
const { storeOf } = await import(process.argv[1]);
const store = storeOf("/api/stream/booth:one");
let renders = 0;
const leave = store.subscribe(() => { renders += 1; });
const view = () => store.view("");
const ids = () => view().items.map((row) => row.id);
const change = (put, gone = []) => [{ channel: "booth:one", put, gone }];
const facts = {};
"""


def in_browser(script: str, tmp_path: Path) -> dict[str, Any]:
    """Run a script against the store; it fills `facts`."""
    store = json.dumps(str(copy_of_store(tmp_path)))
    return facts_of(BROWSER.replace("process.argv[1]", store) + script, tmp_path)


def copy_of_store(tmp_path: Path) -> Path:
    copied = tmp_path / "live_store.mjs"
    copied.write_text((ROOT / "djplatform/ui/live_store.js").read_text())
    return copied


def test_rows_are_put_changed_and_taken_away(tmp_path):
    facts = in_browser(
        """
        const [source] = sources;
        source.accept();
        facts.first = view().loaded;
        source.tell("snapshot", { channel: "booth:one", rows: [{ id: "a", n: 1 }, { id: "b" }] });
        source.tell("ping", 1, "7");
        pass(60);
        facts.snapshot = [ids(), view().loaded, view().status];
        const [a] = view().items;
        const before = renders;
        source.tell("change", change([{ id: "b", n: 2 }, { id: "c" }]), "8");
        source.tell("change", change([], ["c"]), "9");
        source.tell("change", change([{ id: "d" }]), "10");
        pass(60);
        facts.batched = renders - before;
        facts.rows = view().items;
        facts.newest = view().newest.map((row) => row.id);
        facts.same = view().items[0] === a;
        facts.other = store.view("booth:two").items;
        """,
        tmp_path,
    )
    assert facts["first"] is False
    assert facts["snapshot"] == [["a", "b"], True, "live"]
    assert facts["batched"] == 1
    assert facts["rows"] == [{"id": "a", "n": 1}, {"id": "b", "n": 2}, {"id": "d"}]
    assert facts["newest"] == ["d", "b", "a"]
    assert facts["same"] is True
    assert facts["other"] == []


@pytest.mark.feature("157/browser")
def test_a_refusal_is_answered_by_a_new_connection_with_the_position(tmp_path):
    facts = in_browser(
        """
        sources[0].accept();
        sources[0].tell("change", change([{ id: "a" }]), "61");
        sources[0].drop();
        facts.dropped = [store.status, sources.length];
        sources[0].refuse();
        pass(600);
        facts.second = sources[1].url;
        let last = 0;
        for (let turn = 0; turn < 8; turn += 1) {
          const count = sources.length;
          sources.at(-1).refuse();
          last = now;
          while (sources.length === count) pass(100);
        }
        facts.longest = now - last;
        sources.at(-1).accept();
        facts.tries = [store.tries, store.status];
        """,
        tmp_path,
    )
    # A drop is the browser's own to mend; it sends the header by itself.
    assert facts["dropped"] == ["retrying", 1]
    assert facts["second"] == "/api/stream/booth:one?last_event_id=61"
    assert 7_000 <= facts["longest"] <= 15_100
    assert facts["tries"] == [0, "live"]


@pytest.mark.feature("157/watchdog")
def test_silence_sleep_and_a_lost_network_are_noticed(tmp_path):
    facts = in_browser(
        """
        sources[0].accept();
        sources[0].tell("ping", 1, "3");
        for (let beat = 0; beat < 6; beat += 1) { pass(15_000); sources[0].tell("ping", 1); }
        facts.beating = sources.length;
        pass(41_000);
        facts.silent = [sources.length, sources[0].closed, store.status];
        sources[1].accept();
        now += 3_600_000;                       // asleep: no timer ran
        handlers.visibilitychange();
        facts.woken = [sources.length, sources[2].url];
        navigator.onLine = false;
        handlers.offline();
        facts.offline = store.status;
        navigator.onLine = true;
        handlers.online();
        sources[3].accept();
        facts.online = [sources.length, store.status];
        handlers.visibilitychange();
        facts.unneeded = sources.length;
        sources[3].tell("reset", "booth:one");
        facts.reloads = reloads;
        leave();
        pass(2_000);
        facts.left = [sources[3].closed, Object.keys(handlers)];
        """,
        tmp_path,
    )
    assert facts["beating"] == 1
    assert facts["silent"] == [2, True, "retrying"]
    assert facts["woken"] == [3, "/api/stream/booth:one?last_event_id=3"]
    assert facts["offline"] == "offline"
    assert facts["online"] == [4, "live"]
    assert facts["unneeded"] == 4
    assert facts["reloads"] == 1
    assert facts["left"] == [True, []]


def test_a_patch_shows_at_once_and_gives_way(tmp_path):
    facts = in_browser(
        """
        sources[0].accept();
        sources[0].tell("change", change([{ id: "a", status: "new" }, { id: "b" }]), "1");
        pass(60);
        store.patch("a", { status: "accepting" });
        facts.patched = view().items[0];
        sources[0].tell("change", change([{ id: "a", status: "accepted" }]), "2");
        pass(60);
        facts.confirmed = view().items[0];
        store.patch("b", { status: "accepting" });
        store.revert("b");
        facts.reverted = view().items[1];
        store.patch("b", { status: "accepting" });
        pass(10_100);
        facts.forgotten = view().items[1];
        """,
        tmp_path,
    )
    assert facts["patched"] == {"id": "a", "status": "accepting", "pending": True}
    assert facts["confirmed"] == {"id": "a", "status": "accepted"}
    assert facts["reverted"] == {"id": "b"}
    assert facts["forgotten"] == {"id": "b"}
