import { describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { makeCounters, startMetrics } from '../src/metrics.ts';
import { codesIn, readDocument, tableUnder } from './docs/examples.ts';
import { makeChild } from './support/child.ts';
import { freshDatabase } from './support/database.ts';
import { HttpBrowser } from './support/http-browser.ts';

describe('the table of metrics in docs/architecture.md', () => {
  test('docs/architecture.md lists every metric with its labels and what it counts', async () => {
    const { db } = await freshDatabase();
    const registry = new Registry();
    makeCounters(registry);
    startMetrics(db, registry);
    const there = (await registry.getMetricsAsJSON())
      .filter(({ name }) => name.startsWith('bindery_'))
      .map(({ name, help }) => [name, labelsOf(registry, name), help]);
    const told = tableUnder(readDocument('docs/architecture.md'), 'Metrics').map(
      ([name = '', labels = '', what = '']) => [codesIn(name)[0], codesIn(labels), what],
    );
    const byName = ([a]: readonly unknown[], [b]: readonly unknown[]) =>
      String(a).localeCompare(String(b));
    expect(told.sort(byName)).toStrictEqual(there.sort(byName));
  });
});

function labelsOf(registry: Registry, name: string): readonly string[] {
  const { labelNames } = registry.getSingleMetric(name) as unknown as {
    readonly labelNames: readonly string[];
  };
  return labelNames;
}

test('/metrics gives the sum of what all workers counted', async () => {
  const child = await makeChild();
  await child.start({ WORKERS: '2' });
  for (let turn = 0; turn < 8; turn += 1) {
    const browser = new HttpBrowser(child.issuer, { connection: 'close' });
    expect((await browser.send('/bind/q/x')).status).toBe(410);
  }
  const metrics = await (await fetch(`${child.managementUrl}/metrics`)).text();
  const counted = metrics.split('\n').filter((line) => line.startsWith('bindery_refusals_total{'));
  expect(counted).toStrictEqual(['bindery_refusals_total{code="dead_link"} 8']);
});
