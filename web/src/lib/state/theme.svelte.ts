// Light, dark, or as the system says.

export type Theme = 'system' | 'light' | 'dark';
export const THEMES: Theme[] = ['system', 'light', 'dark'];
const STORAGE_KEY = 'throughline.theme';

const systemDark = window.matchMedia('(prefers-color-scheme: dark)');
const state = $state({ chosen: recall(), systemIsDark: systemDark.matches });
systemDark.addEventListener('change', (event) => {
  state.systemIsDark = event.matches;
});

export const theme = {
  get chosen(): Theme {
    return state.chosen;
  },
  /** What is on the screen now. */
  get shown(): 'light' | 'dark' {
    if (state.chosen !== 'system') return state.chosen;
    return state.systemIsDark ? 'dark' : 'light';
  },
  choose(next: Theme): void {
    state.chosen = next;
    if (next === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem(STORAGE_KEY, next);
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  },
};

function recall(): Theme {
  try {
    const kept = localStorage.getItem(STORAGE_KEY);
    return kept === 'light' || kept === 'dark' ? kept : 'system';
  } catch {
    return 'system';
  }
}
