import { Secret, TOTP } from 'otpauth';
import { appendAudit } from '../audit/audit-log.store.ts';
import type { AccountId, FactorId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { open } from '../owners/sealed.ts';
import type { FactorDeps } from './deps.ts';
import { type FactorProof, type ProofRefusal, parseAppCode } from './factor.ts';
import { findApp, useApp } from './factors.store.ts';
import { attempt } from './proof-attempts.ts';

export const SECRET_KEY = 'second-factors/totp';

/** Where an app's secret is stored, also before it is confirmed. */
export function secretPlace(factor: FactorId): {
  readonly table: string;
  readonly row: string;
  readonly column: string;
} {
  return { table: 'second_factors', row: factor, column: 'secret' };
}

/** The time step of this code. One step before and one after now are allowed (RFC 6238 §5.2). */
export function stepOf(secret: Uint8Array, code: string, nowMs: number): number | undefined {
  const delta = TOTP.validate({
    token: code,
    secret: new Secret({ buffer: Uint8Array.from(secret).buffer }),
    timestamp: nowMs,
    window: 1,
  });
  return delta === null ? undefined : TOTP.counter({ timestamp: nowMs }) + delta;
}

/**
 * Proves an account's authenticator app for one purpose. Each code works once: the row stores the
 * last step, which only grows.
 */
export async function proveTotp(
  deps: Pick<FactorDeps, 'db' | 'secrets' | 'limits'>,
  {
    account,
    purpose,
    code,
  }: { readonly account: AccountId; readonly purpose: string; readonly code: string },
): Promise<Result<FactorProof, ProofRefusal>> {
  return await attempt(deps, account, () =>
    deps.db.transaction(async (tx) => {
      const app = await findApp(tx, account);
      if (!app) return refuse('no_such_factor', 'ACC-3T0');
      const opened = open(deps.secrets.derive(SECRET_KEY), secretPlace(app.id), app.secret);
      if (!opened.ok)
        throw new Error(`the secret of ${app.id} does not open: ${opened.refusal.site}`);
      const digits = parseAppCode(code);
      const step = digits === undefined ? undefined : stepOf(opened.value, digits, app.nowMs);
      const at = step === undefined ? undefined : await useApp(tx, { id: app.id, step });
      const entry = { subject: app.id, actor: account };
      if (at === undefined) {
        const refused =
          step === undefined
            ? refuse('wrong_proof', 'ACC-3T1')
            : refuse('wrong_proof', 'ACC-3T2', { taken: true });
        await appendAudit(tx, {
          action: 'factor.not_proved',
          ...entry,
          detail: { kind: 'totp', purpose, site: refused.refusal.site },
        });
        return refused;
      }
      await appendAudit(tx, {
        action: 'factor.proved',
        ...entry,
        detail: { kind: 'totp', purpose },
      });
      return ok({ factor: app.id, kind: 'totp' as const, enrolledAt: app.enrolledAt, at });
    }),
  );
}
