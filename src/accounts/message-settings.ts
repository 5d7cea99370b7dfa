/** How messages leave. Undefined: there is no such way. */
export interface MessageSettings {
  readonly mail: { readonly url: string; readonly from: string } | undefined;
  readonly sms: { readonly url: string; readonly key: Buffer } | undefined;
}

interface Variables {
  readonly SMTP_URL?: string | undefined;
  readonly MESSAGES_FROM?: string | undefined;
  readonly SMS_URL?: string | undefined;
  readonly SECRETS_SMS?: string | undefined;
}

/** Reads the variables about messages, with everything that is wrong with them. */
export function parseMessageSettings(
  value: Variables,
  { production, signUp }: { readonly production: boolean; readonly signUp: boolean },
): { readonly settings: MessageSettings; readonly problems: readonly string[] } {
  const { SMTP_URL: smtp, MESSAGES_FROM: from, SMS_URL: sms, SECRETS_SMS: secret } = value;
  const key = secret === undefined ? undefined : Buffer.from(secret, 'base64url');
  const problems: string[] = [];
  if ((smtp === undefined) !== (from === undefined))
    problems.push('SMTP_URL and MESSAGES_FROM belong together; set both or neither');
  if ((sms === undefined) !== (key === undefined))
    problems.push('SMS_URL and SECRETS_SMS belong together; set both or neither');
  if (key && key.length < 32) problems.push('SECRETS_SMS: needs at least 32 bytes, base64url');
  if (from !== undefined && !/^([^<>\r\n]*<)?[^@\s<>]+@[^@\s<>]+>?$/.test(from))
    problems.push('MESSAGES_FROM: is an address, or "Name <address>"');
  if (production && sms?.startsWith('http:')) problems.push('SMS_URL: production needs https');
  if (production && signUp && smtp === undefined && sms === undefined)
    problems.push('SIGN_UP: production needs SMTP_URL or SMS_URL, to confirm addresses');
  return {
    settings: {
      mail: smtp !== undefined && from !== undefined ? { url: smtp, from } : undefined,
      sms: sms !== undefined && key ? { url: sms, key } : undefined,
    },
    problems,
  };
}
