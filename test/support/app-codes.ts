import { Secret, TOTP } from 'otpauth';

/** The code of an authenticator app for a secret, now or some 30-second steps away. */
export function appCode(secret: string, stepsAway = 0): string {
  return TOTP.generate({
    secret: Secret.fromBase32(secret.replaceAll(' ', '')),
    timestamp: Date.now() + stepsAway * 30_000,
  });
}
