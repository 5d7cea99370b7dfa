import type { Family } from '../world.ts';
import type { Campaign } from './attacker.ts';
import { accountFarm, deviceSpoofing, slowFarm } from './farms.ts';
import { moneyMules } from './mules.ts';
import { codePhishing, simSwap, stolenSession } from './takeovers.ts';

/** The kinds of attack, and how many gangs of each there are per six thousand honest people. */
// biome-ignore format: a table is read by its columns
export const CAMPAIGNS: Readonly<Record<Exclude<Family, 'honest'>, { readonly campaign: Campaign; readonly gangs: number }>> = {
  account_farm:    { campaign: accountFarm,    gangs: 32 },
  stolen_session:  { campaign: stolenSession,  gangs: 12 },
  sim_swap:        { campaign: simSwap,        gangs: 10 },
  device_spoofing: { campaign: deviceSpoofing, gangs: 9 },
  slow_farm:       { campaign: slowFarm,       gangs: 12 },
  money_mules:     { campaign: moneyMules,     gangs: 14 },
  code_phishing:   { campaign: codePhishing,   gangs: 12 },
};
