import { expect, test } from '@jest/globals';
import { refusedBy } from '../../src/binding/refusal.ts';
import type { DecisionId } from '../../src/kernel/ids.ts';

const decision_id = 'dec_1' as DecisionId;

// biome-ignore format: a table is read by its columns
const CASES = [
  ['an owner who said no',                    { refusal: 'refused_by_owner', decision_id, verdict: 'review', refused_by_hook: null      }, 'owner'],
  ['an owner, where nothing was decided',     { refusal: 'risk', decision_id: null, verdict: null, refused_by_hook: null                }, 'owner'],
  ['a rule that denied',                      { refusal: 'risk', decision_id, verdict: 'deny', refused_by_hook: 'device'                }, 'policy'],
  ['a rule that asked for proof in vain',     { refusal: 'risk', decision_id, verdict: 'step_up', refused_by_hook: 'step-up'            }, 'policy'],
  ['a person whom a rule asked',              { refusal: 'risk', decision_id, verdict: 'review', refused_by_hook: null                  }, 'person'],
  ['a rule, after its decision was dropped',  { refusal: 'risk', decision_id, verdict: null, refused_by_hook: 'device'                  }, 'policy'],
  ['a person, after the decision was dropped', { refusal: 'risk', decision_id, verdict: null, refused_by_hook: null                     }, 'person'],
] as const;

for (const [name, refusal, by] of CASES)
  test(`a stored refusal tells that it came from ${name}`, () => {
    expect(refusedBy(refusal)).toBe(by);
  });
