import { useCallback, useState } from "react";

export type Theme = "system" | "light" | "dark";

/** `public/theme.js` reads the same key before the first paint. */
const KEY = "deputy.theme";

/** The chosen theme and its setter. "system" follows the operating system. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(readTheme);
  const choose = useCallback((next: Theme) => {
    setTheme(next);
    if (next === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  }, []);
  return [theme, choose];
}

function readTheme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}
