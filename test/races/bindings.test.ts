import { beforeAll, expect, test } from '@jest/globals';
import { answerBinding } from '../../src/binding/answer-binding.ts';
import type { BindingRequest } from '../../src/binding/binding-request.ts';
import { enterCode } from '../../src/binding/enter-code.ts';
import type { Bindery } from '../../src/compose.ts';
import type { Result } from '../../src/kernel/refusals.ts';
import { type Redemption, redeemRequest } from '../../src/tokens/redeem-request.ts';
import {
  arriveAs,
  countBindings,
  forgetBindings,
  makeAccount,
  makeAccounts,
  makeOwner,
  makeVisitor,
  offerAs,
  offerToMany,
} from '../support/people.ts';
import { startServer } from '../support/server.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 50);
const { bindery } = await startServer();
const deps: Bindery = bindery;

type Settled = Result<BindingRequest>;
const approved = (settled: readonly Settled[]) =>
  settled.filter((each) => each.ok && each.value.state === 'approved');
const refusedWith = (settled: readonly Settled[]) =>
  settled.map((each) =>
    each.ok
      ? each.value.state === 'refused'
        ? each.value.refusal
        : each.value.state
      : each.refusal.code,
  );

const approve = async (at: {
  approvalSessionId: string;
  visitor: ReturnType<typeof makeVisitor>;
}): Promise<Settled> => await answerBinding(deps, { ...at, decision: 'approve' });

const redeem = async (redemption: Redemption) =>
  await deps.db.transaction((tx) => redeemRequest(tx, deps, redemption));

beforeAll(async () => await forgetBindings(deps.db));

test('of 100 subs that race for the last slot exactly one is bound [R2]', async () => {
  const owner = await makeOwner(deps.db);
  const primary = await makeAccount(deps.db, owner);
  const subs = await makeAccounts(deps.db, owner, 102);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const sub of subs.slice(0, 2)) {
      expect(
        approved([await approve(await arriveAs(deps, (await offerAs(deps, primary)).link, sub))])
          .length,
      ).toBe(1);
    }
    const racers = await offerToMany(deps.db, primary, subs.slice(2));
    const settled = await Promise.all(racers.map(approve));
    expect([`round ${round}`, approved(settled).length]).toStrictEqual([`round ${round}`, 1]);
    expect(new Set(refusedWith(settled))).toStrictEqual(new Set(['approved', 'limit_reached']));
    expect(await countBindings(deps.db, primary)).toBe(3);
    await forgetBindings(deps.db);
  }
});

test('two racing primaries of one owner bind three subs together [R2]', async () => {
  const owner = await makeOwner(deps.db);
  const [one, two] = (await makeAccounts(deps.db, owner, 2)) as [never, never];
  const subs = await makeAccounts(deps.db, owner, 8);
  for (let round = 0; round < ROUNDS; round += 1) {
    const racers = await Promise.all(
      subs.map(
        async (sub, at) =>
          await arriveAs(deps, (await offerAs(deps, at % 2 ? one : two)).link, sub),
      ),
    );
    const settled = await Promise.all(racers.map(approve));
    expect([`round ${round}: ${refusedWith(settled)}`, approved(settled).length]).toStrictEqual([
      `round ${round}: ${refusedWith(settled)}`,
      3,
    ]);
    expect((await countBindings(deps.db, one)) + (await countBindings(deps.db, two))).toBe(3);
    await forgetBindings(deps.db);
  }
});

test('of 50 concurrent claims of one code exactly one binds [R7]', async () => {
  const owner = await makeOwner(deps.db);
  const primary = await makeAccount(deps.db, owner);
  const subs = await makeAccounts(deps.db, owner, 50);
  for (let round = 0; round < ROUNDS; round += 1) {
    const { link } = await offerAs(deps, primary);
    const racers = await Promise.all(subs.map(async (sub) => await arriveAs(deps, link, sub)));
    const settled = await Promise.all(racers.map(approve));
    expect([`round ${round}`, approved(settled).length]).toStrictEqual([`round ${round}`, 1]);
    expect(settled.filter((each) => !each.ok && each.refusal.code === 'request_over').length).toBe(
      49,
    );
    expect(await countBindings(deps.db, primary)).toBe(1);
    await forgetBindings(deps.db);
  }
});

test('concurrent bindings of A to B and B to A leave one, not a cycle', async () => {
  const owner = await makeOwner(deps.db);
  const [a, b] = (await makeAccounts(deps.db, owner, 2)) as [never, never];
  for (let round = 0; round < ROUNDS; round += 1) {
    const [toB, toA] = await Promise.all([offerAs(deps, a), offerAs(deps, b)]);
    const racers = await Promise.all([arriveAs(deps, toB.link, b), arriveAs(deps, toA.link, a)]);
    const settled = await Promise.all(racers.map(approve));
    expect([`round ${round}: ${refusedWith(settled)}`, approved(settled).length]).toStrictEqual([
      `round ${round}: ${refusedWith(settled)}`,
      1,
    ]);
    expect([
      `round ${round}: ${refusedWith(settled)}`,
      refusedWith(settled).includes('not_eligible'),
    ]).toStrictEqual([`round ${round}: ${refusedWith(settled)}`, true]);
    await forgetBindings(deps.db);
  }
});

test('a sub that approves for two primaries at once is bound to one', async () => {
  const owner = await makeOwner(deps.db);
  const [one, two, sub] = (await makeAccounts(deps.db, owner, 3)) as [never, never, never];
  for (let round = 0; round < ROUNDS; round += 1) {
    const offers = await Promise.all([offerAs(deps, one), offerAs(deps, two)]);
    const racers = await Promise.all(offers.map(({ link }) => arriveAs(deps, link, sub)));
    const settled = await Promise.all(racers.map(approve));
    expect([`round ${round}`, refusedWith(settled).sort()]).toStrictEqual([
      `round ${round}`,
      ['already_bound', 'approved'],
    ]);
    await forgetBindings(deps.db);
  }
});

test('ten concurrent redemptions answer with the same binding', async () => {
  const owner = await makeOwner(deps.db);
  const [primary, sub] = (await makeAccounts(deps.db, owner, 2)) as [never, never];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { link, handle } = await offerAs(deps, primary);
    expect(approved([await approve(await arriveAs(deps, link, sub))]).length).toBe(1);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => redeem({ handle, clientId: 'demo-web', jkt: undefined })),
    );
    expect(new Set(answers.map(({ status }) => status))).toStrictEqual(new Set([200]));
    expect(
      new Set(answers.map(({ body }) => (body as { binding_id?: string }).binding_id)).size,
    ).toBe(1);
    await forgetBindings(deps.db);
  }
});

test('the fifth of eight concurrent wrong codes ends the request [R7]', async () => {
  const owner = await makeOwner(deps.db);
  const primary = await makeAccount(deps.db, owner);
  const { code } = await offerAs(deps, primary);
  const slip = `${code.slice(0, 15)}${(Number(code[15]) + 1) % 10}`;
  await Promise.all(
    Array.from({ length: 8 }, (_, at) =>
      enterCode(deps, { typed: slip, visitor: makeVisitor(`127.0.1.${at}`) }),
    ),
  );
  const right = await enterCode(deps, { typed: code, visitor: makeVisitor('127.0.2.1') });
  expect(right.ok).toBe(false);
});
