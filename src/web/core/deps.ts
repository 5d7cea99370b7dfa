import type { Logger } from 'pino';
import type { FactorDeps } from '../../accounts/deps.ts';
import type { ContactDeps } from '../../accounts/send-code.ts';
import type { BindingDeps } from '../../binding/deps.ts';
import type { Config } from '../../config.ts';
import type { EvidenceDeps } from '../../evidence/deps.ts';
import type { SandboxProvider } from '../../evidence/provider/sandbox-provider.ts';
import type { ReportRefusal } from '../../kernel/refusals.ts';
import type { Provider } from '../../oidc/interactions.ts';
import type { AppDeps } from '../../oidc/manage-apps.ts';
import type { Platforms } from '../../platforms/platform.ts';
import type { ReviewDeps } from '../../review/deps.ts';
import type { AddressBook } from '../../risk/address-book.ts';
import type { UpstreamDeps } from '../../upstream/deps.ts';
import type { LoadedBrands } from './load-brands.ts';

/** What compose.ts gives to the pages. */
export interface WebDeps extends BindingDeps, ReviewDeps, AppDeps {
  /** Whose accounts sign in by password; of two with one login, that of the first. */
  readonly passwordPlatforms: readonly string[];
  readonly config: Pick<Config, 'issuer' | 'demo' | 'defaultPack' | 'lifetimes' | 'signUp'>;
  readonly addresses: AddressBook;
  readonly brands: LoadedBrands;
  readonly log: Pick<Logger, 'error'>;
  readonly report: ReportRefusal;
  readonly provider: Provider;
  readonly factors: FactorDeps;
  readonly platforms: Platforms;
  readonly upstream: UpstreamDeps;
  readonly messages: ContactDeps;
  readonly evidence: EvidenceDeps & { readonly sandbox: SandboxProvider | undefined };
}
