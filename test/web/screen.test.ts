import { describe, expect, test } from '@jest/globals';
import { SCREENS, type Screen, screenOf } from '../../src/web/approval/screen.ts';

type State = keyof typeof SCREENS.counterparty;
const DECISIONS: readonly Screen[] = ['consent', 'approve', 'confirm', 'prove'];

describe('the screen of an approval session', () => {
  for (const side of ['initiator', 'counterparty'] as const) {
    for (const state of Object.keys(SCREENS[side]) as State[]) {
      const screen: Screen = SCREENS[side][state];

      test(`the ${side} of a request that is ${state} sees the screen ${screen}`, () => {
        expect(screenOf({ side, signedIn: true, fresh: true }, state)).toBe(screen);
      });

      test(`the ${side} decides nothing without a fresh sign-in, ${state}`, () => {
        for (const signedIn of [true, false])
          expect(DECISIONS).not.toContain(screenOf({ side, signedIn, fresh: false }, state));
      });
    }
  }

  test('the waiting page stays open when the initiator’s sign-in is stale', () => {
    expect(screenOf({ side: 'initiator', signedIn: true, fresh: false }, 'offered')).toBe('wait');
  });

  test('a side that waits for the other’s proof keeps waiting with a stale sign-in', () => {
    expect(screenOf({ side: 'initiator', signedIn: true, fresh: false }, 'proving', false)).toBe(
      'prove',
    );
    expect(screenOf({ side: 'initiator', signedIn: false, fresh: false }, 'proving', false)).toBe(
      'sign_in',
    );
  });
});
