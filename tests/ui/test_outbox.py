"""The outbox in the browser: what is compiled from the Python, and how its store behaves."""

import json
from pathlib import Path
from typing import Any

import pytest
import reflex as rx

from djplatform.features.events import service as events  # registers the operation
from djplatform.settings import ROOT
from djplatform.ui import outbox
from djplatform.ui.guard import public_action
from tests.ui.node import facts_of
from tests.ui.test_live import compiled

pytestmark = pytest.mark.feature("B2/outbox")
END = f"{events.__name__.split('.')[2]}.end_event"


class Night(rx.State):
    night: str = ""

    @public_action
    async def look(self):
        pass


def test_a_click_is_a_bare_function_that_needs_no_connection():
    page = compiled(rx.el.button("End", on_click=outbox.enqueue(END, event_id=Night.night)))
    assert 'enqueue("events.end_event", ' in page
    assert '["event_id"] : ' in page
    assert "outbox.js" in page
    assert "addEvents" not in page.split("enqueue(")[1].split("\n")[0]


def test_an_operation_that_does_not_exist_is_refused_where_it_is_written():
    with pytest.raises(KeyError):
        outbox.enqueue("events.end_evnt")


def test_what_waits_and_what_was_refused_is_shown():
    page = compiled(rx.el.div(outbox.saved(), outbox.refused(), outbox.after(Night.look)))
    assert page.count("const outbox = useOutbox()") >= 1
    assert '" saved"' in page
    assert "AfterOutbox" in page
    assert "look" in page


# The store runs in Node with clock, network and page in its hands; React is not needed for it.
BROWSER = """
let now = 1_700_000_000_000;
let timers = [];
Date.now = () => now;
globalThis.setTimeout = (run, ms) => { timers.push({ at: now + ms, run }); return timers.at(-1); };
globalThis.clearTimeout = (timer) => { timers = timers.filter((other) => other !== timer); };
Math.random = () => 1;
const settle = async () => { for (let i = 0; i < 50; i += 1) await Promise.resolve(); };
const pass = async (ms) => {
  const end = now + ms;
  await settle();
  for (;;) {
    const next = timers.filter((t) => t.at <= end).sort((a, b) => a.at - b.at)[0];
    if (!next) break;
    timers = timers.filter((t) => t !== next);
    now = next.at;
    next.run();
    await settle();
  }
  now = end;
};
const kept = new Map();
globalThis.localStorage = new Proxy({
  getItem: (name) => kept.get(name) ?? null,
  setItem: (name, text) => { if (FULL) throw new Error("quota"); kept.set(name, text); },
  removeItem: (name) => kept.delete(name),
}, { ownKeys: () => [...kept.keys()],
     getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }) });
const handlers = {};
globalThis.addEventListener = (name, run) => { handlers[name] = run; };
globalThis.removeEventListener = (name) => { delete handlers[name]; };
globalThis.document = { addEventListener, removeEventListener, visibilityState: "visible" };
globalThis.AbortSignal = { timeout: (ms) => ms };
const queue = [];
const locks = { request: async (name, run) => {
  const before = queue.at(-1); let done; queue.push(new Promise((r) => { done = r; }));
  await before; try { return await run(); } finally { done(); } } };
Object.defineProperty(globalThis, "navigator",
  { value: { onLine: true, locks: LOCKS ? locks : undefined } });
const calls = [];
const answers = [];
const ok = (id) => ({ ok: true, status: 200, headers: new Map([["Idempotency-Key", id]]) });
const refusal = (status, body) => ({ ok: false, status, headers: new Map(),
  json: async () => { if (body === undefined) throw new Error("no JSON"); return body; } });
globalThis.fetch = async (url, { method, headers, body, signal }) => {
  const id = headers["Idempotency-Key"];
  calls.push({ url, method, id, account: headers["Outbox-Account"], body: String(body), signal });
  const next = answers.length ? answers.shift() : ok;
  if (next === "dead") throw new Error("network");
  return typeof next === "function" ? next(id) : next;
};
const load = () => import(`${STORE}?${Math.random()}${calls.length}${kept.size}`);
const { outboxOf } = await load();
const box = outboxOf("me");
const seen = [];
const leave = box.subscribe(() => seen.push(box.view().saved));
const facts = {};
const bodies = () => calls.map((call) => call.body);
"""


def in_browser(script: str, tmp_path: Path, *, locks: bool = True, full: bool = False) -> Any:
    """Run a script against the store; it fills `facts`."""
    store = tmp_path / "outbox_store.mjs"
    store.write_text((ROOT / "djplatform/ui/outbox_store.js").read_text())
    given = {"STORE": str(store), "LOCKS": locks, "FULL": full}
    named = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in given.items())
    return facts_of(f"{named}{BROWSER}{script}", tmp_path)


@pytest.mark.parametrize("locks", [True, False])
def test_with_a_network_it_is_sent_at_once_and_never_seen_waiting(tmp_path, locks):
    facts = in_browser(
        """
        box.enqueue("events.end_event", { event_id: "7" });
        await pass(1_000);
        Object.assign(facts, { calls, kept: kept.size, view: box.view(), seen });
        """,
        tmp_path,
        locks=locks,
    )
    [call] = facts["calls"]
    assert call["url"] == "/api/outbox/events.end_event"
    assert (call["method"], call["body"], call["account"]) == ("POST", "event_id=7", "me")
    assert len(call["id"]) == 36
    assert call["signal"] == 8_000
    assert facts["kept"] == 0
    assert facts["view"] == {"saved": 0, "done": 1, "refused": "", "refusals": 0}
    assert set(facts["seen"]) == {0}


