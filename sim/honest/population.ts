import type { Chance } from '../chance.ts';
import type { Country } from '../map.ts';
import type { Account } from '../world.ts';
import { type Life, type Lifestyle, Person } from './person.ts';

/** `share` is of the people, in percent; `size` is the middle of a group. */
// biome-ignore format: a table is read by its columns
const LIFESTYLES: Readonly<Record<Lifestyle, { readonly share: number; readonly size: number }>> = {
  household:   { share: 40, size: 2.5 }, // one to four owners, one shared tablet
  agency:      { share: 0.5, size: 9 },  // paid by an agency, in all places
  studio:      { share: 8,  size: 9 },   // four to fourteen owners, one office, shared computers
  commuter:    { share: 19, size: 1 },
  traveller:   { share: 6,  size: 1 },
  mobile_only: { share: 13, size: 1 },   // carrier's NAT, nothing else
  campus:      { share: 8,  size: 23 },  // dozens behind one network
  enterprise:  { share: 5,  size: 1 },   // one organisation, up to ten accounts
};

const GROUPS = Object.fromEntries(
  Object.entries(LIFESTYLES).map(([lifestyle, { share, size }]) => [lifestyle, share / size]),
) as Record<Lifestyle, number>;

/** Creates the honest people. Some owners came recently, and a few less than a week ago. */
export function populate(
  chance: Chance,
  country: Country,
  { people, days }: { readonly people: number; readonly days: number },
): readonly Person[] {
  const everybody: Person[] = [];
  while (everybody.length < people)
    everybody.push(...group(chance, country, { days, first: everybody.length }));
  return everybody;
}

function group(
  chance: Chance,
  country: Country,
  { days, first }: { readonly days: number; readonly first: number },
): readonly Person[] {
  const lifestyle = chance.weighted(GROUPS);
  const around = country.city();
  const home = around.home();
  const size = {
    household: chance.whole(1, 4),
    studio: chance.whole(4, 14),
    agency: chance.whole(4, 14),
    campus: chance.whole(6, 40),
    commuter: 1,
    traveller: 1,
    mobile_only: 1,
    enterprise: 1,
  }[lifestyle];
  const place =
    lifestyle === 'studio' || lifestyle === 'campus' ? country.place(lifestyle, around) : null;
  const tools =
    lifestyle === 'studio'
      ? Array.from({ length: chance.whole(1, 3) }, () => country.device('computer'))
      : [];
  const tablet =
    lifestyle === 'household' && size > 1 && chance.happens(0.35) ? country.device('phone') : null;
  const purse = `payout of group ${first}`;
  const firstPhone = country.device('phone');
  // A couple may share a payout account, and some studios are paid to one.
  const shares =
    lifestyle === 'household'
      ? chance.happens(0.12)
      : lifestyle === 'agency' || (lifestyle === 'studio' && chance.happens(0.1));
  return Array.from({ length: size }, (_, at): Person => {
    const city = lifestyle === 'agency' ? country.city() : around;
    const owner = `own_h${String(first + at).padStart(6, '0')}`;
    const life: Life = {
      owner,
      lifestyle,
      city,
      accounts: accountsOf(
        owner,
        lifestyle === 'enterprise' ? chance.whole(4, 9) : chance.whole(2, 4),
        lifestyle === 'enterprise' ? 'enterprise' : 'personal',
      ),
      home:
        lifestyle === 'mobile_only'
          ? null
          : lifestyle === 'campus'
            ? place
            : lifestyle === 'studio' || lifestyle === 'agency'
              ? city.home()
              : home,
      work:
        place ??
        (lifestyle === 'commuter' || (lifestyle !== 'mobile_only' && chance.happens(0.4))
          ? `office ${chance.whole(1, 40)} of city ${city.name}`
          : null),
      // One in twenty-five of a household has no device of their own.
      phone:
        at === 0 || (lifestyle === 'household' && chance.happens(0.04))
          ? firstPhone
          : country.device('phone'),
      computer: chance.happens(lifestyle === 'enterprise' ? 1 : 0.4)
        ? country.device('computer')
        : null,
      shared: tools.length > 0 ? chance.pick(tools) : tablet,
      morning: chance.between(5.5, 11),
      visitsADay: chance.between(0.3, 1.3),
      since: chance.happens(0.7) ? 0 : chance.between(0, days * 0.9),
      factor: factorOf(chance),
      organisation: lifestyle === 'enterprise',
      payout: shares && (lifestyle !== 'household' || at < 2) ? purse : `payout of ${owner}`,
    };
    return new Person(chance, country, life);
  });
}

/** Three in ten have a second factor, mostly a passkey. */
function factorOf(chance: Chance): Life['factor'] {
  const kind = chance.weighted({ passkey: 20, code: 10, none: 70 });
  return kind === 'none' ? null : kind;
}

function accountsOf(owner: string, count: number, kind: Account['kind']): readonly Account[] {
  return Array.from({ length: count }, (_, at) => ({ id: `acc ${at} of ${owner}`, owner, kind }));
}
