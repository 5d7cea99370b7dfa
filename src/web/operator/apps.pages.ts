import type Router from '@koa/router';
import type { Context } from 'koa';
import { type Refusal, type Result, recoded } from '../../kernel/refusals.ts';
import { type AskedApp, appShape, askedOf } from '../../oidc/app.ts';
import type { Registration } from '../../oidc/clients.store.ts';
import {
  type AppActor,
  type AppRefusal,
  createApp,
  listApps,
  removeApp,
  rotateSecret,
  type SavedApp,
  switchApp,
  updateApp,
  verifyApp,
  viewApp,
} from '../../oidc/manage-apps.ts';
import type { WebDeps } from '../core/deps.ts';
import type { ErrorPageCode } from '../core/error-pages.ts';
import { field, formGuard } from '../core/forms.ts';
import type { Notice } from '../core/page.model.ts';
import type { Pages } from '../core/pages.ts';
import { accountGuard, accountOf } from '../core/session.ts';
import { appPage, appsPage, formOf, invalidNotice, typedApp } from './apps.views.ts';

const LIST = '/operator/apps';
const APP = /^[\w.~-]{1,128}$/;
const PAGE = 100;
const DONE = ['changed', 'switched', 'verified', 'removed'] as const;

// biome-ignore format: a table is read by its columns
const ERROR_PAGE_OF = {
  not_an_operator:    'not_an_operator',
  unknown_app:        'unknown_app',
  app_id_taken:       'app_id_taken',
  no_secret:          'app_unchanged',
  rotation_under_way: 'rotation_under_way',
  app_unchanged:      'app_unchanged',
  app_switched_on:    'app_unchanged',
} as const satisfies Record<Exclude<AppRefusal, 'invalid_app'>, ErrorPageCode>;

