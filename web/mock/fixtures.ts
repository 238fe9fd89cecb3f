// What the mock server holds at the start.
export * from './fixtures/people.ts';
export * from './fixtures/sites.ts';
export * from './fixtures/costs.ts';
export * from './fixtures/leads.ts';
export * from './fixtures/notes.ts';
