/** What may hold an address: all attributes that browsers or our scripts follow. */
const ADDRESS = /( (?:href|src|srcset|action|formaction|data-[a-z-]+)=")\/(?!\/)/g;
const REFRESH = /( content="\d+;url=)\/(?!\/)/g;

/**
 * Puts the issuer's path in front of every address of a page. Templates write them as if at the
 * root. Text cannot be mistaken for an attribute, because its quotes are escaped.
 */
export function underPath(prefix: string, html: string): string {
  if (prefix === '') return html;
  return html.replace(ADDRESS, `$1${prefix}/`).replace(REFRESH, `$1${prefix}/`);
}
