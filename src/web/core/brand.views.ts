import { type AccountSummary, LOCAL_PLATFORM } from '../../accounts/account.ts';
import type { Assets } from './assets.ts';
import { allBrands, type Brand, brandOf, OWN_BRAND, styleOf, type Wearer } from './brand.ts';
import { type Language, textIn } from './i18n.ts';
import type { LoadedBrands } from './load-brands.ts';
import type { BrandView, SignedInView } from './page.model.ts';

/** What platforms are called, by their id (R45). */
type PlatformTitles = ReadonlyMap<
  string,
  { readonly title: Readonly<Record<'zh' | 'en', string>> }
>;

/** What the layout shows of the brands, whose files are assets like our own. */
export class BrandViews {
  readonly #brands: LoadedBrands;
  readonly #files = new Map<Brand, Pick<BrandView, 'mark' | 'icon' | 'style'>>();

  constructor(brands: LoadedBrands, assets: Assets) {
    this.#brands = brands;
    for (const brand of allBrands(brands)) {
      const style = styleOf(brand);
      const bytes = brands.marks.get(brand.mark ?? '');
      const mark = bytes && assets.add(`brand-${brand.mark}`, bytes);
      const ours = brand.name.en === OWN_BRAND.name.en ? assets.url('mark.svg') : null;
      this.#files.set(brand, {
        mark: mark ?? (ours && 'ours'),
        icon: mark ?? ours,
        style: style === '' ? null : (assets.add('brand.css', Buffer.from(style)) ?? null),
      });
    }
  }

  name(wearer: Wearer, language: Language): string {
    return textIn(language, brandOf(this.#brands, wearer).name);
  }

  view(wearer: Wearer, language: Language): BrandView {
    const brand = brandOf(this.#brands, wearer);
    const files = this.#files.get(brand);
    if (!files) throw new Error('a brand was not prepared');
    const link = (each: Brand['terms']) => each && textIn(language, each);
    return {
      ...files,
      name: textIn(language, brand.name),
      support: brand.support,
      terms: link(brand.terms),
      privacy: link(brand.privacy),
    };
  }

  /** Who is signed in, and where the account is from. Bindery's own accounts are the brand's. */
  signedIn(
    { displayName, platform }: Pick<AccountSummary, 'displayName' | 'platform'>,
    titles: PlatformTitles,
    language: Language,
  ): SignedInView {
    const title = titles.get(platform)?.title;
    const own = platform === LOCAL_PLATFORM ? this.name({}, language) : platform;
    return { name: displayName, platform: title ? textIn(language, title) : own };
  }
}
