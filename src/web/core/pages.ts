import type { Context } from 'koa';
import type { AccountSummary } from '../../accounts/account.ts';
import type { Config } from '../../config.ts';
import { pathOf } from '../../kernel/issuer.ts';
import type { Refusal, ReportRefusal } from '../../kernel/refusals.ts';
import { currentRequest } from '../../kernel/request-context.ts';
import type { InstallationSecret } from '../../kernel/secrets.ts';
import type { Lifetimes } from '../../lifetimes.ts';
import type { Platforms } from '../../platforms/platform.ts';
import type { AddressBook } from '../../risk/address-book.ts';
import type { Visitor } from '../../risk/device.ts';
import { Assets } from './assets.ts';
import type { Wearer } from './brand.ts';
import { BrandViews } from './brand.views.ts';
import { PageCookies } from './cookies.ts';
import { csrfToken } from './csrf.ts';
import { deviceNonce } from './device-key.ts';
import { ERROR_PAGES, type ErrorPageCode, errorCopy, RETRY_AFTER } from './error-pages.ts';
import {
  chooseLanguage,
  type Language,
  otherLanguages,
  parseLanguage,
  type Translator,
  translator,
  type Values,
} from './i18n.ts';
import type { LoadedBrands } from './load-brands.ts';
import type { Action, AppLink, Notice, Views } from './page.model.ts';
import { ReturnTargets } from './return-targets.ts';
import { askForHints, secure } from './security-headers.ts';
import { Templates } from './templates.ts';
import { underPath } from './under-path.ts';
import { browserName, visitorOf } from './visitor.ts';

const ASSETS = new URL('assets/', import.meta.url);
/** FingerprintJS, MIT. The file begins with its licence. */
const FINGERPRINT = new URL(import.meta.resolve('@fingerprintjs/fingerprintjs/dist/fp.min.js'));
const LANGUAGE_COOKIE = 'bindery_language';

export interface ShowOptions {
  readonly status?: number;
  /**
   * The path of this page, where it answers a form sent to another path. Language links lead there.
   */
  readonly at?: string;
  /** See {@link secure}. */
  readonly formTarget?: string | undefined;
}

export interface PlainMessage {
  readonly tone?: Views['message']['tone'];
  readonly title: string;
  readonly text: string;
  readonly actions: readonly Action[];
}

export interface PageDeps {
  readonly config: Pick<Config, 'issuer' | 'lifetimes' | 'signUp'>;
  readonly secrets: InstallationSecret;
  readonly addresses: AddressBook;
  readonly platforms: Platforms;
  readonly report: ReportRefusal;
  readonly brands: LoadedBrands;
}

/** What an answer knows before its page is made. */
interface State {
  language?: Language;
  wearer?: Wearer;
  signedIn?: Pick<AccountSummary, 'displayName' | 'platform'>;
}

/** What all routers of pages use: languages, cookies, templates, and ways to answer. */
export class Pages {
  readonly issuer: string;
  readonly signUp: boolean;
  readonly lifetimes: Lifetimes['web'];
  readonly secrets: InstallationSecret;
  readonly addresses: AddressBook;
  readonly cookies: PageCookies;
  readonly assets: Assets;
  readonly report: ReportRefusal;
  readonly platforms: Platforms;
  readonly returnTargets = new ReturnTargets();
  readonly #templates: Templates;
  readonly #brands: BrandViews;

  constructor({ config, secrets, addresses, report, brands, platforms }: PageDeps) {
    this.issuer = config.issuer;
    this.signUp = config.signUp;
    this.lifetimes = config.lifetimes.web;
    this.secrets = secrets;
    this.addresses = addresses;
    this.platforms = platforms;
    this.report = report;
    this.cookies = new PageCookies(config.issuer);
    this.assets = new Assets(ASSETS, { 'fingerprint.js': FINGERPRINT });
    this.#templates = new Templates(this.assets);
    this.#brands = new BrandViews(brands, this.assets);
  }

  visitor(ctx: Context): Visitor {
    return visitorOf(ctx, this);
  }

