import type { MessageSettings } from './accounts/message-settings.ts';
import type { MessageSenders } from './accounts/ports/message-sender.ts';
import { SandboxSender } from './accounts/sandbox-sender.ts';
import { SmsSender } from './accounts/sms-sender.ts';
import { SmtpSender } from './accounts/smtp-sender.ts';
import type { Config } from './config.ts';
import type { Db } from './store/database.ts';

/** The sandbox shows each fault of a real gateway now and then. */
const FAULTS = { fails: 0.1, repeats: 0.1, lagMs: 500 } as const;

/** The senders that are configured. Outside production, a sandbox stands for the others. */
export function composeSenders(
  { messages, production }: Pick<Config, 'production'> & { readonly messages: MessageSettings },
  db: Db,
): MessageSenders {
  const { mail, sms } = messages;
  const sandbox = production
    ? {}
    : {
        mail: new SandboxSender(db, 'mail', FAULTS),
        phone: new SandboxSender(db, 'phone', FAULTS),
      };
  return {
    ...sandbox,
    ...(mail ? { mail: new SmtpSender(mail) } : {}),
    ...(sms ? { phone: new SmsSender(sms) } : {}),
  };
}
