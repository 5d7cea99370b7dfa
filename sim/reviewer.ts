import type { Chance } from './chance.ts';

/** How well people judge what they are sent: an assumption, stated in docs/simulation.md, and the only one made of them. */
export const REVIEWER = { seesThrough: 0.85, refusesHonest: 0.03 } as const;

/** True when the reviewer accepts. The service has no such knowledge of who is who: only this stand-in for a person has. */
export function makeReviewer(chance: Chance): (abnormal: boolean) => boolean {
  return (abnormal) => !chance.happens(abnormal ? REVIEWER.seesThrough : REVIEWER.refusesHonest);
}
