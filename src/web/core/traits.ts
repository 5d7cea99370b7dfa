import bowser from 'bowser';
import type { Context } from 'koa';
import type { InstallationSecret } from '../../kernel/secrets.ts';
import type { ObservedDevice } from '../../risk/device.ts';
import { contradictionsIn, type ShownTraits, TRAITS } from '../../risk/traits.ts';
import type { PageCookies } from './cookies.ts';

/** Written by assets/bindery.js where scripts run: a few values as `name=value&…`. */
const COOKIE = 'bindery_look';
const LONGEST = 512;

type DeviceAppearance = Pick<ObservedDevice, 'traits' | 'contradictions'>;

/**
 * The traits of a device as keyed hashes of what its headers and its script say, and the number of
 * contradictions between them.
 */
export function deviceAppearanceOf(
  ctx: Context,
  cookies: PageCookies,
  secrets: InstallationSecret,
): DeviceAppearance {
  const said = new URLSearchParams((cookies.read(ctx, COOKIE) ?? '').slice(0, LONGEST));
  const agent = bowser.parse(ctx.get('User-Agent').slice(0, LONGEST) || '-');
  const own = (name: string): string | undefined => said.get(name)?.slice(0, 64) || undefined;
  const hint = (name: string): string | undefined =>
    ctx.get(`Sec-CH-UA-${name}`).slice(0, 64).replaceAll('"', '') || undefined;
  const shown: ShownTraits = omitEmpty({
    browser: agent.browser.name,
    version: agent.browser.version?.split('.')[0],
    system: agent.os.name,
    release: hint('Platform-Version') ?? agent.os.version,
    model: hint('Model') ?? agent.platform.model,
    language: ctx.get('Accept-Language').slice(0, 64),
    zone: own('zone'),
    screen: own('screen'),
    cores: own('cores'),
    touch: own('touch'),
    canvas: own('canvas'),
    print: own('print'),
    machine: [hint('Arch'), hint('Bitness')].filter((part) => part !== undefined).join(' '),
  });
  return {
    traits: TRAITS.map(({ name }) =>
      shown[name] === undefined ? 0 : keyedInteger(secrets, `${name}=${shown[name]}`),
    ),
    contradictions: contradictionsIn({
      system: systemOf(agent.os.name),
      hintedSystem: systemOf(hint('Platform')),
      hintedMobile: { '?1': true, '?0': false }[ctx.get('Sec-CH-UA-Mobile')],
      touchPoints: numberOf(own('touch')),
      scriptedSystem: systemOf(own('system')),
    }),
  };
}

/**
 * One spelling for a system that headers and scripts name differently. Undefined for an unknown
 * one, which contradicts nothing.
 */
function systemOf(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  // biome-ignore format: a table is read by its columns
  const table: readonly (readonly [RegExp, string])[] = [
    [/^android/i,                 'Android'],
    [/^(ios|iphone|ipad|ipod)/i,  'iOS'],
    [/^harmony/i,                 'HarmonyOS'],
    [/^win/i,                     'Windows'],
    [/^mac/i,                     'macOS'],
    [/^chrom(e|ium) ?os/i,        'Chrome OS'],
  ];
  return table.find(([pattern]) => pattern.test(name))?.[1];
}

function keyedInteger(secrets: InstallationSecret, value: string): number {
  return secrets.hash('trait', value).readInt32BE(0) || 1; // 0 means that the trait was not shown
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,3}$/.test(text) ? Number(text) : undefined;
}

function omitEmpty(traits: Readonly<Record<string, string | undefined>>): ShownTraits {
  return Object.fromEntries(
    Object.entries(traits).filter(([, value]) => value !== undefined && value !== ''),
  );
}
