/** The migrated database that is copied for each test file. */
export const TEMPLATE = 'bindery_template';

/** The address of another database on the server of `adminUrl`. */
export function databaseUrl(adminUrl: string, name: string): string {
  const url = new URL(adminUrl.replace('postgresql://', 'http://'));
  url.pathname = `/${name}`;
  return url.href.replace('http://', 'postgresql://');
}
