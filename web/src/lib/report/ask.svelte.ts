// Asking for a report when its question changes, and not whenever the address does.
import * as api from '../api/calls';
import type { Report, ReportQuery } from '../api/report-types';
import type { Resource } from '../state/resource.svelte';

/** Keeps a resource at the answer to a question, while the component lives. */
export function ask(resource: Resource<Report>, question: () => ReportQuery | undefined): void {
  const written = $derived(JSON.stringify(question()) ?? '');
  $effect(() => {
    const asked = written;
    if (asked === '') return;
    void resource.load((signal) => api.runReport(JSON.parse(asked) as ReportQuery, signal));
  });
}