def test_without_a_network_it_is_kept_counted_and_sent_in_order(tmp_path):
    facts = in_browser(
        """
        navigator.onLine = false;
        for (const n of [1, 2, 3]) { box.enqueue("a.b", { n }); await pass(10); }
        await pass(120_000);
        Object.assign(facts, { offline: [calls.length, box.view().saved, kept.size] });
        navigator.onLine = true;
        handlers.online();
        await pass(10);
        Object.assign(facts, { bodies: bodies(), view: box.view(), kept: kept.size });
        """,
        tmp_path,
    )
    assert facts["offline"] == [0, 3, 3]
    assert facts["bodies"] == ["n=1", "n=2", "n=3"]
    assert (facts["view"]["saved"], facts["view"]["done"], facts["kept"]) == (0, 3, 0)


@pytest.mark.parametrize(
    "answer",
    [
        '"dead"',
        "refusal(502)",
        "refusal(401, { error: 'Please log in first.' })",
        "refusal(429, { error: 'Too many' })",
        "refusal(403)",  # not JSON: a proxy's or the door's
        "{ ok: true, status: 200, headers: new Map() }",  # a venue's log-in page
    ],
)
def test_what_is_no_answer_of_ours_is_tried_again_under_the_same_number(tmp_path, answer):
    facts = in_browser(
        f"""
        answers.push({answer}, {answer});
        box.enqueue("a.b", {{ n: 1 }});
        await pass(500);
        facts.waiting = [calls.length, box.view().saved];
        await pass(10_000);
        Object.assign(facts, {{ ids: calls.map((c) => c.id), view: box.view(), kept: kept.size }});
        """,
        tmp_path,
    )
    assert facts["waiting"] == [1, 1]
    assert len(facts["ids"]) == 3
    assert len(set(facts["ids"])) == 1
    assert facts["view"] == {"saved": 0, "done": 1, "refused": "", "refusals": 0}
    assert facts["kept"] == 0


def test_pauses_grow_up_to_a_quarter_of_a_minute(tmp_path):
    facts = in_browser(
        """
        for (let n = 0; n < 12; n += 1) answers.push("dead");
        box.enqueue("a.b", {});
        const at = [];
        while (calls.length < 8) { const n = calls.length; await pass(100);
          if (calls.length > n) at.push(now); }
        facts.pauses = at.slice(1).map((t, i) => Math.round((t - at[i]) / 1000));
        """,
        tmp_path,
    )
    assert facts["pauses"] == [1, 2, 4, 8, 15, 15, 15]


def test_a_refusal_is_told_and_the_next_one_goes_on(tmp_path):
    facts = in_browser(
        """
        answers.push(refusal(409, { error: "That is already so." }));
        box.enqueue("a.b", { n: 1 });
        box.enqueue("a.b", { n: 2 });
        await pass(1_000);
        Object.assign(facts, { bodies: bodies(), view: box.view(), kept: kept.size });
        """,
        tmp_path,
    )
    assert facts["bodies"] == ["n=1", "n=2"]
    assert facts["view"] == {
        "saved": 0,
        "done": 1,
        "refused": "That is already so.",
        "refusals": 1,
    }
    assert facts["kept"] == 0


def test_a_reload_and_a_second_tab_send_what_is_left_and_nothing_twice(tmp_path):
    facts = in_browser(
        """
        navigator.onLine = false;
        box.enqueue("a.b", { n: 1 });
        box.enqueue("a.b", { n: 2 });
        await settle();
        leave();
        navigator.onLine = true;
        const tabs = [(await load()).outboxOf("me"), (await load()).outboxOf("me")];
        tabs.forEach((tab) => tab.subscribe(() => {}));
        await pass(10);
        Object.assign(facts, { bodies: bodies(), kept: kept.size });
        """,
        tmp_path,
    )
    assert facts == {"bodies": ["n=1", "n=2"], "kept": 0}


def test_another_person_neither_sees_nor_sends_it(tmp_path):
    facts = in_browser(
        """
        navigator.onLine = false;
        box.enqueue("a.b", { n: 1 });
        await settle();
        leave();
        navigator.onLine = true;
        const other = outboxOf("somebody else");
        other.subscribe(() => {});
        await pass(60_000);
        Object.assign(facts, { calls: calls.length, saved: other.view().saved, kept: kept.size });
        """,
        tmp_path,
    )
    assert facts == {"calls": 0, "saved": 0, "kept": 1}


def test_what_is_a_week_old_or_broken_is_forgotten(tmp_path):
    facts = in_browser(
        """
        navigator.onLine = false;
        box.enqueue("a.b", { n: 1 });
        await settle();
        kept.set("outbox:me:broken", "{");
        now += 8 * 24 * 3_600_000;
        navigator.onLine = true;
        handlers.online();
        await pass(10);
        Object.assign(facts, { calls: calls.length, kept: kept.size });
        """,
        tmp_path,
    )
    assert facts == {"calls": 0, "kept": 0}


def test_where_nothing_can_be_kept_it_lives_as_long_as_the_page(tmp_path):
    facts = in_browser(
        """
        answers.push("dead");
        box.enqueue("a.b", { n: 1 });
        await pass(500);
        facts.waiting = box.view().saved;
        await pass(5_000);
        Object.assign(facts, { bodies: bodies(), done: box.view().done });
        """,
        tmp_path,
        full=True,
    )
    assert facts == {"waiting": 1, "bodies": ["n=1", "n=1"], "done": 1}
