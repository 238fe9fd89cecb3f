// Applies the chosen theme before the first paint, so a dark page never flashes white.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem('throughline.theme');
  } catch {
    // Storage may be switched off; the system's theme applies then.
  }
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
})();
