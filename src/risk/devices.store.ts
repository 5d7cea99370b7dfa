import type { OwnerId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { type Query, query } from '../store/query.ts';
import { sql } from '../store/sql.ts';
import type { ObservedDevice } from './device.ts';

export interface DeviceHistory {
  readonly known_to_owner: boolean;
  readonly owners_seen: number;
}

/** For each side: is the device one of the owner's, and how many owners was it ever seen with? */
export function deviceHistoriesOf(
  sides: readonly { readonly device: string; readonly owner: OwnerId | null }[],
): Query<readonly DeviceHistory[]> {
  return query(
    sql`
    select history.* from unnest(${sides.map(({ device }) => toHex(device))}::text[], ${sides.map(({ owner }) => owner)}::text[])
             with ordinality as side(device, owner, at),
           lateral (select coalesce(bool_or(owner_id = side.owner), false) as known_to_owner, count(*)::int as owners_seen
                      from known_devices where device_hash = decode(side.device, 'hex')) history
     order by side.at`,
    (rows: readonly DeviceHistory[]) => rows,
  );
}

/** Remembers the device for the owner (R10). */
export async function rememberDevice(tx: Tx, owner: OwnerId, seen: ObservedDevice): Promise<void> {
  await tx.query(sql`
    insert into known_devices (owner_id, device_hash, label)
    values (${owner}, decode(${toHex(seen.device)}, 'hex'), ${seen.label})
    on conflict (owner_id, device_hash) do update set last_seen = bindery_now(), label = excluded.label`);
}

function toHex(device: string): string {
  return Buffer.from(device, 'base64url').toString('hex');
}

/** Devices that are remembered for an owner (R10). */
export async function findDevicesOf(
  db: Db,
  owner: OwnerId,
): Promise<
  readonly { readonly label: string; readonly firstSeen: Date; readonly lastSeen: Date }[]
> {
  return await db.query<{ label: string; firstSeen: Date; lastSeen: Date }>(sql`
    select label, first_seen as "firstSeen", last_seen as "lastSeen" from known_devices where owner_id = ${owner} order by last_seen desc`);
}
