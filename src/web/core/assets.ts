import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { Context } from 'koa';

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
};

interface Asset {
  readonly body: Buffer;
  readonly type: string;
  readonly url: string;
}

/**
 * Styles and scripts, read once. The URL has a hash, so browsers keep a file for a year and still
 * get each change.
 */
export class Assets {
  readonly #byName = new Map<string, Asset>();
  readonly #byUrl = new Map<string, Asset>();

  /** `others`: files from other folders, by their name here. */
  constructor(folder: URL, others: Readonly<Record<string, URL>> = {}) {
    const own = readdirSync(folder).map((name) => [name, new URL(name, folder)] as const);
    for (const [name, file] of [...own, ...Object.entries(others)])
      this.add(name, readFileSync(file));
  }

  /** Adds a file, if its ending is one that pages use. Gives its URL. */
  add(name: string, body: Buffer): string | undefined {
    const [stem, extension] = [
      name.slice(0, name.lastIndexOf('.')),
      name.slice(name.lastIndexOf('.') + 1),
    ];
    const type = TYPES[extension];
    if (type === undefined) return undefined;
    const hash = createHash('sha256').update(body).digest('base64url').slice(0, 12);
    const asset = { body, type, url: `/assets/${stem}.${hash}.${extension}` };
    this.#byName.set(name, asset);
    this.#byUrl.set(asset.url, asset);
    return asset.url;
  }

  url(name: string): string {
    const asset = this.#byName.get(name);
    if (asset === undefined) throw new Error(`no asset is called ${name}`);
    return asset.url;
  }

  /** True when `ctx.path` is an asset; the answer is set then. */
  serve(ctx: Context): boolean {
    const asset = this.#byUrl.get(ctx.path);
    if (asset === undefined) return false;
    ctx.set('Cache-Control', 'public, max-age=31536000, immutable');
    ctx.set('X-Content-Type-Options', 'nosniff');
    // An SVG opened by itself is a document: a mark of an operator must not run scripts there.
    if (asset.type === TYPES.svg)
      ctx.set('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox");
    ctx.set('Cross-Origin-Resource-Policy', 'same-origin');
    ctx.type = asset.type;
    ctx.body = asset.body;
    return true;
  }
}
