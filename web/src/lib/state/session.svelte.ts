// Who is signed in and which workspace they look at.
import * as api from '../api/calls';
import { useWorkspace, whenBarred, whenSignedOut } from '../api/client';
import type { Me, OwnWorkspace, Permission, Workspace } from '../api/types';
import { setLanguage } from '../i18n/index.svelte';
import { proof } from './proof.svelte';

const STORAGE_KEY = 'throughline.workspace';

class CurrentSession {
  me = $state.raw<Me | undefined>(undefined);
  workspaceId = $state<number | undefined>(undefined);
  workspace = $derived<OwnWorkspace | undefined>(
    this.me?.workspaces.find((each) => each.id === this.workspaceId) ?? this.me?.workspaces[0],
  );

  get currency(): string {
    return this.workspace?.currency ?? 'EUR';
  }

  /** How amounts that come in are read. */
  get vatMode(): Workspace['vat_mode'] {
    return this.workspace?.vat_mode ?? 'net';
  }

  get timeZone(): string {
    return this.workspace?.time_zone ?? 'UTC';
  }

  /** Whether they belong to the house; who does not is shown nothing of its people. */
  get isOutside(): boolean {
    return this.workspace?.realm === 'outside';
  }

  /** Whether the person's role in this workspace has the right. */
  may(permission: Permission): boolean {
    return this.workspace?.permissions.includes(permission) ?? false;
  }

  async load(): Promise<void> {
    await this.accept(await api.loadMe());
  }

  async accept(me: Me): Promise<void> {
    this.me = me;
    const kept = Number(localStorage.getItem(STORAGE_KEY));
    const known = me.workspaces.find((each) => each.id === kept) ?? me.workspaces[0];
    this.workspaceId = known?.id;
    useWorkspace(known?.id);
    await setLanguage(me.user.language);
  }

  choose(id: number): void {
    localStorage.setItem(STORAGE_KEY, String(id));
    // A page load drops everything that belonged to the other workspace.
    window.location.assign('/');
  }

  replaceWorkspace(workspace: Workspace): void {
    if (this.me === undefined) return;
    const workspaces = this.me.workspaces.map((each) =>
      each.id === workspace.id ? { ...each, ...workspace } : each,
    );
    this.me = { ...this.me, workspaces };
  }

  clear(): void {
    this.me = undefined;
    this.workspaceId = undefined;
    useWorkspace(undefined);
  }
}

export const session = new CurrentSession();
whenSignedOut(() => {
  session.clear();
  proof.answer(false);
});
whenBarred(() => void session.load().catch(() => {}));
