// Addresses lead to screens and screens to addresses.
import { describe, expect, it } from 'vitest';
import { match, pathOf, reportPart } from './router';

describe('router', () => {
  it.each([
    ['/', 'overview', {}],
    ['/leads/17', 'lead', { id: '17' }],
    ['/imports/new/deals', 'import', { kind: 'deals' }],
    ['/imports/4', 'importResult', { id: '4' }],
    ['/nowhere', 'notFound', {}],
    ['/leads/%E0%A4%A', 'notFound', {}],
  ])('%s is %s', (path, screen, params) => {
    expect(match(path)).toEqual({ screen, params });
  });

  it('escapes parameters', () => {
    expect(pathOf('lead', { id: 'a/b' })).toBe('/leads/a%2Fb');
  });

  it('carries the report and nothing else', () => {
    const search = new URLSearchParams(
      'period=last_7&q=anna&filter=channel:is:SEO&filter=ad:is:x&tab=rows',
    );
    expect(reportPart(search).toString()).toBe(
      'period=last_7&filter=channel%3Ais%3ASEO&filter=ad%3Ais%3Ax',
    );
  });
});
