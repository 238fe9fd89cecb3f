// Which of the servers that the program keeps its data in, and of its other nodes, are away, and
// since when.

const LOOK_MS = 5_000;

interface Part {
  state: 'works' | 'failing' | 'away';
  since?: string;
}
type Keeper = 'store' | 'warehouse';

/** Another node that does not answer. */
export interface NodeAway {
  name: string;
  since: string;
}

const state = $state<Record<Keeper, string | undefined> & { nodes: NodeAway[] }>({
  store: undefined,
  warehouse: undefined,
  nodes: [],
});

async function look(): Promise<void> {
  // The answer is 503 where nothing can be taken in, and says the same.
  const response = await fetch('/readyz');
  const { parts, nodes = [] } = (await response.json()) as {
    parts: Record<Keeper, Part>;
    nodes?: NodeAway[];
  };
  state.store = parts.store.since;
  state.warehouse = parts.warehouse.since;
  state.nodes = nodes;
}

/** Looks again and again while the page is shown; what it returns ends that. */
export function watchKeepers(): () => void {
  const lookIfShown = (): void => {
    // Whoever cannot be reached at all is told so by every other request.
    if (!document.hidden) void look().catch(() => undefined);
  };
  lookIfShown();
  const timer = setInterval(lookIfShown, LOOK_MS);
  document.addEventListener('visibilitychange', lookIfShown);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', lookIfShown);
  };
}

export const keepers = {
  /** Since when it does not answer; undefined while it does. */
  awaySince(keeper: Keeper): string | undefined {
    return state[keeper];
  },
  /** Other nodes that do not answer. */
  get nodes(): NodeAway[] {
    return state.nodes;
  },
};
