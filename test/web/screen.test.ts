import { describe, expect, test } from '@jest/globals';
import { SCREENS, type Screen, screenOf } from '../../src/web/approval/screen.ts';

type State = keyof typeof SCREENS.counterparty;
const DECISIONS: readonly Screen[] = ['consent', 'approve', 'confirm', 'prove'];

describe('the page an approval session sees', () => {
  for (const side of ['initiator', 'counterparty'] as const) {
    for (const state of Object.keys(SCREENS[side]) as State[]) {
      const screen: Screen = SCREENS[side][state];

      test(`is ${screen} for the ${side} of a request that is ${state}`, () => {
        expect(screenOf({ side, signedIn: true, fresh: true }, state)).toBe(screen);
      });

      test(`never takes a decision of the ${side} without a fresh sign-in, ${state}`, () => {
        for (const signedIn of [true, false])
          expect(DECISIONS).not.toContain(screenOf({ side, signedIn, fresh: false }, state));
      });
    }
  }

  test('keeps the waiting page open however long ago the initiator signed in', () => {
    expect(screenOf({ side: 'initiator', signedIn: true, fresh: false }, 'offered')).toBe('wait');
  });

  test('lets whoever only waits for the other side’s proof wait, however long ago they signed in', () => {
    expect(screenOf({ side: 'initiator', signedIn: true, fresh: false }, 'proving', false)).toBe(
      'prove',
    );
    expect(screenOf({ side: 'initiator', signedIn: false, fresh: false }, 'proving', false)).toBe(
      'sign_in',
    );
  });
});
