import type { DeviceFacts, Facts } from '../facts.ts';
import type { Hook, Reason } from '../hook.ts';

/**
 * R10, first form: the two logins' devices are compared and each is looked up among those its owner is known by. A new
 * device is no offence; one that too many owners share is a person's to judge.
 */
export const device: Hook<'devices'> = {
  id: 'device',
  version: 1,
  needs: ['devices'],
  overrulable: true,
  evaluate({ devices }, pack) {
    const { reviewAboveOwners } = pack.device;
    const shared = sides(devices).filter(([, { ownersSeen }]) => ownersSeen > reviewAboveOwners);
    if (shared.length > 0) {
      const reasons = shared.map(([side, { ownersSeen }]) => ({ code: 'shared_by_many', detail: { side, ownersSeen, reviewAboveOwners } }));
      return { verdict: 'review', reasons };
    }
    const comparison: Reason = { code: devices.starter.device === devices.other.device ? 'same_device' : 'two_devices' };
    const known = sides(devices).map(([side, { knownToOwner }]) => ({
      code: knownToOwner ? 'known_device' : 'first_seen',
      detail: { side },
    }));
    return { verdict: 'allow', reasons: [comparison, ...known] };
  },
};

function sides({ starter, other }: Facts['devices']): readonly (readonly ['starter' | 'other', DeviceFacts])[] {
  return [
    ['starter', starter],
    ['other', other],
  ];
}