  /**
   * The reader's language. `uiLocales` is what the app asked for; once known, it counts for this
   * whole answer.
   */
  words(ctx: Context, uiLocales?: unknown): Translator {
    const state = ctx.state as State;
    if (state.language === undefined || typeof uiLocales === 'string') {
      const asked = parseLanguage(typeof ctx.query.lang === 'string' ? ctx.query.lang : undefined);
      if (asked && state.language === undefined)
        this.cookies.write(ctx, LANGUAGE_COOKIE, asked, { maxAge: this.lifetimes.languageCookie });
      state.language = chooseLanguage(
        ctx,
        asked ?? this.cookies.read(ctx, LANGUAGE_COOKIE),
        uiLocales,
      );
    }
    return translator(state.language, this.#brands.name(state.wearer ?? {}, state.language));
  }

  /** Says what this answer is about, so that it wears the brand of that app or pack. */
  wear(ctx: Context, wearer: Wearer): void {
    const state = ctx.state as State;
    state.wearer = { ...state.wearer, ...wearer };
  }

  /** Says whose account is signed in, for the head of the page. */
  nameSignedIn(ctx: Context, account: Pick<AccountSummary, 'displayName' | 'platform'>): void {
    (ctx.state as State).signedIn = account;
  }

  show<Name extends keyof Views>(
    ctx: Context,
    name: Name,
    model: Views[Name],
    options: ShowOptions = {},
  ): void {
    const t = this.words(ctx);
    const { wearer = {}, signedIn } = ctx.state as State;
    const browser = browserName(ctx, this.cookies);
    const csrf = csrfToken(this.secrets, browser);
    const body = this.#templates.render(name, model, {
      t,
      csrf,
      deviceNonce: deviceNonce(this.secrets, browser),
      signUp: this.signUp,
      brand: this.#brands.view(wearer, t.language),
      signedIn: signedIn ? this.#brands.signedIn(signedIn, this.platforms, t.language) : null,
      backToApp: (ctx.state as { backToApp?: AppLink }).backToApp,
      languages: otherLanguages(t.language, options.at ?? ctx.path),
    });
    secure(ctx, options.formTarget);
    askForHints(ctx, this.issuer);
    ctx.status = options.status ?? 200;
    ctx.type = 'text/html; charset=utf-8';
    ctx.body = underPath(pathOf(this.issuer), body);
  }

  /** A page with one message and links to go on. */
  say(ctx: Context, { tone = 'plain', title, text, actions }: PlainMessage): void {
    this.show(ctx, 'message', {
      title,
      tone,
      pair: [],
      sections: [{ label: null, text }],
      actions,
      moveOn: null,
      watch: null,
      notice: null,
    });
  }

  /** Answers with a refusal on a page of its own, and reports it. */
  errorPage(
    ctx: Context,
    refused: Refusal<ErrorPageCode>,
    values: Values = {},
    actions?: readonly Action[],
  ): void {
    this.report(refused);
    this.showErrorPage(ctx, refused.code, values, actions);
  }

  /**
   * The page alone: what happened, what was kept, what to do next, and the reference in the log
   * lines. For what is reported elsewhere: outages, and errors of oidc-provider.
   */
  showErrorPage(
    ctx: Context,
    code: ErrorPageCode,
    values: Values = {},
    actions?: readonly Action[],
  ): void {
    const t = this.words(ctx);
    const reference = currentRequest()?.requestId;
    const all = { issuer: this.issuer, ...values };
    const say = (part: 'what' | 'kept' | 'next') => ({
      label: t(`error.${part}`),
      text: t(errorCopy(code, part), all),
    });
    this.#retryAfter(ctx, code);
    this.show(
      ctx,
      'message',
      {
        title: t(errorCopy(code, 'title'), all),
        tone: ERROR_PAGES[code].status >= 500 ? 'warn' : 'bad',
        pair: [],
        sections: [say('what'), say('kept'), say('next')],
        actions: actions ?? [{ href: '/', label: t('page.home') }],
        moveOn: null,
        watch: null,
        notice: null,
        ...(reference === undefined ? {} : { reference: t('error.reference', { reference }) }),
      },
      { status: ERROR_PAGES[code].status },
    );
  }

  /** Answers with a refusal in a note above the form that caused it, and reports it. */
  notice(ctx: Context, refused: Refusal<ErrorPageCode>, values: Values = {}): Notice {
    this.report(refused);
    const { code } = refused;
    const t = this.words(ctx);
    this.#retryAfter(ctx, code);
    return {
      tone: 'bad',
      title: t(errorCopy(code, 'title'), values),
      lines: (['what', 'kept', 'next'] as const).map((part) => t(errorCopy(code, part), values)),
    };
  }

  /** 303 See Other. Reloading the next page does not send the form again. */
  goTo(ctx: Context, url: string): void {
    secure(ctx);
    ctx.status = 303;
    ctx.redirect(url);
    ctx.status = 303;
  }

  #retryAfter(ctx: Context, code: ErrorPageCode): void {
    const seconds = RETRY_AFTER[code];
    if (seconds !== undefined) ctx.set('Retry-After', String(seconds));
  }
}