/** The apps of this installation. Operators register and change them; auditors look. */
export function appsPages(router: Router, pages: Pages, deps: WebDeps): void {
  const signedIn = accountGuard(pages, deps.db);
  const guard = formGuard(pages);

  router.get(pages.returnTargets.add(LIST), signedIn, async (ctx) => {
    await showList(ctx, { notice: doneNotice(ctx), status: 200 });
  });

  router.get(pages.returnTargets.add(`${LIST}/:app`, { app: APP }), signedIn, async (ctx) => {
    const found = await find(ctx);
    if (found)
      await showApp(ctx, found.registration, {
        notice: doneNotice(ctx),
        mayChange: found.mayChange,
      });
  });

  router.post(LIST, guard, signedIn, async (ctx) => {
    const app = typed(ctx);
    const made = await createApp(deps, { id: field(ctx, 'id').trim(), app, by: byOf(ctx) });
    if (made.ok) return await showSaved(ctx, made.value);
    const notice = formNotice(ctx, made.refusal);
    if (!notice) return refusedPage(ctx, made.refusal);
    await showList(ctx, { notice, status: 422, typed: { id: field(ctx, 'id'), app } });
  });

  router.post(`${LIST}/:app`, guard, signedIn, async (ctx) => {
    const id = idOf(ctx);
    const saved = await updateApp(deps, { id, changes: typed(ctx), by: byOf(ctx) });
    if (saved.ok && saved.value.secret !== null) return await showSaved(ctx, saved.value);
    if (saved.ok) return pages.goTo(ctx, `${hereOf(id)}?done=changed`);
    const notice = formNotice(ctx, saved.refusal);
    if (!notice) return refusedPage(ctx, saved.refusal);
    const found = await find(ctx);
    if (!found) return;
    const { registration, mayChange } = found;
    await showApp(ctx, registration, { notice, mayChange, asked: typed(ctx) }, 422);
  });

  router.post(`${LIST}/:app/secret`, guard, signedIn, async (ctx) => {
    const now = field(ctx, 'now') !== '';
    const rotated = await rotateSecret(deps, { id: idOf(ctx), now, by: byOf(ctx) });
    if (!rotated.ok) return refusedPage(ctx, rotated.refusal);
    await showSaved(ctx, rotated.value);
  });

  const steps = {
    on: async (id: string, by: AppActor) => await switchApp(deps, { id, on: true, by }),
    off: async (id: string, by: AppActor) => await switchApp(deps, { id, on: false, by }),
    verify: async (id: string, by: AppActor) => await verifyApp(deps, { id, by }),
    remove: async (id: string, by: AppActor) => await removeApp(deps, { id, by }),
  } satisfies Record<string, (id: string, by: AppActor) => Promise<Result<unknown, AppRefusal>>>;

  for (const [step, run] of Object.entries(steps)) {
    router.post(`${LIST}/:app/${step}`, guard, signedIn, async (ctx) => {
      const id = idOf(ctx);
      const done = await run(id, byOf(ctx));
      if (!done.ok) return refusedPage(ctx, done.refusal);
      if (step === 'remove') return pages.goTo(ctx, `${LIST}?done=removed`);
      pages.goTo(ctx, `${hereOf(id)}?done=${step === 'verify' ? 'verified' : 'switched'}`);
    });
  }

  async function find(ctx: Context) {
    const found = await viewApp(deps, { id: idOf(ctx), by: byOf(ctx) });
    if (found.ok) return found.value;
    refusedPage(ctx, found.refusal);
    return undefined;
  }

  async function showList(ctx: Context, shown: ListShown): Promise<void> {
    const t = pages.words(ctx);
    const after = typeof ctx.query.after === 'string' ? ctx.query.after.slice(0, 128) : '';
    const listed = await listApps(deps, { after, most: PAGE, by: byOf(ctx) });
    if (!listed.ok) return refusedPage(ctx, listed.refusal);
    const last = listed.value.length === PAGE ? listed.value.at(-1)?.clientId : undefined;
    const next = last === undefined ? null : `${LIST}?after=${encodeURIComponent(last)}`;
    const mayChange = accountOf(ctx).roles.includes('operator');
    const { notice, status, typed: sent } = shown;
    const form = formOf(t, deps.appRules, shownApp(sent?.app));
    const page = { apps: listed.value, notice, next, mayChange, id: sent?.id ?? '', form };
    pages.show(ctx, 'apps', appsPage(t, page), { status, at: LIST });
  }

  async function showApp(
    ctx: Context,
    one: Registration,
    { asked, ...shown }: AppShown,
    status = 200,
  ): Promise<void> {
    const t = pages.words(ctx);
    const form = formOf(t, deps.appRules, asked ? shownApp(asked) : askedOf(one.metadata));
    const page = appPage(t, one, { secret: null, ...shown, form });
    pages.show(ctx, 'app', page, { status, at: page.at });
  }

  /** The page with the secret, once: it is the answer to the form, and no link leads to it. */
  async function showSaved(ctx: Context, { registration, secret }: SavedApp): Promise<void> {
    const title = pages.words(ctx)('apps.done.saved');
    const notice = { tone: 'good', title, lines: [] } as const;
    await showApp(ctx, registration, {
      notice,
      mayChange: true,
      ...(secret === null ? {} : { secret }),
    });
  }

  function typed(ctx: Context) {
    return typedApp(deps.appRules, (name) => field(ctx, name));
  }

  /** The notice above the form; undefined for a refusal that has a page of its own. */
  function formNotice(ctx: Context, refused: Refusal<AppRefusal>): Notice | undefined {
    const { code } = refused;
    if (code === 'app_id_taken') return pages.notice(ctx, { ...refused, code });
    if (code !== 'invalid_app') return undefined;
    pages.report(refused);
    return invalidNotice(pages.words(ctx), refused.detail);
  }

  function refusedPage(ctx: Context, refused: Refusal<AppRefusal>): void {
    const { code } = refused;
    const told = code === 'invalid_app' ? 'bad_form' : ERROR_PAGE_OF[code];
    const t = pages.words(ctx);
    const action =
      told === 'not_an_operator'
        ? { href: '/account', label: t('account.title') }
        : { href: LIST, label: t('apps.back'), primary: true };
    pages.errorPage(ctx, recoded(refused, told), {}, [action]);
  }

  function doneNotice(ctx: Context): Notice | null {
    const done = DONE.find((each) => each === ctx.query.done);
    return done ? { tone: 'good', title: pages.words(ctx)(`apps.done.${done}`), lines: [] } : null;
  }
}

interface ListShown {
  readonly notice: Notice | null;
  readonly status: number;
  /** What was typed into a form that is refused. */
  readonly typed?: { readonly id: string; readonly app: object };
}

interface AppShown {
  readonly notice: Notice | null;
  readonly mayChange: boolean;
  readonly secret?: string;
  readonly asked?: object;
}

/** What was typed, as far as it has the shape of an app; else an empty form. */
function shownApp(typed: object | undefined): AskedApp {
  const parsed = appShape.safeParse(typed);
  return parsed.success ? parsed.data : appShape.parse({ name: '' });
}

function byOf(ctx: Context): AppActor {
  return { account: accountOf(ctx).id };
}

/** An id of another form is one that no app has. */
function idOf(ctx: Context): string {
  const id = String(ctx.params.app);
  return APP.test(id) ? id : '';
}

function hereOf(id: string): string {
  return `${LIST}/${encodeURIComponent(id)}`;
}
