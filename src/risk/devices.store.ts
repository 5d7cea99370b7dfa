import type { OwnerId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { DeviceSeen } from './device.ts';

export interface DeviceHistory {
  readonly known_to_owner: boolean;
  readonly owners_seen: number;
}

/** Whether `device` is one of the owner's, and under how many owners it was ever seen. */
export async function findDeviceHistory(db: Db, device: string, owner: OwnerId | null): Promise<DeviceHistory> {
  const [row] = await db.query<DeviceHistory>(sql`
    select coalesce(bool_or(owner_id = ${owner}::text), false) as known_to_owner, count(*)::int as owners_seen
      from known_devices where device_hash = decode(${toHex(device)}, 'hex')`);
  return row ?? { known_to_owner: false, owners_seen: 0 };
}

/** Remembers the device for the owner (R10). */
export async function rememberDevice(tx: Tx, owner: OwnerId, seen: DeviceSeen): Promise<void> {
  await tx.query(sql`
    insert into known_devices (owner_id, device_hash, label)
    values (${owner}, decode(${toHex(seen.device)}, 'hex'), ${seen.label})
    on conflict (owner_id, device_hash) do update set last_seen = bindery_now(), label = excluded.label`);
}

function toHex(device: string): string {
  return Buffer.from(device, 'base64url').toString('hex');
}
