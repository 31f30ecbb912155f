// The hooks behind `live()` and `keep_awake()`.
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { NOTHING, livePatch, liveRevert, storeOf } from "./live_store.js";

export { livePatch, liveRevert };

const nothingToHear = () => () => {};

// What a stream has told so far. No address yet (a console that is still loading): nothing.
export function useLive(url, channel) {
  const subscribe = url ? storeOf(url).subscribe : nothingToHear;
  const view = useCallback(() => (url ? storeOf(url).view(channel) : NOTHING), [url, channel]);
  // The page was written without knowing any row, so the first render must not know one either.
  return useSyncExternalStore(subscribe, view, () => NOTHING);
}

// Keeps the screen on while `wanted`. The browser takes the lock away with each change of tab,
// and gives none at all on old phones or a weak battery: then the screen sleeps as always.
export function useKeepAwake(wanted) {
  const [state, setState] = useState("off");
  useEffect(() => {
    if (!wanted || !navigator.wakeLock) {
      setState(navigator.wakeLock ? "off" : "unsupported");
      return undefined;
    }
    let lock = null;
    let over = false;
    const take = async () => {
      if (over || document.visibilityState !== "visible" || (lock && !lock.released)) return;
      try {
        lock = await navigator.wakeLock.request("screen");
        if (over) lock.release();
        else setState("on");
        lock.addEventListener("release", () => over || setState("off"));
      } catch {
        setState("off");
      }
    };
    take();
    document.addEventListener("visibilitychange", take);
    return () => {
      over = true;
      document.removeEventListener("visibilitychange", take);
      lock?.release().catch(() => {});
      setState("off");
    };
  }, [wanted]);
  return state;
}
