// What a number of clicks a day needs: measured figures of one machine, assumptions with names, and
// a seeded simulation of peaks, outages, uneven shards and lost servers.
//
//   node xtask/scale.mjs                     prints the tables of docs/operating/scale.md
//   node xtask/scale.mjs --write             puts them into the page; a test keeps them fresh
//   node xtask/scale.mjs eur_vcpu_month=12   with other assumptions; prints only
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Of `make bench`, on two virtual cores that also made the load. */
const MEASURED = {
  clicks_per_s: 52_000,
  loaded_per_s: 138_000,
  warehouse_bytes: 133,
  journal_bytes: 57,
  // A click that waits for its group, at half of what the machine can take.
  p99_ms_at_half: 3.9,
  cores: 2,
};

/** What nobody has measured here. Each can be given on the command line. */
const ASSUMED = {
  peak_over_mean: 2.5, // the busiest hour of a day over its mean
  minute_noise: 0.15, // how far a minute strays from its hour
  loader_fill_max: 0.8, // of a loader's capacity at the peak
  fill_max: 0.5, // of a collector's capacity at the peak, with one of them away
  one_machine_peak: 5_000, // up to which one machine with files does all
  cores_per_node: 8,
  journal_plain_bytes: 570, // before a segment is packed: ten times as long
  facts_days: 90,
  journal_days: 90, // then moved to a bucket or given up
  disk_fill_max: 0.7,
  disk_tb_per_server: 8,
  rows_per_s_shard: 100_000, // that a shard's two servers take in; of ClickHouse, not measured here
  cores_per_server: 16,
  heavy_share: 0.2, // of all facts that come from the heaviest visitors
  heavy_visitors: 2_000,
  outages_per_server_year: 6, // restarts and failures that somebody has to wait for
  outage_min: 20,
  eur_vcpu_month: 15,
  eur_tb_month: 80,
  eur_bucket_tb_month: 20,
};

const DAY_S = 86_400;
const SIZES = [10e6, 100e6, 1e9, 10e9, 100e9];
const MONTH_DAYS = 30;

