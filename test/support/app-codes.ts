import { Secret, TOTP } from 'otpauth';

/** What an authenticator app shows for a secret, now or some steps of thirty seconds away. */
export function appCode(secret: string, stepsAway = 0): string {
  return TOTP.generate({
    secret: Secret.fromBase32(secret.replaceAll(' ', '')),
    timestamp: Date.now() + stepsAway * 30_000,
  });
}
