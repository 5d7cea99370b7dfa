import type { Logger } from 'pino';
import type { FactorDeps } from '../../accounts/deps.ts';
import type { BindingDeps } from '../../binding/deps.ts';
import type { Config } from '../../config.ts';
import type { EvidenceDeps } from '../../evidence/deps.ts';
import type { SandboxProvider } from '../../evidence/provider/sandbox-provider.ts';
import type { ReportRefusal } from '../../kernel/refusals.ts';
import type { Provider } from '../../oidc/interactions.ts';
import type { AppDeps } from '../../oidc/manage-apps.ts';
import type { ReviewDeps } from '../../review/deps.ts';
import type { AddressBook } from '../../risk/address-book.ts';

/** What compose.ts gives to the pages. */
export interface WebDeps extends BindingDeps, ReviewDeps, AppDeps {
  readonly config: Pick<Config, 'issuer' | 'demo' | 'defaultPack' | 'lifetimes'>;
  readonly addresses: AddressBook;
  readonly log: Pick<Logger, 'error'>;
  readonly report: ReportRefusal;
  readonly provider: Provider;
  readonly factors: FactorDeps;
  readonly evidence: EvidenceDeps & { readonly sandbox: SandboxProvider | undefined };
}
