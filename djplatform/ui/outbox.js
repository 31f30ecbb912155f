// The hooks behind `outbox.py`.
import { useEffect, useRef, useSyncExternalStore } from "react";
import { NOTHING, outboxOf } from "./outbox_store.js";

// The server writes into each console whose page it is; another person begins with a new page.
const mine = () => outboxOf(document.documentElement.dataset.account ?? "");

export const enqueue = (operation, fields) => mine().enqueue(operation, fields);

// What waits, was done and was refused.
export function useOutbox() {
  return useSyncExternalStore(
    (listener) => mine().subscribe(listener),
    () => mine().view(),
    () => NOTHING,
  );
}

// Draws nothing; calls `onDone` whenever an action arrived.
export function AfterOutbox({ onDone }) {
  const { done } = useOutbox();
  const told = useRef(done);
  useEffect(() => {
    if (told.current === done) return;
    told.current = done;
    onDone();
  }, [done, onDone]);
  return null;
}
