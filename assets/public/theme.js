// Runs before the first paint, as a file of its own because the content security policy forbids inline scripts.
(function () {
  try {
    var theme = localStorage.getItem("deputy.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be switched off; then the system's colours are used.
  }
})();