/** Uniform numbers that come again with their seed. */
export function dice(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const exponential = (roll, mean) => -mean * Math.log(1 - roll());
const normal = (roll) => Math.sqrt(-2 * Math.log(1 - roll())) * Math.cos(2 * Math.PI * roll());
const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

/** Clicks in each minute of a day, with its peak in the evening. */
function minutesOf(perDay, assumed, roll) {
  const swing = assumed.peak_over_mean - 1;
  const shape = Array.from({ length: 1_440 }, (_, minute) => {
    const hour = Math.cos((2 * Math.PI * (minute - 20 * 60)) / 1_440);
    return Math.exp(1.6 * hour);
  });
  const mean = shape.reduce((sum, each) => sum + each) / shape.length;
  const top = Math.max(...shape) / mean - 1;
  return shape.map((each) => {
    const level = 1 + ((each / mean - 1) * swing) / top;
    const noise = 1 + assumed.minute_noise * normal(roll);
    return Math.max(0, (perDay / 1_440) * level * noise);
  });
}

/**
 * Requests that come by chance and wait for the disk in groups: while one group is synced the next
 * one gathers. Answers the wait that one in a hundred exceeds, in milliseconds.
 */
export function groupWait(fill, syncMs, roll, count = 200_000) {
  const perMs = (MEASURED.clicks_per_s / 1_000) * fill;
  const entryMs = 1 / (MEASURED.clicks_per_s / 1_000) / 2;
  const waits = [];
  let [now, free, group] = [0, 0, []];
  for (let each = 0; each < count; each += 1) {
    now += exponential(roll, 1 / perMs);
    if (group.length > 0 && now > free) {
      const done = Math.max(free, group[0]) + syncMs * (0.7 + 0.6 * roll()) + entryMs * group.length;
      for (const came of group) waits.push(done - came);
      [free, group] = [done, []];
    }
    group.push(now);
  }
  return quantile(waits.sort((a, b) => a - b), 0.99);
}

/** Collectors that keep below their limit in every minute of a day though one of them is away. */
function collectorsFor(peak, assumed) {
  const perNode = (MEASURED.clicks_per_s / MEASURED.cores) * assumed.cores_per_node;
  return Math.max(1, Math.ceil(peak / (perNode * assumed.fill_max))) + 1;
}

/** What waits after the warehouse was away from the hour on, and for how long. */
function outage(minutes, hours, from, loadedPerS) {
  const days = [...minutes, ...minutes, ...minutes, ...minutes];
  let [waiting, most, drained] = [0, 0, null];
  for (let minute = from * 60; minute < days.length; minute += 1) {
    const away = minute < (from + hours) * 60;
    waiting = Math.max(0, waiting + days[minute] - (away ? 0 : loadedPerS * 60));
    most = Math.max(most, waiting);
    if (!away && waiting === 0) {
      drained = minute - (from + hours) * 60;
      break;
    }
  }
  return { most, drained };
}

/** How much more than its share the fullest of the shards holds, where a few visitors weigh much. */
function unevenness(shards, assumed, roll) {
  const held = Array.from({ length: shards }, () => (1 - assumed.heavy_share) / shards);
  const weights = Array.from({ length: assumed.heavy_visitors }, () => exponential(roll, 1));
  const all = weights.reduce((sum, each) => sum + each);
  for (const weight of weights) {
    held[Math.floor(roll() * shards)] += (assumed.heavy_share * weight) / all;
  }
  return Math.max(...held) * shards - 1;
}

/** Years of servers that go away and come back; loading waits while any of them is away. */
function lostServers(shards, assumed, roll, years = 40) {
  const minutes = years * 365 * 1_440;
  const events = [];
  for (let server = 0; server < shards * 2; server += 1) {
    let at = 0;
    for (;;) {
      at += exponential(roll, (365 * 1_440) / assumed.outages_per_server_year);
      if (at >= minutes) break;
      const until = at + exponential(roll, assumed.outage_min);
      events.push({ at, change: 1, shard: server >> 1 }, { at: until, change: -1, shard: server >> 1 });
    }
  }
  events.sort((a, b) => a.at - b.at);
  const away = new Array(shards).fill(0);
  let [count, both, waits, unanswered, before] = [0, 0, 0, 0, 0];
  for (const { at, change, shard } of events) {
    if (count > 0) waits += at - before;
    if (both > 0) unanswered += at - before;
    before = at;
    const had = away[shard] === 2;
    away[shard] += change;
    both += Number(away[shard] === 2) - Number(had);
    count += change;
  }
  return { waitsH: waits / years / 60, unansweredMin: unanswered / years };
}

/** Everything that one size needs. */
export function sizing(perDay, assumed = ASSUMED) {
  const minutes = minutesOf(perDay, assumed, dice(perDay / 1e6));
  const peak = Math.max(...minutes) / 60;
  const tb = (bytes, days) => (perDay * bytes * days) / 1e12;
  const facts = tb(MEASURED.warehouse_bytes, assumed.facts_days);
  const journal = tb(MEASURED.journal_bytes, assumed.journal_days);
  const room = assumed.disk_tb_per_server * assumed.disk_fill_max;
  const isOneMachine = peak < assumed.one_machine_peak && facts + journal < room;
  // Each loader is an installation of its own, with a part of the sites.
  const cells = Math.ceil(peak / (MEASURED.loaded_per_s * assumed.loader_fill_max));
  const shardsOf = (held) =>
    isOneMachine ? 0 : Math.ceil(Math.max(peak / assumed.rows_per_s_shard, held / room) / cells);
  const even = shardsOf(facts);
  const uneven = even > 1 ? unevenness(even, assumed, dice(even)) : 0;
  const shards = shardsOf(facts * (1 + uneven));
  const collectors = isOneMachine ? 0 : collectorsFor(peak / cells, assumed);
  const night = outage(minutes, 6, 17, MEASURED.loaded_per_s * cells);
  const waiting = (night.most * assumed.journal_plain_bytes) / 1e12;
  const coresOfCell =
    (collectors + 1) * assumed.cores_per_node + shards * 2 * assumed.cores_per_server;
  const cores = isOneMachine ? assumed.cores_per_node : cells * coresOfCell;
  const disk = facts * (isOneMachine ? 1 : 2) + journal + waiting;
  const euros =
    cores * assumed.eur_vcpu_month +
    (disk / assumed.disk_fill_max) * assumed.eur_tb_month +
    (facts + journal) * assumed.eur_bucket_tb_month;
  const [lost, lostAsOne] = [shards, shards * cells].map((each) => lostServers(each, assumed, dice(7)));
  return {
    perDay, peak, facts, journal, isOneMachine, cells, collectors: collectors * cells, shards: shards * cells,
    uneven, night, waiting, cores, disk, euros, lost, lostAsOne,
  };
}

const number = (value, digits = 3) => {
  const rounded = Number(value.toPrecision(digits));
  return rounded.toLocaleString('en-GB', { maximumFractionDigits: 3 });
};
const named = { 10e6: '10 million', 100e6: '100 million', 1e9: '1 billion', 10e9: '10 billion', 100e9: '100 billion' };
const duration = (minutes) => {
  if (minutes === null) return 'never';
  return minutes < 120 ? `${number(minutes, 2)} min` : `${number(minutes / 60, 2)} h`;
};

function table(head, rows) {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** The tables as they stand in the page. */
export function tables(assumed = ASSUMED) {
  const all = SIZES.map((size) => sizing(size, assumed));
  const machines = table(
    ['clicks a day', 'peak, clicks/s', 'installations', 'collectors', 'ClickHouse shards × 2', 'vCPU in all', 'facts, TB', 'journal, TB', 'EUR a month', 'EUR for a million clicks'],
    all.map((each) => [
      named[each.perDay],
      number(each.peak),
      each.cells,
      each.isOneMachine ? 'one machine for all' : each.collectors,
      each.shards || '–',
      number(each.cores),
      number(each.facts * (each.isOneMachine ? 1 : 2)),
      number(each.journal),
      number(each.euros, 2),
      number((each.euros / (each.perDay * MONTH_DAYS)) * 1e6, 2),
    ]),
  );
  const faults = table(
    ['clicks a day', 'warehouse away from 17 to 23 h: facts that wait', 'room for them in journals, TB', 'caught up after', 'fullest shard over its share', 'loading waits, h a year', 'the same with one cluster for all', 'reports without an answer, min a year'],
    all.map((each) => [
      named[each.perDay],
      number(each.night.most),
      number(each.waiting),
      duration(each.night.drained),
      each.uneven > 0 ? `${number(each.uneven * 100, 2)} %` : '–',
      each.shards ? number(each.lost.waitsH, 2) : '–',
      each.shards ? number(each.lostAsOne.waitsH, 2) : '–',
      each.shards ? number(each.lost.unansweredMin, 2) : '–',
    ]),
  );
  const sync = calibrated();
  const waits = table(
    ['load, of what the collector can take', '10 %', '30 %', '50 %', '70 %', '90 %', '97 %'],
    [['99 of 100 clicks wait at most, ms', ...[0.1, 0.3, 0.5, 0.7, 0.9, 0.97].map((fill) => number(groupWait(fill, sync, dice(11)), 2))]],
  );
  const given = table(
    ['assumption', 'value'],
    Object.entries(assumed).map(([name, value]) => [`\`${name}\``, number(value, 6)]),
  );
  return { machines, faults, waits, given };
}

/** The time of a sync with which the model waits at half load as long as was measured. */
function calibrated() {
  let [low, high] = [0.1, 5];
  for (let step = 0; step < 20; step += 1) {
    const middle = (low + high) / 2;
    if (groupWait(0.5, middle, dice(11), 50_000) < MEASURED.p99_ms_at_half) low = middle;
    else high = middle;
  }
  return low;
}

/** The page with its tables made anew. */
export function refreshed(page) {
  return Object.entries(tables()).reduce((text, [name, lines]) => {
    const place = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(\n<!-- end -->)`);
    if (!place.test(text)) throw new Error(`the page has no place for ${name}`);
    return text.replace(place, (_, before, after) => `${before}${lines}${after}`);
  }, page);
}

export const PAGE = fileURLToPath(new URL('../docs/operating/scale.md', import.meta.url));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const words = process.argv.slice(2);
  if (words[0] === '--write') {
    await writeFile(PAGE, refreshed(await readFile(PAGE, 'utf8')));
  } else {
    const changed = Object.fromEntries(words.map((word) => word.split('=')).map(([name, value]) => [name, Number(value)]));
    const unknown = Object.keys(changed).filter((name) => !(name in ASSUMED));
    if (unknown.length > 0) throw new Error(`there is no assumption ${unknown.join(', ')}`);
    for (const lines of Object.values(tables({ ...ASSUMED, ...changed }))) console.log(`${lines}\n`);
  }
}
