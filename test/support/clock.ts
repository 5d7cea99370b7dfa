import { expect } from '@jest/globals';

/** Moves the business clock through the demo's management port. */
export async function advance(managementUrl: string, duration: string): Promise<void> {
  const answer = await fetch(`${managementUrl}/demo/clock`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ advance: duration }),
  });
  expect([await answer.text(), answer.status]).toStrictEqual([expect.anything(), 200]);
}
