/** The migrated database that every test file's own is a copy of. */
export const TEMPLATE = 'bindery_template';

/** The address of another database on the server of `adminUrl`. */
export function databaseUrl(adminUrl: string, name: string): string {
  const url = new URL(adminUrl.replace('postgresql://', 'http://'));
  url.pathname = `/${name}`;
  return url.href.replace('http://', 'postgresql://');
}
