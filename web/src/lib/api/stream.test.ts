// Lines of an event stream become events.
import { describe, expect, it } from 'vitest';
import { parseEvent } from './stream';

describe('parseEvent', () => {
  it('reads the name and the data', () => {
    expect(parseEvent('event: hits\ndata: {"a":1}')).toEqual({ name: 'hits', data: '{"a":1}' });
  });

  it('joins data of several lines', () => {
    expect(parseEvent('data: a\ndata: b')).toEqual({ name: 'message', data: 'a\nb' });
  });

  it('passes over a comment that keeps the line open', () => {
    expect(parseEvent(': ping')).toBeUndefined();
  });
});
