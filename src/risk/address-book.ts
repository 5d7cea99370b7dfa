import { readFile } from 'node:fs/promises';
import ipaddr from 'ipaddr.js';
import { type AsnResponse, type CityResponse, Reader } from 'maxmind';
import type { AddressBookSource } from './address-book-source.ts';
import type { Location } from './location.ts';

type Entry = CityResponse & Partial<AsnResponse>;

/** Locations of addresses, from the operator's databases. Without databases, it knows none. */
export class AddressBook {
  readonly #readers: readonly Reader<Entry>[];
  readonly #hosting: ReadonlySet<number>;

  constructor(readers: readonly Reader<Entry>[] = [], hosting: readonly number[] = []) {
    this.#readers = readers;
    this.#hosting = new Set(hosting);
  }

  /** Null if there is no database or none knows the address. */
  find(address: string): Location | null {
    if (!ipaddr.isValid(address)) return null;
    const plain = ipaddr.process(address).toString(); // ::ffff:a.b.c.d is IPv4
    const entries = this.#readers
      .map((reader) => lookUp(reader, plain))
      .filter((entry) => entry !== null);
    if (entries.length === 0) return null;
    const provider =
      entries.find((entry) => entry.autonomous_system_number !== undefined)
        ?.autonomous_system_number ?? null;
    const location = entries.find((entry) => entry.location?.latitude !== undefined)?.location;
    return {
      provider,
      hosting: provider === null || this.#hosting.size === 0 ? null : this.#hosting.has(provider),
      country:
        entries.find((entry) => entry.country?.iso_code !== undefined)?.country?.iso_code ?? null,
      latitude: degrees(location?.latitude),
      longitude: degrees(location?.longitude),
    };
  }
}

/** Reads the databases once. Errors name the file. */
export async function openAddressBook({
  databases,
  hosting,
}: AddressBookSource): Promise<AddressBook> {
  const readers: Reader<Entry>[] = [];
  for (const path of databases) readers.push(await openDatabase(path));
  return new AddressBook(readers, hosting);
}

async function openDatabase(path: string): Promise<Reader<Entry>> {
  const refuse = (why: string) => new Error(`ADDRESS_DATABASE: ${path} ${why}`);
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw refuse(`cannot be read (${error.code})`);
  });
  const reader = parse(bytes);
  if (reader === undefined) throw refuse('is no MaxMind DB file, or a part of it is missing');
  if (!/ASN|ISP|City|Country|Enterprise/i.test(reader.metadata.databaseType))
    throw refuse(
      `is a database of ${reader.metadata.databaseType}; autonomous systems, cities or countries are asked for`,
    );
  return reader;
}

function parse(bytes: Buffer): Reader<Entry> | undefined {
  try {
    const reader = new Reader<Entry>(bytes);
    return reader.metadata.searchTreeSize < bytes.length ? reader : undefined;
  } catch {
    return undefined;
  }
}

/** A damaged record counts as missing, so that it does not prevent a sign-in. */
function lookUp(reader: Reader<Entry>, address: string): Entry | null {
  try {
    return reader.get(address);
  } catch {
    return null;
  }
}

function degrees(exact: number | undefined): number | null {
  return exact === undefined || !Number.isFinite(exact) ? null : Math.round(exact);
}
