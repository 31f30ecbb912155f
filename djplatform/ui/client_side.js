// What only a browser can do, for the functions of client_side.py.

import { useEffect, useState } from "react";

// What stands in a form, by name; nothing until somebody types or chooses.
export function useTyped(formId) {
  const [typed, setTyped] = useState({});
  useEffect(() => {
    const read = ({ target }) => {
      if (target.form?.id === formId) setTyped(Object.fromEntries(new FormData(target.form)));
    };
    document.addEventListener("input", read);
    return () => document.removeEventListener("input", read);
  }, [formId]);
  return typed;
}

// Copies a text and marks the button for two seconds. Over plain http in a local network there is
// no clipboard object, and a browser may refuse its own; the old command still works then.
export async function copyText(button, text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    copyBySelection(text);
  }
  button.dataset.done = "1";
  setTimeout(() => delete button.dataset.done, 2000);
}

function copyBySelection(text) {
  const area = Object.assign(document.createElement("textarea"), { value: text, readOnly: true });
  area.style.cssText = "position:fixed;opacity:0";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
